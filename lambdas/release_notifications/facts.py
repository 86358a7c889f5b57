"""What is known about a deployment and its service. Types and what follows from them; no I/O.

None stands for what is not known, or is not there; `Facts.unknown` says of the former why.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

_ALLOW_TRAFFIC = "AllowTraffic"
_CHECKED_AT = "AfterAllowTestTraffic"
_SHORT_DIGEST = len("sha256:") + 12


class Exposure(Enum):
    """How far user traffic had moved to a deployment's version."""

    NONE = "none"
    MOVING = "moving"
    ALL = "all"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Version:
    """A task definition's ARN, and its image: the digest (`sha256:...`), else as it is written."""

    task_definition: str
    image: str | None

    @property
    def revision(self) -> str:
        """`family:revision`."""
        return self.task_definition.rpartition("/")[2]

    @property
    def short(self) -> str:
        """For a sentence: the digest's first 12 digits, and the revision."""
        if self.image is None:
            return self.revision
        image = self.image[:_SHORT_DIGEST] if self.image.startswith("sha256:") else self.image
        return f"{image} ({self.revision})"

    @property
    def full(self) -> str:
        """For looking up: the whole digest, and the revision."""
        return f"{self.image or 'unknown image'} ({self.revision})"


@dataclass(frozen=True, kw_only=True)
class LifecycleEvent:
    """One step of a deployment. `diagnostics` is CodeDeploy's own word on a failure.

    https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_LifecycleEvent.html
    """

    name: str
    status: str
    ended_at: datetime | None = None
    diagnostics: str = ""


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A deployment, as CodeDeploy describes it.

    `rollback`: CodeDeploy made it to take another one back, `rolls_back` when that is known.
    `by_stack`: the stack's own release started it; `goes_back`: an operator's rollback did, after
    blue was gone; `restarts`: it deploys what serves again, for a rotated secret. `rollback_id`
    takes this one back; `rollback_expected`: its settings have it taken back for such an end.
    `ready_minutes` is how long it waits before traffic moves, and `needs_approval` whether it is
    stopped after that.
    """

    id: str
    rollback: bool = False
    rolls_back: str | None = None
    by_stack: bool = False
    goes_back: bool = False
    restarts: bool = False
    rollback_id: str | None = None
    rollback_expected: bool = False
    error_code: str | None = None
    error_message: str | None = None
    ready_minutes: int = 0
    needs_approval: bool = False
    standby_minutes: int = 0
    standby_started: bool = False
    events: tuple[LifecycleEvent, ...] | None = None
    version: Version | None = None

    @property
    def exposure(self) -> Exposure:
        """How far user traffic had moved to it."""
        if self.events is None:
            return Exposure.UNKNOWN
        status = next((e.status for e in self.events if e.name == _ALLOW_TRAFFIC), "Pending")
        return {
            "Pending": Exposure.NONE,
            "Skipped": Exposure.NONE,
            "InProgress": Exposure.MOVING,
            "Failed": Exposure.MOVING,
            "Succeeded": Exposure.ALL,
        }.get(status, Exposure.UNKNOWN)

    @property
    def failed_at(self) -> LifecycleEvent | None:
        """The lifecycle event that failed."""
        return next((event for event in self.events or () if event.status == "Failed"), None)

    @property
    def failed_its_checks(self) -> bool:
        """Whether it ended at the release checks."""
        return self.failed_at is not None and self.failed_at.name == _CHECKED_AT

    @property
    def was_waiting(self) -> bool:
        """Whether it ended while it waited for an approval."""
        if self.exposure is not Exposure.NONE or not self.needs_approval:
            return False
        # There is nothing else between the checks and the traffic: our releases have no hook there.
        return any(e.name == _CHECKED_AT and e.status == "Succeeded" for e in self.events or ())

    @property
    def traffic_moved_at(self) -> datetime | None:
        """When all traffic had moved."""
        ends = (
            event.ended_at
            for event in self.events or ()
            if event.name == _ALLOW_TRAFFIC and event.status == "Succeeded"
        )
        return next(ends, None)

    @property
    def in_standby(self) -> bool:
        """Whether its traffic has moved, so that what it waits for is blue's end."""
        return self.standby_started or self.exposure is Exposure.ALL

    @property
    def taken_back(self) -> bool:
        """Whether CodeDeploy takes it back, announced or not yet."""
        return self.rollback_id is not None or self.rollback_expected

    def standby_until(self, since: datetime) -> datetime:
        """When blue goes; `since` is used when it is not known when traffic had moved."""
        return (self.traffic_moved_at or since) + timedelta(minutes=self.standby_minutes)


@dataclass(frozen=True, kw_only=True)
class Checks:
    """What the release checks of one deployment came to."""

    passed: bool
    summary: str
    failures: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All that a message is made of.

    `taken_back` is what a rollback takes back. `serving` is the version of ECS's PRIMARY task set,
    `before` the one from before the release, to which a rollback goes back, `asked` the one that
    the stack asked for last. `checks` belong to the release that the message
    is about. `alarms` are those of the group in ALARM. `unknown` has a sentence for each fact that
    could not be had.
    """

    deployment: Deployment | None = None
    taken_back: Deployment | None = None
    serving: Version | None = None
    before: Version | None = None
    asked: Version | None = None
    checks: Checks | None = None
    alarms: tuple[str, ...] | None = None
    unknown: tuple[str, ...] = ()

    @property
    def release(self) -> Deployment | None:
        """The release that the message is about: for a rollback, the one it takes back."""
        if self.deployment is not None and self.deployment.rollback:
            return self.taken_back
        return self.deployment


def same(one: Version | None, other: Version | None) -> bool:
    """Whether both are known and are the same revision."""
    if one is None or other is None:
        return False
    return one.task_definition == other.task_definition
