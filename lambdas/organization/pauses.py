"""Waiting between tries, so that an invocation ends by itself and says why."""

from __future__ import annotations

import random

from ..common.ports import Clock

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 8.0


class Pauses:
    """Pauses that double, within so many seconds in all.

    Each is cut by up to a half at random: CloudFormation asks for several resources at once, and
    those that got in each other's way would meet again otherwise.
    """

    def __init__(self, *, seconds: float, clock: Clock) -> None:
        self._clock = clock
        self._end = clock.monotonic() + seconds
        self._next = FIRST_SECONDS

    def take(self) -> bool:
        """Sleep until the next try; False, at once, when there is no time for one."""
        pause = self._next * random.uniform(0.5, 1.0)
        if self._clock.monotonic() + pause > self._end:
            return False
        self._clock.sleep(pause)
        self._next = min(2 * self._next, LONGEST_SECONDS)
        return True
