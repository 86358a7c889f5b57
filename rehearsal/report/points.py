"""Samples as the charts draw them: thinned out when there are many, with their gaps kept.

Of several samples in one point the rates, shares and p50 are means; failures and p99 are the
greatest, tasks, weights and alarms the last, so that nothing bad is averaged away.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median

from ..recording import Colour, ColourSample, Sample
from .axis import Axis

LIMIT = 300
_GAP = 2.5


@dataclass(frozen=True, kw_only=True)
class Point:
    """One or several seconds. ``share`` is green's of what was answered, None when nothing was."""

    at: float
    requests: float
    failed: int
    p50: float | None
    p99: float | None
    share: float | None
    blue: ColourSample
    green: ColourSample
    desired: int
    alarms: tuple[str, ...]

    def of(self, colour: Colour) -> ColourSample:
        """What is known of one colour."""
        return self.blue if colour == "blue" else self.green


@dataclass(frozen=True, kw_only=True)
class Points:
    """Points without a gap between those of one run. ``seconds`` is what a point stands for."""

    runs: list[list[Point]]
    seconds: float

    @property
    def all(self) -> list[Point]:
        """Every point in the order of time."""
        return [point for run in self.runs for point in run]


def points_of(samples: Sequence[Sample], axis: Axis, *, limit: int = LIMIT) -> Points:
    """The samples on the axis as at most ``limit`` points (more only when gaps cut them up)."""
    shown = sorted((one for one in samples if axis.holds(one.at)), key=lambda one: one.at)
    steps = [later.at - earlier.at for earlier, later in pairwise(shown)]
    step = median([one for one in steps if one > 0] or [1.0])
    together = max(1, math.ceil(len(shown) / limit))
    runs = [
        [_point(run[index : index + together]) for index in range(0, len(run), together)]
        for run in _runs(shown, _GAP * step)
    ]
    return Points(runs=runs, seconds=step * together)


def _runs(samples: list[Sample], gap: float) -> list[list[Sample]]:
    runs: list[list[Sample]] = []
    for one in samples:
        if runs and one.at - runs[-1][-1].at <= gap:
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


def _point(samples: list[Sample]) -> Point:
    last = samples[-1]
    blue, green = (
        sum(one.blue.answered for one in samples),
        sum(one.green.answered for one in samples),
    )
    p50 = [one.p50 for one in samples if one.p50 is not None and math.isfinite(one.p50)]
    p99 = [one.p99 for one in samples if one.p99 is not None and math.isfinite(one.p99)]
    return Point(
        at=samples[0].at,
        requests=fmean(one.requests for one in samples),
        failed=max(one.failed for one in samples),
        p50=fmean(p50) if p50 else None,
        p99=max(p99) if p99 else None,
        share=green / (blue + green) if blue + green else None,
        blue=last.blue,
        green=last.green,
        desired=last.desired,
        alarms=last.alarms,
    )


def bands(samples: Sequence[Sample]) -> list[tuple[str, float, float]]:
    """When each alarm was on: name, beginning and end, in the order of their beginnings."""
    found: list[tuple[str, float, float]] = []
    since: dict[str, float] = {}
    for one in samples:
        for name in since.keys() - set(one.alarms):
            found.append((name, since.pop(name), one.at))
        for name in one.alarms:
            since.setdefault(name, one.at)
    if samples:
        found += [(name, start, samples[-1].at + 1) for name, start in since.items()]
    return sorted(found, key=lambda band: (band[1], band[0]))
