"""A fleet whose tasks behave as they are told, and are targets in moto's load balancer.

moto calls every registered target healthy, so a task is registered exactly while it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from rehearsal.clock import Clock
from rehearsal.fleet import TaskCounts


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """How the tasks of a task definition behave. Seconds count from a task's start.

    ``healthy_after`` None: never healthy. ``crash_after``: ends then, with ``crash_reason``, and
    is replaced.
    """

    running_after: float = 10
    healthy_after: float | None = 30
    crash_after: float | None = None
    crash_reason: str = "Essential container in task exited"
    drain_seconds: float = 5

    @property
    def starts_after(self) -> float:
        """What is healthy runs."""
        if self.healthy_after is None:
            return self.running_after
        return min(self.running_after, self.healthy_after)


@dataclass(eq=False)
class _Task:
    address: str
    started: datetime
    healthy: bool = False
    running: bool = False


@dataclass(eq=False)
class _Set:
    behaviour: Behaviour
    target_group: str
    desired: int
    tasks: list[_Task] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    gone_at: datetime | None = None
    sick: bool = False


class SimulatedFleet:
    """Implements ``rehearsal.fleet.Fleet``. ``behaviours`` is by task definition ARN."""

    def __init__(self, *, clock: Clock, elbv2: Any, default: Behaviour | None = None) -> None:
        self.behaviours: dict[str, Behaviour] = {}
        self.default = default or Behaviour()
        self._clock = clock
        self._elbv2 = elbv2
        self._sets: dict[str, _Set] = {}
        self._addresses = 0
        self._moment = clock.now()

    def start(self, task_set: str, *, task_definition: str, target_group: str, count: int) -> None:
        """Begin to run tasks."""
        behaviour = self.behaviours.get(task_definition, self.default)
        self._sets[task_set] = _Set(behaviour, target_group, count)
        self._fill(self._sets[task_set])

    def scale(self, task_set: str, count: int) -> None:
        """Keep ``count`` tasks; the newest go first."""
        found = self._sets[task_set]
        found.desired = count
        surplus = found.tasks[count:]
        del found.tasks[count:]
        self._deregister(found, surplus)
        self._fill(found)

    def stop(self, task_set: str) -> None:
        """Deregister at once; the tasks are gone after ``drain_seconds``."""
        found = self._sets[task_set]
        found.desired = 0
        self._deregister(found, found.tasks)
        found.gone_at = self._moment + timedelta(seconds=found.behaviour.drain_seconds)

    def counts(self, task_set: str) -> TaskCounts:
        """What there is as of the moment last settled."""
        found = self._sets.get(task_set)
        if found is None:
            return TaskCounts()
        running = sum(task.running for task in found.tasks)
        return TaskCounts(
            running=running,
            pending=len(found.tasks) - running,
            healthy=sum(task.healthy for task in found.tasks),
        )

    def stopped_reasons(self, task_set: str) -> Sequence[str]:
        """Why tasks ended by themselves."""
        found = self._sets.get(task_set)
        return found.reasons if found else ()

    def settle(self, moment: datetime) -> None:
        """Bring every task to where it is at that moment."""
        self._moment = max(self._moment, moment)
        for found in self._sets.values():
            if found.gone_at is not None:
                if found.gone_at <= moment:
                    found.tasks.clear()
                    found.gone_at = None
                continue
            self._settle(found)

    def next_due(self) -> datetime | None:
        """When the next task changes."""
        return min((due for one in self._sets.values() for due in _dues(one)), default=None)

    def lose(self, task_set: str, count: int, *, reason: str = "Host EC2 terminated") -> None:
        """Tasks end by themselves, and are replaced."""
        self._moment = max(self._moment, self._clock.now())
        found = self._sets[task_set]
        self._end(found, found.tasks[:count], reason)

    def sicken(self, task_set: str) -> None:
        """All tasks fail their health checks from now on, and go on running."""
        found = self._sets[task_set]
        found.sick = True
        self._deregister(found, found.tasks)

    def _settle(self, found: _Set) -> None:
        behaviour = found.behaviour
        became_healthy = []
        crashed = []
        for task in found.tasks:
            age = (self._moment - task.started).total_seconds()
            task.running = age >= behaviour.starts_after
            if behaviour.crash_after is not None and age >= behaviour.crash_after:
                crashed.append(task)
            elif (
                not (task.healthy or found.sick)
                and behaviour.healthy_after is not None
                and age >= behaviour.healthy_after
            ):
                task.healthy = True
                became_healthy.append(task)
        self._register(found, became_healthy)
        self._end(found, crashed, behaviour.crash_reason)

    def _end(self, found: _Set, tasks: Sequence[_Task], reason: str) -> None:
        for task in tasks:
            found.tasks.remove(task)
            found.reasons.append(reason)
        self._deregister(found, tasks)
        self._fill(found)

    def _fill(self, found: _Set) -> None:
        missing = found.desired - len(found.tasks)
        for _ in range(missing):
            self._addresses += 1
            high, low = divmod(self._addresses, 250)
            found.tasks.append(_Task(f"10.0.{high % 250}.{low + 4}", self._moment))
        if missing > 0 and found.behaviour.healthy_after == 0:
            self._settle(found)

    def _register(self, found: _Set, tasks: Sequence[_Task]) -> None:
        if tasks and found.target_group:
            self._elbv2.register_targets(
                TargetGroupArn=found.target_group, Targets=[{"Id": one.address} for one in tasks]
            )

    def _deregister(self, found: _Set, tasks: Sequence[_Task]) -> None:
        healthy = [task for task in tasks if task.healthy]
        for task in healthy:
            task.healthy = False
        if healthy and found.target_group:
            self._elbv2.deregister_targets(
                TargetGroupArn=found.target_group, Targets=[{"Id": one.address} for one in healthy]
            )


def _dues(found: _Set) -> list[datetime]:
    if found.gone_at is not None:
        return [found.gone_at]
    behaviour = found.behaviour
    dues = []
    for task in found.tasks:
        if not task.running:
            dues.append(task.started + timedelta(seconds=behaviour.starts_after))
        if not (task.healthy or found.sick) and behaviour.healthy_after is not None:
            dues.append(task.started + timedelta(seconds=behaviour.healthy_after))
        if behaviour.crash_after is not None:
            dues.append(task.started + timedelta(seconds=behaviour.crash_after))
    return dues
