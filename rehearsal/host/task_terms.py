"""What the fleet is told about tasks and what it tells: plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from .faults import Fault

TargetState = Literal["initial", "healthy", "unhealthy", "draining"]
TaskState = Literal["pending", "running", "draining", "stopping"]


@dataclass(frozen=True, kw_only=True)
class LaunchRequest:
    """A task that is to be started. Its service has to listen on ``port`` of 127.0.0.1."""

    task_id: str
    task_set: str
    task_definition: str
    port: int


@dataclass(frozen=True, kw_only=True)
class Launch:
    """How to start it: in ``folder``, with ``environment`` and of the parent's only PATH."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Check:
    """The health check of a target group and what else ends a task, in seconds as in templates.

    ``codes``: as in a target group's matcher: ``200``, ``200-299``, ``200,202``.
    ``interval``, ``deregistration_delay`` and ``grace_period`` are of the model's time.
    ``timeout`` and ``stop_timeout`` are taken as real ones: they bound what real processes do.
    """

    path: str
    interval: float
    timeout: float
    healthy_threshold: int
    unhealthy_threshold: int
    codes: str = "200"
    deregistration_delay: float
    grace_period: float
    stop_timeout: float

    def accepts(self, status: int) -> bool:
        """Whether an answer with this status passes."""
        for part in self.codes.split(","):
            low, _, high = part.partition("-")
            if int(low) <= status <= int(high or low):
                return True
        return False


@dataclass(frozen=True, kw_only=True)
class Target:
    """A task as the load balancer sees it. ``address``: host and port."""

    address: str
    state: TargetState
    task_set: str


@dataclass(frozen=True, kw_only=True)
class TaskView:
    """A task. Pending ones have neither ``address`` nor ``pid`` nor ``started`` (model time)."""

    id: str
    task_set: str
    task_definition: str
    address: str
    pid: int | None
    state: TaskState
    healthy: bool
    started: datetime | None
