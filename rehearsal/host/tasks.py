"""The tasks of a rehearsal: real processes, and what ECS and the load balancer do with them.

- A task counts as running when its process has been started. Not documented: how long that takes.
- The load balancer checks it from then on; see `health_checks`.
- A task whose checks fail is replaced once the grace period is over
  (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html), and one that
  ends by itself at once. Its replacement starts while it drains. A service that ECS deploys itself
  keeps the failing task until its replacement is healthy
  (https://aws.amazon.com/about-aws/whats-new/2023/10/amazon-ecs-applications-resiliency-unpredictable-load-spikes/).
  Not documented: whether a task set does too.
- ECS waits longer and longer only before it replaces tasks that never ran
  (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html). A new
  task takes its time there, though. Here a place whose tasks end before they were ever healthy
  waits up to 8 real seconds for the next one, so that a crash loop leaves the machine to others.
- A task that is told to stop is deregistered, gets SIGTERM after the deregistration delay, and
  SIGKILL after the stop time-out
  (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/load-balancer-connection-draining.html).
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from signal import Signals
from typing import Any

from botocore.exceptions import ClientError

from ..clock import Clock
from ..fleet import TaskCounts
from . import task_process
from .health_checks import HealthChecks
from .ports import PortError, Ports
from .processes import Processes, ProcessesError
from .task_process import Starter
from .task_set import LocalSet, Task
from .task_terms import Check, Launch, LaunchRequest, Target, TaskView

__all__ = ["Check", "Launch", "LaunchRequest", "LocalFleet", "Target", "TaskView"]

_START_SECONDS = 0.05
# Starting a process takes a whole core: one after the other they leave the machine to users.
_ALONE_SECONDS = 2.0
_CLOSE_SECONDS = 2.0
# The group, or the target in it, has been taken away by somebody else.
_GONE = ("TargetGroupNotFound", "InvalidTarget")


class LocalFleet:
    """Implements ``rehearsal.fleet.Fleet``.

    ``factor``: how much faster than the templates' seconds the model's time runs. ``check``: of a
    task definition and a target group, by their ARNs. ``on_change`` gets a sentence when a task
    ends that was not told to. ``name_of``: what a task set is called in it, default the end of its
    ARN.

    Not thread-safe: one caller at a time. All calls of ``elbv2`` and all starting and stopping
    happen in these calls. moto knows a target by its id alone, so each task is registered under a
    private address of its own, as on AWS, while it is healthy; `targets` has the real ones.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        factor: float,
        processes: Processes,
        ports: Ports,
        elbv2: Any,
        launch: Callable[[LaunchRequest], Launch],
        check: Callable[[str, str], Check],
        on_change: Callable[[str], None],
        name_of: Callable[[str], str] | None = None,
    ) -> None:
        self._clock = clock
        self._factor = factor
        self._elbv2 = elbv2
        self._check = check
        self._on_change = on_change
        self._name_of = name_of or (lambda arn: arn.rpartition("/")[2])
        self._starter = Starter(processes=processes, ports=ports, launch=launch)
        self._checks = HealthChecks(factor=factor)
        self._sets: dict[str, LocalSet] = {}
        self._numbers = itertools.count(1)
        self.fallen: list[str] = []
        """What became of tasks that ended before they were ever healthy, with their last words."""

    def start(self, task_set: str, *, task_definition: str, target_group: str, count: int) -> None:
        """Begin to run tasks; `settle` starts them."""
        found = self._sets[task_set] = LocalSet(
            arn=task_set,
            task_definition=task_definition,
            target_group=target_group,
            check=self._check(task_definition, target_group),
            desired=count,
        )
        self._fill(found)

    def scale(self, task_set: str, count: int) -> None:
        """Keep ``count`` tasks; the newest go first."""
        found = self._sets[task_set]
        if found.stopped:
            return
        found.desired = count
        for task in found.wanted[count:]:
            self._retire(found, task)
        self._fill(found)
        self._register(found)

    def stop(self, task_set: str) -> None:
        """Deregister all tasks now; they end once they have drained."""
        found = self._sets[task_set]
        found.desired = 0
        found.stopped = True
        for task in found.wanted:
            self._retire(found, task)
        self._register(found)

    def counts(self, task_set: str) -> TaskCounts:
        """What there was when it was last settled."""
        found = self._sets.get(task_set)
        return found.counts() if found else TaskCounts()

    def stopped_reasons(self, task_set: str) -> Sequence[str]:
        """Why tasks ended that were not told to, oldest first."""
        found = self._sets.get(task_set)
        return tuple(found.reasons) if found else ()

    def settle(self, moment: datetime) -> None:
        """See what the tasks did, and start, replace, register and end what is due."""
        del moment  # Real tasks are where they are.
        self._note_checks()
        deadline = time.monotonic() + _START_SECONDS
        for found in self._sets.values():
            for task in list(found.tasks):
                self._advance(found, task, deadline)
            self._fill(found)
            self._register(found)

    def next_due(self) -> datetime | None:
        """None: real tasks change when they do."""
        return None

    def targets(self, target_group: str) -> Sequence[Target]:
        """All targets of a group with their real addresses, in whatever state."""
        return [
            target
            for found in self._sets.values()
            if found.target_group == target_group
            for target in found.targets()
        ]

    def tasks(self) -> Sequence[TaskView]:
        """All tasks, those on their way out included."""
        return [view for found in self._sets.values() for view in found.views()]

    def kill(self, task_set: str, count: int = 1) -> int:
        """SIGKILL to the oldest running tasks, as a host that dies; how many there were."""
        running = [one for one in self._sets[task_set].tasks if one.state == "running"][:count]
        for task in running:
            if task.process is not None:
                task_process.kill(task.process)
        return len(running)

    def close(self) -> None:
        """End the checks and all tasks at once. Again: nothing."""
        self._checks.close()
        left = [
            task.process
            for found in self._sets.values()
            for task in found.tasks
            if task.process is not None
        ]
        for process in left:
            process.terminate()
        deadline = time.monotonic() + _CLOSE_SECONDS
        while time.monotonic() < deadline and any(one.poll() is None for one in left):
            time.sleep(0.02)
        for process in left:
            task_process.kill(process)
            process.wait()
        self._sets.clear()

    def _note_checks(self) -> None:
        tasks = {task.id: task for found in self._sets.values() for task in found.tasks}
        for result in self._checks.results():
            task = tasks.get(result.target)
            if task is not None:
                task.health.note(result, age=time.monotonic() - task.began)
                task.was_healthy = task.was_healthy or task.healthy

    def _advance(self, found: LocalSet, task: Task, start_deadline: float) -> None:
        now = time.monotonic()
        if task.process is None:
            if now >= task.due and now < start_deadline and not self._one_starts(now):
                self._launch(found, task)
            return
        code = task_process.exit_code(task.process)
        if code is not None and task.state == "running":
            self._ended(found, task, code)
        elif code is not None:
            found.tasks.remove(task)
        elif task.state == "running":
            self._replace_unhealthy(found, task, now)
        elif now >= task.due and task.state == "draining":
            task.terminate()
        elif now >= task.due:
            task_process.kill(task.process)

    def _one_starts(self, now: float) -> bool:
        """Whether a task was started a moment ago and has not been healthy yet."""
        return any(
            task.state == "running" and not task.was_healthy and now - task.began < _ALONE_SECONDS
            for found in self._sets.values()
            for task in found.tasks
        )

    def _launch(self, found: LocalSet, task: Task) -> None:
        try:
            process, port = self._starter.start(
                task.id,
                task_set=found.arn,
                task_definition=found.task_definition,
                health_path=task.check.path,
            )
        except (ProcessesError, PortError) as error:
            self._lost(found, task, f"CannotStartContainerError: {error}")
            self._say(found, task, f"could not be started: {error}")
            self.fallen.append(f"task {task.id[:8]} could not be started: {error}")
            return
        task.run(process, port=port, started=self._clock.now())
        self._checks.watch(task.id, port=port, check=task.check)

    def _ended(self, found: LocalSet, task: Task, code: int) -> None:
        """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html"""
        self._lost(found, task, f"Essential container in task exited (exit code {code})")
        log = self._starter.log(task.id)
        said = log.rpartition("\n")[2]
        if not task.was_healthy:
            self.fallen.append(
                f"task {task.id[:8]} ended with status {code}; it wrote last:\n{log or 'nothing'}"
            )
        self._say(
            found,
            task,
            f"ended with status {code}"
            + (f" ({Signals(code - 128).name})" if code - 128 in set(Signals) else "")
            + (f": {said[:200]}" if said and not task.was_healthy else ""),
        )

    def _replace_unhealthy(self, found: LocalSet, task: Task, now: float) -> None:
        grace = task.check.grace_period / self._factor
        if task.health.state == "unhealthy" and now - task.began >= grace:
            found.reasons.append(
                f"Task failed ELB health checks in (target-group {found.target_group})"
            )
            self._retire(found, task)
            self._say(found, task, f"failed its health checks ({task.health.detail})")

    def _lost(self, found: LocalSet, task: Task, reason: str) -> None:
        found.reasons.append(reason)
        found.tasks.remove(task)
        self._checks.forget(task.id)
        if len(found.wanted) < found.desired:
            self._add(found, attempt=0 if task.was_healthy else task.attempt + 1)

    def _retire(self, found: LocalSet, task: Task) -> None:
        if task.state == "pending":
            found.tasks.remove(task)
            return
        self._checks.forget(task.id)
        task.drain(factor=self._factor)

    def _fill(self, found: LocalSet) -> None:
        for _ in range(found.desired - len(found.wanted)):
            self._add(found)

    def _add(self, found: LocalSet, *, attempt: int = 0) -> None:
        high, low = divmod(next(self._numbers), 250)
        found.tasks.append(
            Task(target_id=f"10.0.{high % 250}.{low + 4}", check=found.check, attempt=attempt)
        )

    def _register(self, found: LocalSet) -> None:
        """Make moto's targets the healthy tasks; it calls each one healthy."""
        healthy = {task.target_id: task.port for task in found.tasks if task.healthy}
        gone = {one: port for one, port in found.registered.items() if one not in healthy}
        new = {one: port for one, port in healthy.items() if one not in found.registered}
        found.registered = healthy
        for targets, call in (
            (gone, self._elbv2.deregister_targets),
            (new, self._elbv2.register_targets),
        ):
            if targets:
                _change(call, found.target_group, targets)

    def _say(self, found: LocalSet, task: Task, what: str) -> None:
        self._on_change(f"task {task.id[:8]} of {self._name_of(found.arn)} {what}")


def _change(call: Callable[..., Any], group: str, targets: Mapping[str, int]) -> None:
    described = [{"Id": target, "Port": port} for target, port in targets.items()]
    try:
        call(TargetGroupArn=group, Targets=described)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _GONE:
            raise
