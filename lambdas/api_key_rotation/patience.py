"""How long an invocation may wait, so that it ends by itself and says why."""

from __future__ import annotations

import time
from collections.abc import Callable


class Patience:
    """The time an invocation has left, and waiting within it."""

    def __init__(
        self, time_left: Callable[[], float], *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """``time_left``: seconds until the invocation should have come to its end."""
        self._time_left = time_left
        self._sleep = sleep

    def wait(self, seconds: float) -> bool:
        """Wait so long; False, at once, when there is no time for it."""
        if seconds >= self._time_left():
            return False
        self._sleep(seconds)
        return True

    def at_most(self, seconds: float) -> float:
        """So many seconds, or those that are left; never nothing, which sockets take for ever."""
        return max(min(seconds, self._time_left()), 0.1)
