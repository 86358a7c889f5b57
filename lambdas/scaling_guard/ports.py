"""What the guard needs of the world. A service's name is its CodeDeploy application's and group's.

Each call may fail with `GuardError`, and the function may be killed after any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from .guard import Bounds, Flags, Marker, Target
from .schedule import ScheduledAction


class GuardError(Exception):
    """A service's scaling could not be guarded; the message says what failed, on what, and why."""


class Targets(Protocol):
    """The scalable targets of the platform's services."""

    def describe(self, service: str) -> Target | None:
        """Return the service's target; None when its scaling was never set up, or was removed."""

    def suspend(self, service: str, flags: Flags) -> None:
        """Set all three flags of an existing target; its bounds stay as they are."""

    def bound(self, service: str, bounds: Bounds) -> None:
        """Set both bounds of an existing target; its flags stay as they are."""

    def scheduled_actions(self, service: str) -> Sequence[ScheduledAction]:
        """Return every scheduled action of the service's target."""


class Markers(Protocol):
    """The markers, one a service at most."""

    def create(self, service: str, marker: Marker) -> bool:
        """Create the marker; False, changing nothing, when there is one. Atomic: the lock."""

    def replace(self, service: str, marker: Marker) -> None:
        """Write the marker, whether or not there is one."""

    def read(self, service: str) -> Marker | None:
        """Return the marker, or None."""

    def delete(self, service: str) -> None:
        """Delete the marker; one that is gone already is no error."""


class Deployments(Protocol):
    """The deployments of the services' deployment groups."""

    def active(self, service: str) -> Sequence[str]:
        """Return the ids of those that have not ended; none for an unknown deployment group."""


@dataclass(frozen=True, kw_only=True)
class World:
    """All ports. `now` answers the time in UTC, aware."""

    targets: Targets
    markers: Markers
    deployments: Deployments
    now: Callable[[], datetime]
