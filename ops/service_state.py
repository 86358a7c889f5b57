"""What is known of one service at one moment. Types and their rules, without I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from lambdas.rollback.ports import TaskDefinition
from lambdas.rollback.served import Deployment

Scaling = Literal["on", "suspended by release", "suspended", "partly suspended", "none"]
_SHOWN_DIGITS = 12


@dataclass(frozen=True, kw_only=True)
class Colour:
    """A target group. `name` is blue or green, `weight` its percentage of production traffic."""

    name: str
    target_group: str
    weight: int
    healthy: int
    targets: int


@dataclass(frozen=True, kw_only=True)
class TaskSet:
    """An ECS task set. `status` is PRIMARY, ACTIVE or DRAINING."""

    status: str
    task_definition: str
    colour: str
    running: int
    desired: int


@dataclass(frozen=True, kw_only=True)
class LifecycleEvent:
    """A step of a deployment, as CodeDeploy reports it."""

    name: str
    status: str
    started: datetime | None = None
    ended: datetime | None = None
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class Shift:
    """How traffic moves: by `percent` every `minutes`; `kind` as CodeDeploy calls it."""

    kind: str
    percent: int = 100
    minutes: int = 0


@dataclass(frozen=True, kw_only=True)
class Progress:
    """A deployment and how far it is. Waits are minutes.

    `green` is the colour that the deployment moves traffic to (as a target group, so it may be
    blue), `approval_minutes` zero where no approval is asked for.
    """

    deployment: Deployment
    events: Sequence[LifecycleEvent]
    green: str | None
    shift: Shift | None
    approval_minutes: int
    stops_without_approval: bool
    bake_minutes: int
    standby_minutes: int

    def event(self, name: str) -> LifecycleEvent | None:
        """The lifecycle event of that name, None when CodeDeploy does not report it."""
        return next((event for event in self.events if event.name == name), None)


@dataclass(frozen=True, kw_only=True)
class HookReport:
    """What the release checks said of a deployment."""

    deployment: str
    passed: bool
    summary: str
    failures: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class ServiceState:
    """A service at one moment. `missing` says why nothing else is known of it.

    `serving` is what PRIMARY runs; `asked` is what the stack asked for last, None when no release
    by the stack has ended yet.
    """

    service: str
    missing: str = ""
    serving: TaskDefinition | None = None
    asked: TaskDefinition | None = None
    live: str = ""
    colours: Sequence[Colour] = ()
    task_sets: Sequence[TaskSet] = ()
    progress: Progress | None = None
    scaling: Scaling = "none"
    alarms: Mapping[str, str] | None = None
    report: HookReport | None = None

    @property
    def mismatch(self) -> bool:
        """Whether what serves is not what the stack asked for."""
        if self.serving is None or self.asked is None:
            return False
        return self.serving.arn != self.asked.arn

    @property
    def breaching(self) -> list[str]:
        """The names of the alarms in ALARM."""
        return [name for name, state in (self.alarms or {}).items() if state == "ALARM"]


def short_image(definition: TaskDefinition | None) -> str:
    """Return what a person tells an image by: the digest's first digits, else its tag."""
    if definition is None:
        return "-"
    if definition.digest is not None:
        return definition.digest.removeprefix("sha256:")[:_SHOWN_DIGITS]
    return definition.image.rpartition("/")[2]


def colour_of(target_group: str, service: str) -> str:
    """Return blue or green for `<service>-blue` and `<service>-green`, else the name itself.

    `target_group` is a name or an ARN.
    """
    parts = target_group.split("/")
    name = parts[1] if len(parts) == 3 else target_group
    colour = name.removeprefix(f"{service}-")
    return colour if colour in ("blue", "green") else name
