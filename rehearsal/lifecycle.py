"""The lifecycle events of one deployment, and the hooks that answer for them.

Order and hooks: https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-steps-ecs.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Status = Literal["Pending", "InProgress", "Succeeded", "Failed", "Skipped"]

EVENTS = (
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "AllowTestTraffic",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AllowTraffic",
    "AfterAllowTraffic",
)


@dataclass
class Hook:
    """One invocation of a hook function that CodeDeploy waits for."""

    execution_id: str
    event: str
    function: str
    answer: Literal["Succeeded", "Failed"] | None = None
    refused: str | None = None

    @property
    def ended(self) -> bool:
        """Whether there is something to go on with."""
        return self.answer is not None or self.refused is not None


@dataclass
class LifecycleEvent:
    """One event. Times are None until it begins, or when it is skipped."""

    name: str
    status: Status = "Pending"
    started: datetime | None = None
    ended: datetime | None = None
    diagnostics: dict[str, str] | None = None

    def describe(self) -> dict[str, Any]:
        """As the API's LifecycleEvent."""
        found = {
            "lifecycleEventName": self.name,
            "status": self.status,
            "startTime": self.started,
            "endTime": self.ended,
            "diagnostics": self.diagnostics,
        }
        return {name: value for name, value in found.items() if value is not None}


@dataclass
class Lifecycle:
    """The events in their order, one in progress at a time."""

    events: list[LifecycleEvent] = field(
        default_factory=lambda: [LifecycleEvent(name) for name in EVENTS]
    )

    def __getitem__(self, name: str) -> LifecycleEvent:
        return next(event for event in self.events if event.name == name)

    @property
    def current(self) -> LifecycleEvent | None:
        """The event in progress."""
        return next((event for event in self.events if event.status == "InProgress"), None)

    def begin(self, name: str, moment: datetime) -> None:
        """The event is in progress."""
        event = self[name]
        event.status, event.started = "InProgress", moment

    def succeed(self, name: str, moment: datetime) -> None:
        """The event has ended well."""
        event = self[name]
        event.status, event.ended = "Succeeded", moment

    def end(self, moment: datetime, diagnostics: dict[str, str]) -> None:
        """The deployment ends here: what runs has failed, what has not begun is skipped.

        With nothing in progress and something left, the next event is the one that failed.
        """
        rest = [event for event in self.events if event.status in ("InProgress", "Pending")]
        if rest:
            rest[0].status, rest[0].ended = "Failed", moment
            rest[0].started = rest[0].started or moment
            rest[0].diagnostics = diagnostics
        for event in rest[1:]:
            event.status = "Skipped"
