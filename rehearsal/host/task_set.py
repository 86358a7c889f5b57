"""One task set of the fleet and its tasks: what there is, and what there should be."""

from __future__ import annotations

import subprocess
import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime

from ..fleet import TaskCounts
from .health_checks import TargetHealth
from .task_terms import Check, Target, TargetState, TaskState, TaskView

# Not below: requests that are being answered when a task leaves the balancer end in this time.
LEAST_DRAIN_SECONDS = 0.5
_DELAYS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)


@dataclass(eq=False, kw_only=True)
class Task:
    """One task. ``due`` (of `time.monotonic`): when its state ends by itself.

    ``target_id``: in moto's load balancer. ``attempt``: how many tasks that were never healthy
    ended by themselves before it in its place.
    """

    target_id: str
    check: Check
    attempt: int = 0
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    state: TaskState = "pending"
    due: float = field(default_factory=time.monotonic)
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    started: datetime | None = None
    was_healthy: bool = False

    def __post_init__(self) -> None:
        self.health = TargetHealth(check=self.check)
        self.due += _DELAYS[min(self.attempt, len(_DELAYS) - 1)]

    @property
    def address(self) -> str:
        """Host and port, empty before it runs."""
        return f"127.0.0.1:{self.port}" if self.port else ""

    @property
    def healthy(self) -> bool:
        """Whether the load balancer uses it."""
        return self.state == "running" and self.health.state == "healthy"

    @property
    def target_state(self) -> TargetState | None:
        """As the load balancer sees it, None when it is not a target (any more)."""
        match self.state:
            case "running":
                return self.health.state
            case "draining":
                return "draining"
        return None

    def run(self, process: subprocess.Popen[bytes], *, port: int, started: datetime) -> None:
        """It has been started."""
        self.process, self.port, self.started = process, port, started
        self.began = time.monotonic()
        self.state = "running"

    def drain(self, *, factor: float) -> None:
        """No new requests from now on; SIGTERM is due when the deregistration delay is over.

        A target without requests is deregistered at once:
        https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html
        """
        delay = max(self.check.deregistration_delay / factor, LEAST_DRAIN_SECONDS)
        self.due = time.monotonic() + (delay if self.was_healthy else 0)
        self.state = "draining"

    def terminate(self) -> None:
        """SIGTERM; SIGKILL is due when the stop time-out is over."""
        if self.process is not None:
            self.process.terminate()
        self.due = time.monotonic() + self.check.stop_timeout
        self.state = "stopping"


@dataclass(eq=False, kw_only=True)
class LocalSet:
    """A task set. ``registered``: port by target id, as moto's load balancer has them."""

    arn: str
    task_definition: str
    target_group: str
    check: Check
    desired: int
    stopped: bool = False
    tasks: list[Task] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    registered: dict[str, int] = field(default_factory=dict)

    @property
    def wanted(self) -> list[Task]:
        """The tasks that are to run, oldest first; the others are on their way out."""
        return [task for task in self.tasks if task.state in ("pending", "running")]

    def counts(self) -> TaskCounts:
        """A set that was stopped has tasks until the last one is gone."""
        pending = sum(task.state == "pending" for task in self.tasks)
        running = sum(task.state == "running" for task in self.tasks)
        return TaskCounts(
            running=len(self.tasks) - pending if self.stopped else running,
            pending=pending,
            healthy=sum(task.healthy for task in self.tasks),
        )

    def targets(self) -> list[Target]:
        """Its tasks as the load balancer sees them."""
        return [
            Target(address=task.address, state=state, task_set=self.arn)
            for task in self.tasks
            if (state := task.target_state) is not None
        ]

    def views(self) -> list[TaskView]:
        """All its tasks."""
        return [
            TaskView(
                id=task.id,
                task_set=self.arn,
                task_definition=self.task_definition,
                address=task.address,
                pid=task.process.pid if task.process else None,
                state=task.state,
                healthy=task.healthy,
                started=task.started,
            )
            for task in self.tasks
        ]
