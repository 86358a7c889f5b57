"""ECS's records of tasks that ended, for whoever asks ECS why.

A task of a task set is started by the set's id
(https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html), and is listed as
STOPPED with its reason
(https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-errors.html). Running
tasks are not recorded: the fleet has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .ecs_records import add_stopped_task
from .fleet import Fleet

if TYPE_CHECKING:
    from .ecs_service import TaskSet

# Enough to show a crash loop without filling moto with its every turn.
MOST_PER_SET = 5


class StoppedTasks:
    """Notes one stopped task for each reason the fleet gives, at most `MOST_PER_SET` a set."""

    def __init__(self) -> None:
        self._recorded: dict[str, int] = {}

    def record(self, service: Any, task_set: TaskSet, fleet: Fleet) -> None:
        """Catch up with the reasons of one set."""
        done = self._recorded.get(task_set.arn, 0)
        reasons = fleet.stopped_reasons(task_set.arn)[done:MOST_PER_SET]
        for reason in reasons:
            add_stopped_task(
                service,
                task_definition=task_set.task_definition,
                started_by=task_set.id,
                reason=reason,
            )
        self._recorded[task_set.arn] = done + len(reasons)
