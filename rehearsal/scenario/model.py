"""What a scenario's file may say, key by key.

Seconds are the model's (AWS's) unless a description says "real"; rates are per real second. What a
file leaves out and what follows from the configuration (`environments`, `service`, `users.paths`,
`to`, `at`, `in`, `serves`) is filled in by `load.load_scenario`; a loaded `Scenario` has it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.model.types import Frozen

FIRST_VERSION = "v1"
"""What runs at the beginning. It has no faults and is not declared."""
VERSION_PATTERN = r"[a-z][a-z0-9-]{0,15}"

FaultKind = Literal["errors", "latency", "hang", "unhealthy", "crash", "slow_start"]
Outcome = Literal["released", "failed"]
Colour = Literal["blue", "green"]
Do = Literal[
    "kill_task",
    "restart_database",
    "set_users",
    "rollback",
    "release",
    "update_listener",
    "silence_function",
    "end_standby",
    "rotate",
]
When = Literal[
    "Start",
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "AllowTestTraffic",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AllowTraffic",
    "AfterAllowTraffic",
    "HotStandby",
]

Line = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]+$", description="Text of one line.")]
Path = Annotated[
    str,
    Field(pattern=r"^/[!-~]*$", description="A path beginning with /: printable, without spaces."),
]
Rate = Annotated[float, Field(ge=1, le=2000)]
Seconds = Annotated[float, Field(ge=0, le=86400)]


class UsersSpec(Frozen):
    """The users that ask all the time."""

    rate: Rate = Field(
        default=300, description="Requests per real second in the last opened environment."
    )
    elsewhere: Rate = Field(
        default=30, description="Requests per real second in each other environment."
    )
    paths: tuple[Path, ...] = Field(
        default=(),
        min_length=1,
        description="What they ask for, in turn; the paths of the service's checks by default.",
    )
    keep_alive: float = Field(
        default=0.8, ge=0, le=1, description="Share of the requests on kept connections."
    )


class FaultSpec(Frozen):
    """One thing that is wrong with a version; which keys belong to which kind is a rule's."""

    kind: FaultKind = Field(description="What is wrong.")
    share: float = Field(default=1, gt=0, le=1, description="Share of the requests it meets.")
    status: int = Field(default=500, ge=400, le=599, description="What errors answer.")
    milliseconds: float | None = Field(
        default=None, ge=1, le=60000, description="Real milliseconds that latency adds."
    )
    seconds: float | None = Field(
        default=None,
        gt=0,
        le=86400,
        description="crash: ends so long after its start; slow_start: listens only after.",
    )
    paths: tuple[Path, ...] = Field(
        default=(),
        min_length=1,
        description="Only these; by default every path but the health check's.",
    )
    above_rate: float | None = Field(
        default=None,
        gt=0,
        le=2000,
        description="Only while a task gets more requests per real second than this.",
    )
    after_seconds: Seconds = Field(
        default=0, description="The fault begins so long after the task's start."
    )
    environments: tuple[str, ...] = Field(
        default=(), min_length=1, description="Only there; by default wherever it is released."
    )


class ListenerSpec(Frozen):
    """What a version's stack update changes at the production listener."""

    touch: bool = Field(
        description="Whether the listener is changed, so that CloudFormation touches it."
    )


class VersionSpec(Frozen):
    """One version; without faults a good one."""

    faults: tuple[FaultSpec, ...] = Field(default=(), description="What is wrong with it.")
    listener: ListenerSpec | None = Field(
        default=None, description="A change of the listener in the same stack update."
    )


class Action(Frozen):
    """One thing that happens while a step runs: once, or again and again."""

    when: When = Field(description="The lifecycle event with which its time begins to count.")
    environment: str = Field(
        default="", alias="in", min_length=1, description="The environment it happens in."
    )
    after_seconds: Seconds = Field(default=0, description="So long after `when` has begun.")
    do: Do = Field(description="What happens.")
    colour: Colour | None = Field(default=None, description="Of which colour a task is killed.")
    rate: Rate | None = Field(default=None, description="The users' requests per real second.")
    version: str | None = Field(
        default=None, description="What the second stack update asks to be released."
    )
    function: str | None = Field(
        default=None, description="The package under lambdas/ that never answers from now on."
    )
    every_seconds: float | None = Field(
        default=None,
        ge=1,
        le=3600,
        description="Real seconds after which the secret is rotated again, until the step ends.",
    )


class Step(Frozen):
    """One release down the road, and what must come of it. `at` is None when released."""

    release: str = Field(description="The version that is released.")
    to: str = Field(
        default="", min_length=1, description="How far down the road; all of it by default."
    )
    outcome: Outcome = Field(description="How the stack's update must end.")
    at: str | None = Field(
        default=None, min_length=1, description="The environment in which it must fail."
    )
    reason: str | None = Field(
        default=None, min_length=1, description="A text that the stack's reason must contain."
    )
    serves: str = Field(
        default="", min_length=1, description="The version that must serve afterwards."
    )
    failed_requests: int | None = Field(
        default=None, ge=0, description="Failed requests at most, in all opened environments."
    )
    failed_percent: float | None = Field(
        default=None, ge=0, le=100, description="The same, in percent of the requests."
    )
    share_within: float | None = Field(
        default=None,
        gt=0,
        le=100,
        description="Percentage points by which green's share may differ from its weight.",
    )
    rollback_seconds: float | None = Field(
        default=None,
        gt=0,
        description="Real seconds after the decision to go back at which green may still answer.",
    )
    scaled: Literal["after"] | None = Field(
        default=None, description="The desired count is higher after the deployment, not during it."
    )
    rotations: int | None = Field(
        default=None,
        ge=1,
        le=1000,
        description="So many rotations succeed at least, none fails, and AWSCURRENT logs in.",
    )
    sessions_per_task: int | None = Field(
        default=None, ge=1, le=1000, description="Sessions at the databases at most, afterwards."
    )
    actions: tuple[Action, ...] = Field(default=(), description="What happens meanwhile.")


class ScenarioFile(Frozen):
    """All that a file says."""

    title: Line = Field(max_length=120, description="What it shows, in one line.")
    description: str = Field(
        min_length=10,
        max_length=600,
        description="What happens and what it shows, in one to three sentences.",
    )
    factor: float = Field(
        default=20, ge=1, le=200, description="How much faster than AWS time runs."
    )
    environments: tuple[str, ...] = Field(
        default=(), min_length=1, description="Those that are opened; the whole road by default."
    )
    service: str = Field(
        default="", min_length=1, description="Whose release it is; the first that can be played."
    )
    long: bool = Field(default=False, description="Whether `make test` leaves it out.")
    users: UsersSpec = UsersSpec()
    versions: dict[str, VersionSpec] = Field(
        default_factory=dict, description="The versions besides v1."
    )
    steps: tuple[Step, ...] = Field(min_length=1, description="The releases, one after the other.")


class Scenario(ScenarioFile):
    """A scenario with its name, the file's stem."""

    name: str
