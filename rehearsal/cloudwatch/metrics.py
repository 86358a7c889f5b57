"""Published data and its statistics. moto's own store is too slow for every request of a load test.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
"""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

_PERCENTILE = re.compile(r"p(100|\d{1,2}(?:\.\d{1,10})?)")
_STATISTICS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "Average": lambda values: math.fsum(values) / len(values),
    "Maximum": max,
    "Minimum": min,
    "SampleCount": len,
    "Sum": math.fsum,
}


class UnknownStatistic(ValueError):
    """A statistic that is not calculated here; the message says which are."""


@dataclass(frozen=True)
class Metric:
    """What data belongs to. Other dimensions, or fewer of them, are another metric."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, namespace: str, name: str, **dimensions: str) -> Metric:
        """The metric with these dimensions."""
        return cls(namespace, name, frozenset(dimensions.items()))


class Metrics:
    """Values as they were published, each in the second in which it was.

    ``keep``: how far back; older values are forgotten. Safe to use from several threads.
    """

    def __init__(self, *, keep: timedelta = timedelta(minutes=30)) -> None:
        self.keep = keep
        self._keep_seconds = math.ceil(keep.total_seconds())
        self._lock = Lock()
        self._series: dict[Metric, dict[int, array[float]]] = {}

    def add(self, metric: Metric, value: float, *, moment: datetime) -> None:
        """Publish one value."""
        second = math.floor(moment.timestamp())
        with self._lock:
            series = self._series.get(metric)
            if series is None:
                series = self._series[metric] = {}
            values = series.get(second)
            if values is None:
                values = series[second] = array("d")
                _forget(series, before=second - self._keep_seconds)
            values.append(value)

    def statistic(
        self, metric: Metric, stat: str, *, start: datetime, end: datetime
    ) -> float | None:
        """Sum, Average, Minimum, Maximum, SampleCount or pNN(.N) from `start` up to before `end`.

        Both in whole seconds; what is left over is cut off. None when there is no value.
        Raises `UnknownStatistic`.
        """
        calculate = statistic_of(stat)
        first, last = math.floor(start.timestamp()), math.floor(end.timestamp())
        found: array[float] = array("d")
        with self._lock:
            series = self._series.get(metric, {})
            for second in range(first, last):
                if second in series:
                    found.extend(series[second])
        return float(calculate(found)) if found else None


def statistic_of(stat: str) -> Callable[[Sequence[float]], float]:
    """How a statistic is calculated from at least one value. Raises `UnknownStatistic`."""
    if stat in _STATISTICS:
        return _STATISTICS[stat]
    match = _PERCENTILE.fullmatch(stat)
    if match is None:
        raise UnknownStatistic(
            f"the statistic {stat!r} is not calculated; {', '.join(_STATISTICS)} and percentiles "
            "as p99 or p99.9 are"
        )
    percent = float(match[1])
    return lambda values: _percentile(values, percent)


def _percentile(values: Sequence[float], percent: float) -> float:
    """The least value that at least so many percent of the values do not exceed.

    Not documented: how CloudWatch chooses between two neighbouring values.
    """
    ordered = sorted(values)
    rank = math.ceil(round(percent * len(ordered) / 100, 6))
    return ordered[max(rank, 1) - 1]


def _forget(series: dict[int, array[float]], *, before: int) -> None:
    """Seconds are about in order, so what is old stands at the beginning."""
    while (oldest := next(iter(series))) < before:
        del series[oldest]
