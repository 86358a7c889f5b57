"""EventBridge's schedule for the scaling guard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from rehearsal.clock import ManualClock

WATCHDOG = timedelta(minutes=5)


@dataclass(eq=False)
class Watchdog:
    """EventBridge's schedule: asks the guard every five minutes, from when it is told to."""

    clock: ManualClock
    ask: Callable[[datetime], None]
    due: datetime | None = None

    def run_due(self) -> None:
        """Ask when it is time."""
        while self.due is not None and self.due <= self.clock.now():
            self.ask(self.due)
            self.due += WATCHDOG

    def next_due(self) -> datetime | None:
        """When it asks next."""
        return self.due
