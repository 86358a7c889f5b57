"""Steps that depend on each other, taken as soon as what they need is there.

CloudFormation works on resources that do not depend on each other at the same time; one that waits
holds up only those after it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from datetime import datetime

from .resources.base import ResourceError


@dataclass(frozen=True, kw_only=True)
class Wait:
    """A step waits until something is there, at most until a moment."""

    ready: Callable[[], bool]
    until: datetime

    def over(self, now: datetime) -> bool:
        """Whether the step goes on."""
        return self.ready() or now >= self.until


Step = Generator[Wait, None, None]


class Run:
    """One round of steps by name.

    ``after``: name -> names of steps that have to be taken before; others are no matter. ``begin``
    gives the step of a name; it raises `ResourceError` when it fails. With ``stop`` a failure ends
    the round: what has not begun is left, and ``cancel`` is told of each step under way. Without
    it only what comes after the failed one is left.
    """

    def __init__(
        self,
        after: Mapping[str, frozenset[str]],
        *,
        begin: Callable[[str], Step],
        stop: bool,
        cancel: Callable[[str], None],
    ) -> None:
        self._left = {name: needed & after.keys() for name, needed in after.items()}
        self._begin = begin
        self._stop = stop
        self._cancel = cancel
        self._steps: dict[str, tuple[Step, Wait]] = {}
        self._done: set[str] = set()
        self.failed: list[str] = []
        self.finished = False

    def advance(self, now: Callable[[], datetime]) -> None:
        """Take every step that can be taken now."""
        while not self.finished and self._round(now):
            if self._stop and self.failed:
                break
        if self._stop and self.failed:
            self._end()
        self.finished = self.finished or not self._steps

    def next_due(self, now: datetime) -> datetime | None:
        """When a step goes on by itself; now when one can go on already."""
        waits = [wait for _, wait in self._steps.values()]
        if any(wait.ready() for wait in waits):
            return now
        return min((wait.until for wait in waits), default=None)

    def _round(self, now: Callable[[], datetime]) -> bool:
        """Whether anything went on."""
        moved = False
        for name, (step, wait) in list(self._steps.items()):
            if wait.over(now()):
                del self._steps[name]
                self._take(name, step)
                moved = True
        for name, needed in list(self._left.items()):
            if self._stop and self.failed:
                break
            if needed <= self._done:
                del self._left[name]
                self._take(name, self._begin(name))
                moved = True
        return moved

    def _take(self, name: str, step: Step) -> None:
        try:
            self._steps[name] = (step, next(step))
        except StopIteration:
            self._done.add(name)
        except ResourceError:
            self.failed.append(name)

    def _end(self) -> None:
        for name, (step, _) in self._steps.items():
            step.close()
            self._cancel(name)
        self._steps.clear()
        self.finished = True
