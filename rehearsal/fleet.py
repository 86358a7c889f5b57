"""The tasks themselves, which are not made here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class TaskCounts:
    """The tasks of one task set. `healthy` are the running ones the load balancer would use."""

    running: int = 0
    pending: int = 0
    healthy: int = 0


class Fleet(Protocol):
    """Starts, counts and stops the tasks of task sets, named by their ARN.

    The fleet keeps each set at the count it was last told, replaces a task that ends, and
    registers and deregisters its tasks as targets of the set's target group.
    """

    def start(self, task_set: str, *, task_definition: str, target_group: str, count: int) -> None:
        """Begin to run `count` tasks. All of it ARNs."""

    def scale(self, task_set: str, count: int) -> None:
        """Keep `count` tasks from now on."""

    def stop(self, task_set: str) -> None:
        """Deregister and end all tasks. `counts` reaches zero when they are gone."""

    def counts(self, task_set: str) -> TaskCounts:
        """What there is now; zeros for a set that is unknown."""

    def stopped_reasons(self, task_set: str) -> Sequence[str]:
        """Why tasks of the set ended that were not told to, oldest first."""

    def settle(self, moment: datetime) -> None:
        """Bring the tasks to where they are at `moment`; real ones are where they are."""

    def next_due(self) -> datetime | None:
        """When a task will change by itself, None when that cannot be known."""
