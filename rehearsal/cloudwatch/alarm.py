"""One metric alarm as DescribeAlarms tells of it, and what its data makes of its state.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from . import reasons
from .expression import Datapoints
from .metrics import Metrics
from .missing_data import Judged, Rule, State, Treatment, judge
from .query import Query, Unevaluable, math_query, metric_of, metric_query

_COMPARISONS: Mapping[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
}
_TREATMENTS: Mapping[str, Treatment] = {
    "missing": "missing",
    "ignore": "ignore",
    "breaching": "breaching",
    "notBreaching": "notBreaching",
}


@dataclass(frozen=True)
class Verdict:
    """What an evaluation found. ``state`` None: the alarm stays as it is."""

    state: State | None
    reason: str
    datapoints: Datapoints

    @property
    def latest(self) -> float | None:
        """The newest data point that is there."""
        return next((one for one in reversed(self.datapoints) if one is not None), None)


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """An alarm that can be evaluated. ``comparison``: a key of CloudWatch's operators."""

    name: str
    query: Query
    comparison: str
    threshold: float
    rule: Rule

    @property
    def every(self) -> int:
        """Seconds between two evaluations: a minute, of shorter periods 10."""
        return 60 if self.query.period >= 60 else 10

    @property
    def reach(self) -> timedelta:
        """How far an evaluation looks back."""
        return timedelta(seconds=self.query.period * self.rule.range)

    def evaluate(self, metrics: Metrics, *, end: datetime) -> Verdict:
        """Evaluate the data points of the periods up to `end`."""
        found = self.query.datapoints(metrics, end=end, count=self.rule.range)
        breaks, _ = _COMPARISONS[self.comparison]
        breaches = [None if one is None else breaks(one, self.threshold) for one in found]
        judged = judge(breaches, self.rule)
        return Verdict(judged.state, self._reason(judged, found, breaches, end), found)

    def _reason(
        self, judged: Judged, found: Datapoints, breaches: list[bool | None], end: datetime
    ) -> str:
        rule = self.rule
        if judged.state is None:
            return ""
        if judged.state == "INSUFFICIENT_DATA":
            return reasons.insufficient(judged.filled)
        alarm = judged.state == "ALARM"
        decisive = [at for at in reversed(judged.used) if breaches[at] is alarm]
        least = rule.datapoints if alarm else rule.periods - rule.datapoints + 1
        if (
            judged.filled
            and rule.missing in ("breaching", "notBreaching")
            and (len(decisive) < least)
        ):
            return reasons.filled(
                received=len(judged.used),
                periods=rule.periods,
                missing=judged.filled,
                breaching=rule.missing == "breaching",
            )
        length = timedelta(seconds=self.query.period)
        return reasons.crossed(
            [(float(found[at] or 0), end - length * (len(found) - at)) for at in decisive],
            of=rule.periods,
            breaching=alarm,
            comparison=_COMPARISONS[self.comparison][1],
            threshold=self.threshold,
            least=least,
        )


def alarm_of(found: Mapping[str, Any]) -> Alarm:
    """Read a metric alarm of DescribeAlarms, or raise `Unevaluable`.

    A unit says nothing here: values have none. Not documented for an alarm of several days, which
    is evaluated once an hour: here it is not evaluated at all, because data is not kept so long.
    """
    comparison = str(found["ComparisonOperator"])
    if comparison not in _COMPARISONS or "Threshold" not in found:
        raise Unevaluable(
            f"it compares by {comparison}; evaluated are {', '.join(_COMPARISONS)} with a threshold"
        )
    treatment = found.get("TreatMissingData") or "missing"
    if treatment not in _TREATMENTS:
        raise Unevaluable(
            f"missing data is treated as {treatment!r}, which is none of {', '.join(_TREATMENTS)}"
        )
    if found.get("EvaluateLowSampleCountPercentile") == "ignore":
        raise Unevaluable("EvaluateLowSampleCountPercentile is ignore; only evaluate is evaluated")
    periods = int(found["EvaluationPeriods"])
    return Alarm(
        name=str(found["AlarmName"]),
        query=_query(found),
        comparison=comparison,
        threshold=float(found["Threshold"]),
        rule=Rule(
            periods=periods,
            datapoints=int(found.get("DatapointsToAlarm") or periods),
            missing=_TREATMENTS[treatment],
        ),
    )


def _query(found: Mapping[str, Any]) -> Query:
    if found.get("Metrics"):
        return math_query(found["Metrics"])
    stat = found.get("ExtendedStatistic") or found.get("Statistic") or ""
    return metric_query(metric_of(found), stat, period=int(found["Period"]))
