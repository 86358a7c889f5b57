"""What was seen of a rehearsal: the data behind the live view, the report and the expectations.

Times are seconds of real time since the recording began. The model's time runs ``factor`` times as
fast. Everything here is plain data that `dataclasses.asdict` turns into JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Colour = Literal["blue", "green"]
Result = Literal["released", "failed", "running", "not reached"]
RotationResult = Literal["running", "succeeded", "failed", "abandoned"]


@dataclass(kw_only=True)
class ColourSample:
    """One colour during one second.

    ``weight``: percent of the production listener. ``answered``: requests that its tasks answered
    users. ``version``: what its task set runs, empty without one.
    """

    weight: float = 0.0
    answered: int = 0
    healthy: int = 0
    tasks: int = 0
    version: str = ""


@dataclass(kw_only=True)
class Sample:
    """One second of one environment. Latencies are milliseconds; None when nobody asked.

    ``failed``: requests that ended without an answer or with 500 and above.
    """

    at: float
    requests: int = 0
    failed: int = 0
    p50: float | None = None
    p99: float | None = None
    blue: ColourSample = field(default_factory=ColourSample)
    green: ColourSample = field(default_factory=ColourSample)
    desired: int = 0
    alarms: tuple[str, ...] = ()


@dataclass(kw_only=True)
class LifecycleEvent:
    """One lifecycle event of a deployment (`BeforeInstall` to `AfterAllowTraffic`)."""

    name: str
    status: str
    start: float | None = None
    end: float | None = None


@dataclass(kw_only=True)
class DeploymentRecord:
    """One deployment of CodeDeploy, or the rollback of one (``rollback_of`` names it).

    ``moved``: when all traffic had moved to it (hot standby begins). ``error`` is CodeDeploy's.
    """

    id: str
    version: str
    colour: Colour | None
    status: str
    start: float
    end: float | None = None
    moved: float | None = None
    error: str = ""
    rollback_of: str = ""
    events: list[LifecycleEvent] = field(default_factory=list)


@dataclass(kw_only=True)
class RotationRecord:
    """One rotation of a secret, by the secret's name; ``reason`` says why it failed."""

    secret: str
    start: float
    end: float | None = None
    result: RotationResult = "running"
    reason: str = ""


MarkKind = Literal[
    "deploy",  # a stack's update began
    "done",  # a stack's update ended well
    "failed",  # a stack's update ended badly
    "approval",  # a person approved, in the pipeline or in CodeDeploy
    "gate",  # a gate's result
    "traffic",  # a listener's weights changed
    "alarm",  # an alarm went off or ended
    "rollback",  # the decision to take a release back
    "scaling",  # suspended, resumed, scaled
    "task",  # a task ended by itself
    "action",  # what the scenario did: killed a task, restarted the database
    "message",  # a notification to people
    "rotation",  # a secret begins to rotate, has rotated, or failed to
]


@dataclass(kw_only=True)
class Mark:
    """One thing that happened at one moment, in words."""

    at: float
    kind: MarkKind
    text: str


@dataclass(kw_only=True)
class Release:
    """One version in one environment: how it ended, and in CloudFormation's words why not."""

    version: str
    result: Result
    start: float
    end: float | None = None
    reason: str = ""


@dataclass(kw_only=True)
class Gate:
    """One gate of the road: release checks (CodeDeploy's hook), smoke, acceptance, approval."""

    name: str
    environment: str
    version: str
    at: float
    passed: bool
    detail: str = ""


@dataclass(kw_only=True)
class EnvironmentRecord:
    """One environment from the moment its first version served users."""

    name: str
    account: str
    region: str
    service: str
    strategy: str
    samples: list[Sample] = field(default_factory=list)
    deployments: list[DeploymentRecord] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)
    rotations: list[RotationRecord] = field(default_factory=list)


@dataclass(kw_only=True)
class Expectation:
    """One thing that the scenario says must be so, and what was measured."""

    text: str
    held: bool
    measured: str


@dataclass(kw_only=True)
class NotHonoured:
    """Something that a template says and the rehearsal does not do, or does differently."""

    where: str
    what: str
    why: str


@dataclass(kw_only=True)
class Recording:
    """One scenario as it was played. ``ended`` is empty, or why it was cut short."""

    scenario: str
    title: str
    description: str
    factor: float
    began: str
    seconds: float = 0.0
    environments: list[EnvironmentRecord] = field(default_factory=list)
    gates: list[Gate] = field(default_factory=list)
    expectations: list[Expectation] = field(default_factory=list)
    ended: str = ""

    @property
    def held(self) -> bool:
        """Whether it was played to its end and everything expected was so."""
        return not self.ended and all(one.held for one in self.expectations)

    def environment(self, name: str) -> EnvironmentRecord:
        """The environment of that name. Raises `KeyError`."""
        for one in self.environments:
            if one.name == name:
                return one
        raise KeyError(name)


@dataclass(kw_only=True)
class Rehearsal:
    """One run of the command: its scenarios in the order in which they were played.

    ``parts``: real component -> version (Caddy, PostgreSQL, Python, machine).
    """

    platform: str
    began: str
    command: str
    parts: dict[str, str] = field(default_factory=dict)
    recordings: list[Recording] = field(default_factory=list)
    not_honoured: list[NotHonoured] = field(default_factory=list)

    @property
    def held(self) -> bool:
        """Whether every scenario held."""
        return bool(self.recordings) and all(one.held for one in self.recordings)
