"""What restarting a service needs of the world."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ..rollback.ports import Releases
from .decision import Serving
from .injected import Injected


@dataclass(frozen=True, kw_only=True)
class Primary:
    """A service's PRIMARY task set, with its container and port behind the load balancer."""

    serving: Serving
    container: str
    port: int


class World(Protocol):
    """One cluster's services. Every method raises `rollback.ports.CallFailed`."""

    @property
    def releases(self) -> Releases:
        """Their deployments."""

    def now(self) -> datetime:
        """The moment."""

    def primary(self, service: str) -> Primary | None:
        """What serves; None when the service is not there or nothing of it serves."""

    def secret(self, arn: str) -> Injected:
        """The secret. Raises `injected.NoCurrentVersion`."""

    def approve(self, deployment: str) -> None:
        """Let it move its traffic; nothing when it does not wait any more."""
