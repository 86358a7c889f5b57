"""A fleet of real processes on a target group in moto."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3

from rehearsal.clock import ManualClock
from rehearsal.fleet import TaskCounts
from rehearsal.host.faults import Fault
from rehearsal.host.ports import Ports
from rehearsal.host.processes import Processes
from rehearsal.host.tasks import Check, Launch, LaunchRequest, LocalFleet, TaskView
from tests.rehearsal.load_balancer import load_balancer
from tests.support.mocked_aws import mocked_aws

from .waiting import wait_until

SERVICE = Path(__file__).with_name("a_service.py")
SET = "arn:aws:ecs:eu-central-1:123456789012:task-set/shop/shop/ecs-svc/1"
DEFINITION = "arn:aws:ecs:eu-central-1:123456789012:task-definition/shop:1"
# In real seconds, with factor 100: a check each 0.2, 0.5 of draining, no grace.
CHECK = Check(
    path="/health",
    interval=20,
    timeout=2,
    healthy_threshold=3,
    unhealthy_threshold=2,
    codes="200",
    deregistration_delay=50,
    grace_period=0,
    stop_timeout=20,
)


@dataclass(kw_only=True)
class Local:
    """The fleet and what it is told. Change `argv`, `faults` and `check` before tasks start."""

    elbv2: Any
    group: str
    processes: Processes
    folder: Path
    check: Check = CHECK
    faults: tuple[Fault, ...] = ()
    stubborn: bool = False
    program: tuple[str, ...] = (sys.executable,)
    said: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=lambda: {"PYTHONDONTWRITEBYTECODE": "1"})

    def __post_init__(self) -> None:
        self.fleet = LocalFleet(
            clock=ManualClock(datetime(2026, 1, 1, tzinfo=UTC)),
            factor=100,
            processes=self.processes,
            ports=Ports(),
            elbv2=self.elbv2,
            launch=self._launch,
            check=lambda _definition, _group: self.check,
            on_change=self.said.append,
            name_of=lambda _arn: "green",
        )

    @classmethod
    @contextmanager
    def open(cls, folder: Path) -> Iterator[Local]:
        """With a mocked AWS of its own."""
        with mocked_aws(), Processes() as processes:
            elbv2 = boto3.client("elbv2")
            _, (group, _), _ = load_balancer(elbv2, name="shop")
            local = cls(elbv2=elbv2, group=group, processes=processes, folder=folder)
            try:
                yield local
            finally:
                local.fleet.close()

    def start(self, count: int, *, task_set: str = SET, health: str = "200") -> None:
        """Begin to run tasks whose health check is answered so."""
        self.answer(health, task_set=task_set)
        self.fleet.start(task_set, task_definition=DEFINITION, target_group=self.group, count=count)

    def answer(self, health: str, *, task_set: str = SET) -> None:
        """What the health check of a set's tasks answers from now on: a status, or "hang"."""
        new = self._file(task_set).with_suffix(".new")
        new.write_text(health)
        new.replace(self._file(task_set))

    def until(self, holds: Callable[[], bool], *, what: str, seconds: float = 15) -> None:
        """Settle until it holds."""

        def settled() -> bool:
            self.fleet.settle(datetime(2026, 1, 1, tzinfo=UTC))
            return holds()

        wait_until(settled, what=f"{what}: {self.tasks()} {self.said}", seconds=seconds)

    def healthy(self, count: int, *, task_set: str = SET) -> None:
        """Settle until that many tasks run, all healthy."""
        wanted = TaskCounts(running=count, pending=0, healthy=count)
        self.until(lambda: self.fleet.counts(task_set) == wanted, what=f"{count} healthy")

    def tasks(self, *, task_set: str = SET) -> list[TaskView]:
        """The tasks of a set."""
        return [task for task in self.fleet.tasks() if task.task_set == task_set]

    def only(self) -> TaskView:
        """The one task there is."""
        (task,) = self.tasks()
        return task

    def states(self) -> list[str]:
        """The states of the targets."""
        return sorted(target.state for target in self.fleet.targets(self.group))

    def registered(self) -> set[tuple[str, int]]:
        """Id and port of the targets in moto."""
        answer = self.elbv2.describe_target_health(TargetGroupArn=self.group)
        return {
            (one["Target"]["Id"], one["Target"]["Port"])
            for one in answer["TargetHealthDescriptions"]
        }

    def slower(self, **changes: float) -> None:
        """Change the check of the tasks that are yet to start."""
        self.check = replace(self.check, **changes)  # type: ignore[arg-type]

    def _launch(self, request: LaunchRequest) -> Launch:
        file = self._file(request.task_set)
        arguments = [str(SERVICE), str(request.port), str(file)]
        return Launch(
            argv=(*self.program, *(arguments + ["stubborn"] * self.stubborn)),
            environment=self.environment,
            folder=self.folder,
            faults=self.faults,
        )

    def _file(self, task_set: str) -> Path:
        return self.folder / f"health-{task_set[-1]}"
