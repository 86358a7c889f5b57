"""Time that moves when it is turned, or faster than real time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What time it is."""

    def now(self) -> datetime:
        """The moment, in UTC."""


class Actor(Protocol):
    """Something that happens in time."""

    def run_due(self) -> None:
        """Do everything that is due now."""

    def next_due(self) -> datetime | None:
        """When something is due next, None when nothing waits for time to pass."""


class ManualClock:
    """A clock that is turned by hand, forward only."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError(f"the clock starts at {start}, which names no zone: give it one")
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """The moment, in UTC."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Turn the clock forward."""
        self.turn_to(self._now + timedelta(seconds=seconds))

    def turn_to(self, moment: datetime) -> None:
        """Turn the clock to `moment`, which is not in its past."""
        if moment < self._now:
            raise ValueError(f"the clock stands at {self._now} and does not go back to {moment}")
        self._now = moment.astimezone(UTC)


def play(clock: ManualClock, actors: Sequence[Actor], *, seconds: float) -> None:
    """Let time pass, stopping at each moment at which one of the actors has something due.

    Only so do several actors see each other's effects in the order of time.
    """
    end = clock.now() + timedelta(seconds=seconds)
    while True:
        for actor in actors:
            actor.run_due()
        dues = [due for actor in actors if (due := actor.next_due()) is not None]
        moment = min(dues, default=end)
        if moment > end or clock.now() >= end:
            break
        clock.turn_to(max(moment, clock.now()))
    clock.turn_to(end)
    for actor in actors:
        actor.run_due()


class ScaledClock:
    """A clock that runs `factor` times as fast as real time, from `start` when it is made."""

    def __init__(self, start: datetime, *, factor: float) -> None:
        self.factor = factor
        self._start = start.astimezone(UTC)
        self._began = time.monotonic()

    def now(self) -> datetime:
        """The moment, in UTC."""
        return self.at(time.monotonic())

    def at(self, monotonic: float) -> datetime:
        """The moment at which `time.monotonic()` was, or will be, `monotonic`."""
        return self._start + timedelta(seconds=(monotonic - self._began) * self.factor)

    def monotonic(self, moment: datetime) -> float:
        """What `time.monotonic()` was, or will be, at a moment."""
        return self._began + (moment - self._start).total_seconds() / self.factor
