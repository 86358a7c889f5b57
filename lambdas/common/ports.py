"""What every function needs of the world."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Time that passes."""

    def monotonic(self) -> float:
        """Seconds since some moment."""

    def sleep(self, seconds: float, /) -> None:
        """Return `seconds` later."""
