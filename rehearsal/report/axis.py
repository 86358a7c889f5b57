"""The axes of a timeline: the one of time, which all charts of an environment share, and scales.

Charts are as wide as the page lets them be: across they count in `WIDTH` units that the browser
stretches, down in `FINE` units to the pixel. Text is never part of them, so nothing is distorted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..recording import EnvironmentRecord, Recording
from .noted import PINNED

WIDTH = 2000
FINE = 4
_STEPS = (1, 2, 3, 5, 6, 10, 15, 20, 30, 60, 90, 120, 180, 300, 600, 900, 1800, 3600, 7200)
_FINE, _COARSE = 12, 5
_SHORTEST = 6.0


@dataclass(frozen=True, kw_only=True)
class Axis:
    """From one moment to another, in seconds of real time since the recording began."""

    start: float
    end: float
    factor: float

    def share(self, at: float) -> float:
        """Where the moment is, 0 to 1; what lies outside is at the edge."""
        return min(max((at - self.start) / (self.end - self.start), 0.0), 1.0)

    def x(self, at: float) -> int:
        """Where the moment is, in units of the charts."""
        return round(WIDTH * self.share(at))

    def percent(self, at: float) -> str:
        """Where the moment is, as CSS takes it."""
        return f"{100 * self.share(at):.2f}".rstrip("0").rstrip(".") + "%"

    def holds(self, at: float) -> bool:
        """Whether the moment is on it."""
        return self.start <= at <= self.end

    def ticks(self) -> list[tuple[float, bool]]:
        """Round moments on it, and whether each is one of the few for which a phone has room.

        The model's minutes are round too where that is possible.
        """
        length = self.end - self.start
        fitting = [float(one) for one in _STEPS if length / one <= _FINE] or [length / _FINE]
        round_ones = [step for step in fitting[:3] if self._round(step)]
        step = (round_ones or fitting)[0]
        every = math.ceil(length / step / _COARSE)
        first = math.ceil(self.start / step)
        indexes = range(first, math.floor(self.end / step) + 1)
        return [(step * index, index % every == 0) for index in indexes]

    def _round(self, step: float) -> bool:
        minutes = step * self.factor / 60
        return abs(minutes - round(minutes)) < 1e-6


def axis_of(recording: Recording) -> Axis:
    """The whole recording."""
    ends = [one.at + 1 for record in recording.environments for one in record.samples[-1:]]
    end = max([recording.seconds, _SHORTEST, *ends])
    return Axis(start=0, end=end, factor=recording.factor)


def axis_around(record: EnvironmentRecord, recording: Recording) -> Axis:
    """The part of the recording in which something happened in the environment, and a margin."""
    whole = axis_of(recording)
    moments = _moments(record, whole.end)
    if not moments:
        return whole
    start, end = min(moments), max(moments)
    margin = max(3.0, 0.06 * (end - start), (_SHORTEST - (end - start)) / 2)
    first = max(record.samples[0].at if record.samples else 0.0, 0.0)
    start = max(math.floor(start - margin), min(math.floor(first), math.floor(start)), 0)
    return Axis(
        start=start,
        end=max(min(math.ceil(end + margin), whole.end), start + _SHORTEST),
        factor=whole.factor,
    )


def _moments(record: EnvironmentRecord, end: float) -> list[float]:
    found = [one.at for one in record.marks if one.kind in PINNED]
    found += [one.at for one in record.samples if one.failed or one.alarms]
    lengths = [(one.start, one.end) for one in record.deployments]
    lengths += [(one.start, one.end) for one in record.releases if one.result != "not reached"]
    for start, until in lengths:
        found += [start, end if until is None else until]
    return found


def ceiling(value: float) -> float:
    """The next round number that is not less: 1, 2, 4, 5, 6, 8 or 10 of its power of ten."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    steps = (step * power for step in (1, 2, 4, 5, 6, 8, 10))
    return next(step for step in steps if value <= step * (1 + 1e-9))
