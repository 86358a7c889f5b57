"""What the look-up needs of the world."""

from __future__ import annotations

from typing import Protocol

from .live_target_group import ServiceState


class EcsError(Exception):
    """ECS refused or did not answer; the message says which call, on what, and why."""


class Services(Protocol):
    """The ECS services of one account and region."""

    def describe(self, *, cluster: str, service: str) -> ServiceState | None:
        """Return the service's state; None when it or its cluster is unknown. Raises `EcsError`."""
