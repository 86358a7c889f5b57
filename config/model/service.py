"""One service: its image, its container, how it is reached, released, scaled and checked."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.model.secrets import ApiKey, DatabaseAccess
from config.model.types import Cidr, Frozen, HostLabel, Minutes, Percent, WholeNumber

Gate = Literal["smoke", "acceptance", "release"]
Strategy = Literal["canary", "linear", "all_at_once"]
Day = Literal["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]
TimeOfDay = Annotated[
    str,
    Field(
        pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$",
        description='Local time, such as "19:00"; an end before the start is the next day\'s.',
    ),
]
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html
Cpu = Annotated[Literal[256, 512, 1024, 2048, 4096, 8192, 16384], WholeNumber]
Period = Annotated[Literal[10, 30, 60, 120, 180, 300], WholeNumber]


_PATH = "A path beginning with /: printable ASCII without spaces, the rest percent-encoded."


class Image(Frozen):
    """Where the service's image comes from: exactly one of ``source`` and ``reference``."""

    source: str | None = Field(
        default=None,
        description="A folder of this repository with a Dockerfile, built once by the pipeline.",
    )
    target: str = Field(default="production", description="The Dockerfile stage that is released.")
    reference: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)+@sha256:[0-9a-f]{64}$",
        description='An image built elsewhere, by digest: "repository@sha256:...".',
    )


class Container(Frozen):
    """What the task runs."""

    port: int = Field(
        default=8080, ge=1024, le=65535, description="The port the program listens on."
    )
    cpu: Cpu = Field(description="CPU units; 1024 are one vCPU.")
    memory: int = Field(ge=512, le=122880, description="MiB; which ones depends on cpu.")
    architecture: Literal["X86_64", "ARM64"] = Field(
        default="X86_64", description="The processor the image is built for."
    )
    user: str = Field(
        default="10001:10001", pattern=r"^[0-9]+(:[0-9]+)?$", description="uid[:gid], never 0."
    )
    command: tuple[str, ...] = Field(
        default=(), description="Replaces the image's command, exec form."
    )
    environment: dict[str, str] = Field(
        default_factory=dict, description="Plain settings; never secrets."
    )
    stop_timeout_seconds: int = Field(
        default=30, ge=2, le=120, description="From SIGTERM to SIGKILL (Fargate's 120 at most)."
    )
    health_command: tuple[str, ...] = Field(
        default=(), description="Optional ECS container health check, exec form."
    )
    local_command: tuple[str, ...] = Field(
        default=(),
        description="How a rehearsal starts the service as a process, in the image's source "
        "folder; {port} stands for its port, which PORT holds too.",
    )
    local_environment: dict[str, str] = Field(
        default_factory=dict,
        description="Settings of a rehearsal's processes, over those of the task definition.",
    )


class Capacity(Frozen):
    """Which capacity the service's tasks run on."""

    spot_percent: int = Field(
        default=0, ge=0, le=100, description="Share of tasks on Fargate Spot."
    )


class LoadBalancer(Frozen):
    """How the service is reached."""

    public: bool = Field(description="Whether the load balancer is reachable from the internet.")
    host: HostLabel = Field(description="The label in front of the Region's hosted zone.")
    allowed_cidrs: tuple[Cidr, ...] = Field(
        default=(),
        description="Who may reach the production listener; empty: everyone for a public "
        "load balancer, the VPC for an internal one.",
    )
    idle_timeout_seconds: int = Field(
        default=60, ge=1, le=4000, description="How long a silent connection is kept."
    )
    deregistration_delay_seconds: int = Field(
        default=30, ge=0, le=3600, description="How long a leaving task may finish its requests."
    )


class HealthCheck(Frozen):
    """The target groups' health check; the same on blue and green."""

    path: str = Field(default="/health", pattern=r"^/[!-~]*$", description=_PATH)
    interval_seconds: int = Field(default=10, ge=5, le=300, description="From check to check.")
    timeout_seconds: int = Field(
        default=5, ge=2, le=120, description="How long one check may take; below the interval."
    )
    healthy_threshold: int = Field(
        default=2, ge=2, le=10, description="Passed checks in a row before a task gets traffic."
    )
    unhealthy_threshold: int = Field(
        default=3, ge=2, le=10, description="Failed checks in a row before a task is replaced."
    )
    grace_period_seconds: int = Field(
        default=60,
        ge=0,
        le=2147483647,
        description="After a task's start, for how long ECS ignores failed checks.",
    )


class Release(Frozen):
    """How traffic moves from blue to green. All times are minutes."""

    strategy: Strategy = Field(
        default="canary", description="canary: one step, then the rest; linear: equal steps."
    )
    step_percent: Percent = Field(default=20, description="Share of traffic of one step.")
    step_interval_minutes: Minutes = Field(default=5, description="Time between steps.")
    install_minutes: int = Field(
        default=10, ge=1, description="Time for green's tasks to be healthy."
    )
    check_minutes: int = Field(
        default=5, ge=1, le=14, description="Time for the release checks (a Lambda's 15 at most)."
    )
    approval_minutes: Minutes = Field(
        default=0,
        description="How long a release waits for approval before traffic moves; 0: none is asked.",
    )
    bake_minutes: Minutes = Field(
        default=10, description="Time at 100 % before the release counts as done."
    )
    hot_standby_minutes: Minutes = Field(
        default=60, description="How long blue stays after traffic has moved."
    )
    repeat: int = Field(
        default=0,
        ge=0,
        description="Raise it to release the same digest again, after a rollback in hot standby.",
    )


