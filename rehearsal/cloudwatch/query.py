"""Where the data points of an alarm or a scaling policy come from: one metric, or metric math.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .expression import Datapoints, Expression, ExpressionError, parse
from .metrics import Metric, Metrics, UnknownStatistic, statistic_of

_ONLY = "only"


class Unevaluable(ValueError):
    """What is asked for is not evaluated here; the message says what and why."""


@dataclass(frozen=True, kw_only=True)
class Query:
    """``stats`` and ``expressions`` by their ids, in the order in which they can be evaluated.

    ``period``: seconds of one data point.
    """

    period: int
    stats: Mapping[str, tuple[Metric, str]]
    expressions: Mapping[str, Expression]
    returned: str

    def datapoints(self, metrics: Metrics, *, end: datetime, count: int) -> Datapoints:
        """The last `count` data points up to `end`, oldest first."""
        length = timedelta(seconds=self.period)
        starts = [end - length * back for back in range(count, 0, -1)]
        series = {
            id: tuple(
                metrics.statistic(metric, stat, start=start, end=start + length) for start in starts
            )
            for id, (metric, stat) in self.stats.items()
        }
        for id, expression in self.expressions.items():
            series[id] = expression.evaluate(series)
        return series[self.returned]


def metric_query(metric: Metric, stat: str, *, period: int) -> Query:
    """One statistic of one metric. Raises `Unevaluable`."""
    return _checked(
        Query(period=period, stats={_ONLY: (metric, stat)}, expressions={}, returned=_ONLY)
    )


def math_query(queries: Sequence[Mapping[str, Any]], *, period: int | None = None) -> Query:
    """MetricDataQueries of which exactly one returns data. Raises `Unevaluable`.

    ``period``: of those that name none, as in target tracking.
    """
    stats: dict[str, tuple[Metric, str]] = {}
    expressions: dict[str, Expression] = {}
    periods: set[int] = set()
    for query in queries:
        if "AccountId" in query:
            raise Unevaluable(f"the query {query['Id']!r} is of another account")
        if "Expression" in query:
            expressions[query["Id"]] = _parsed(query["Expression"])
            continue
        stat = query["MetricStat"]
        stats[query["Id"]] = (metric_of(stat["Metric"]), str(stat["Stat"]))
        periods.add(int(stat.get("Period") or period or 0))
    if len(periods) != 1 or 0 in periods:
        raise Unevaluable(f"its metrics have the periods {sorted(periods)}, not one and the same")
    returned = [str(one["Id"]) for one in queries if one.get("ReturnData", True)]
    if len(returned) != 1:
        raise Unevaluable(f"the queries {returned} return data, not exactly one")
    return _checked(
        Query(
            period=periods.pop(),
            stats=stats,
            expressions=_in_order(expressions, known=set(stats)),
            returned=returned[0],
        )
    )


def metric_of(found: Mapping[str, Any]) -> Metric:
    """A metric as the API describes it: Namespace, MetricName and Dimensions."""
    return Metric(
        str(found["Namespace"]),
        str(found["MetricName"]),
        frozenset((str(one["Name"]), str(one["Value"])) for one in found.get("Dimensions", [])),
    )


def _parsed(text: str) -> Expression:
    try:
        return parse(text)
    except ExpressionError as error:
        raise Unevaluable(str(error)) from error


def _in_order(expressions: Mapping[str, Expression], *, known: set[str]) -> dict[str, Expression]:
    """Each after those that it is made of."""
    ordered: dict[str, Expression] = {}
    while left := {id: one for id, one in expressions.items() if id not in ordered}:
        ready = {id: one for id, one in left.items() if one.ids <= known | set(ordered)}
        if not ready:
            unknown = sorted(frozenset().union(*(one.ids for one in left.values())) - known)
            raise Unevaluable(
                f"the expressions {', '.join(left)} need {', '.join(unknown)}, of which some are "
                "not there or need one another"
            )
        ordered |= ready
    return ordered


def _checked(query: Query) -> Query:
    """Everything that can be known to fail fails now, not at every evaluation."""
    try:
        for _, stat in query.stats.values():
            statistic_of(stat)
        series: dict[str, Datapoints] = dict.fromkeys(query.stats, (1.0, None))
        for id, expression in query.expressions.items():
            series[id] = expression.evaluate(series)
    except (UnknownStatistic, ExpressionError) as error:
        raise Unevaluable(str(error)) from error
    return query