class ScheduledPeak(Frozen):
    """A known peak: between ``start`` and ``end`` local time the bounds are other ones."""

    name: str = Field(
        pattern=r"^[A-Z][A-Za-z0-9]{2,30}$", description="PascalCase; part of a logical id."
    )
    time_zone: str = Field(description="An IANA time zone, such as Asia/Tokyo.")
    days: tuple[Day, ...] = Field(min_length=1, description="The local days on which it starts.")
    start: TimeOfDay
    end: TimeOfDay
    min_tasks: int = Field(ge=1, le=1000, description="Tasks at least, during the peak.")
    max_tasks: int = Field(ge=1, le=1000, description="Tasks at most, during the peak.")


class Scaling(Frozen):
    """Task counts and target tracking."""

    enabled: bool = Field(
        default=True, description="Whether task counts follow the load and the peaks."
    )
    min_tasks: int = Field(default=2, ge=1, le=1000, description="Tasks at least.")
    desired_tasks: int = Field(
        default=2, ge=1, le=1000, description="Tasks at first; then the scaler decides."
    )
    max_tasks: int = Field(default=20, ge=1, le=1000, description="Tasks at most.")
    cpu_percent: Percent = Field(default=70, description="Average CPU that is aimed at.")
    memory_percent: Percent = Field(default=75, description="Average memory that is aimed at.")
    requests_per_target: int = Field(default=500, ge=1, description="Per minute and task.")
    scale_out_cooldown_seconds: int = Field(
        default=60, ge=0, description="After adding tasks, before adding more."
    )
    scale_in_cooldown_seconds: int = Field(
        default=300, ge=0, description="After removing tasks, before removing more."
    )
    peaks: tuple[ScheduledPeak, ...] = Field(
        default=(), description="Known peaks; they may not overlap."
    )


class Alarms(Frozen):
    """The alarms on both target groups that take a release back."""

    error_rate_percent: float = Field(
        default=1.0, gt=0, le=100, description="Share of 5xx answers that is too much."
    )
    latency_p99_ms: int = Field(default=1000, ge=1, description="99th percentile, in ms.")
    period_seconds: Period = Field(default=60, description="Length of one data point.")
    evaluation_periods: int = Field(
        default=3, ge=1, le=60, description="How many of the last periods are looked at."
    )
    datapoints_to_alarm: int = Field(
        default=2, ge=1, le=60, description="How many of them must be bad."
    )


class Check(Frozen):
    """One check of a running version, made by the release checks program."""

    name: str = Field(
        min_length=3, max_length=60, description="What is checked, as a report says it."
    )
    gates: tuple[Gate, ...] = Field(
        min_length=1,
        description="release: on green, before user traffic; smoke, acceptance: afterwards.",
    )
    path: str = Field(pattern=r"^/[!-~]*$", description=_PATH)
    method: Literal["GET", "HEAD", "POST", "PUT", "DELETE"] = Field(
        default="GET", description="The request's method."
    )
    headers: dict[str, str] = Field(default_factory=dict, description="Sent with the request.")
    request_body: str | None = Field(default=None, description="Sent with the request.")
    status: int = Field(default=200, ge=200, le=599, description="The exact status expected.")
    body_contains: str | None = Field(
        default=None, min_length=1, description="Text that the answer must contain."
    )
    json_equals: dict[str, str | int | float | bool] = Field(
        default_factory=dict, alias="json", description="Dotted path -> expected value."
    )
    response_headers: dict[str, str] = Field(
        default_factory=dict, description="Header -> text that it must contain."
    )
    repetitions: int = Field(default=5, ge=1, le=200, description="How often it is made.")
    p95_ms: int | None = Field(
        default=None, ge=1, description="95th percentile of the answers' times, in ms."
    )
    timeout_seconds: int = Field(default=5, ge=1, le=60, description="For one whole request.")


class Service(Frozen):
    """A service as one environment sees it: the file's base with that environment's overrides.

    ``config/services/<name>.toml``; the file's stem is the service's name. The file's
    ``[environments.<name>]`` tables are merged over its base, which is complete by itself, key by
    key; a list replaces a list.
    """

    description: str = Field(
        min_length=10, max_length=200, description="What the service is for, in a sentence."
    )
    image: Image = Field(description="The image; the same in every environment.")
    container: Container = Field(description="What a task runs, and its size.")
    capacity: Capacity = Capacity()
    load_balancer: LoadBalancer = Field(description="How the service is reached.")
    health_check: HealthCheck = HealthCheck()
    release: Release = Release()
    scaling: Scaling = Scaling()
    alarms: Alarms = Alarms()
    database: DatabaseAccess | None = Field(
        default=None, description="A database of its own; absent: none."
    )
    api_keys: tuple[ApiKey, ...] = Field(
        default=(),
        max_length=10,
        description="Keys of other parties' APIs; the service finds each one's secret in the "
        "variable <NAME>_API_KEY_SECRET_ID and reads it with its task role.",
    )
    checks: tuple[Check, ...] = Field(
        default=(), description="What a running version must answer, at which gates."
    )
