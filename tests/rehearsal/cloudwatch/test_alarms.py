"""Alarms in moto, evaluated from published data.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto.cloudwatch.models import cloudwatch_backends

from rehearsal.clock import ManualClock, play
from rehearsal.cloudwatch.alarms import AlarmChange, AlarmEvaluator
from rehearsal.cloudwatch.metrics import Metric, Metrics
from tests.support.mocked_aws import mocked_aws

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LATENCY = Metric.of("Shop", "Latency", Colour="green")
REQUESTS = Metric.of("Shop", "Requests", Colour="green")
ERRORS = Metric.of("Shop", "Errors", Colour="green")
MINUTE = timedelta(minutes=1)


@dataclass
class Watch:
    """An account with an evaluator, at 12:00."""

    clock: ManualClock
    metrics: Metrics
    cloudwatch: Any
    evaluator: AlarmEvaluator
    changes: list[AlarmChange] = field(default_factory=list)

    def alarm(self, name: str = "slow", **changes: Any) -> None:
        """Put an alarm: 2 of 3 minutes with a maximum latency of 1.0 or more."""
        parameters = {
            "Namespace": LATENCY.namespace,
            "MetricName": LATENCY.name,
            "Dimensions": [{"Name": "Colour", "Value": "green"}],
            "Statistic": "Maximum",
            "Period": 60,
            "EvaluationPeriods": 3,
            "DatapointsToAlarm": 2,
            "Threshold": 1.0,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "missing",
            **changes,
        }
        given = {key: value for key, value in parameters.items() if value is not None}
        self.cloudwatch.put_metric_alarm(AlarmName=name, **given)

    def minutes(self, *values: float | None, metric: Metric = LATENCY) -> None:
        """Minutes pass, each with one value in its middle; None: with none."""
        for value in values:
            self.pass_time(30)
            if value is not None:
                self.metrics.add(metric, value, moment=self.clock.now())
            self.pass_time(30)

    def pass_time(self, seconds: float) -> None:
        """Turn the clock, stopping wherever something is due."""
        play(self.clock, [self.evaluator], seconds=seconds)

    def state(self, name: str = "slow") -> str:
        """The alarm's state in moto."""
        return str(self._described(name)["StateValue"])

    def reason(self, name: str = "slow") -> str:
        """Why it is in that state."""
        return str(self._described(name)["StateReason"])

    def _described(self, name: str) -> Any:
        return self.cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]


@pytest.fixture
def watch() -> Iterator[Watch]:
    """An account without alarms."""
    with mocked_aws():
        yield opened()


def opened(*, delay: float = 0) -> Watch:
    """An account without alarms, within moto."""
    clock, metrics = ManualClock(START), Metrics()
    changes: list[AlarmChange] = []
    cloudwatch = boto3.client("cloudwatch")
    evaluator = AlarmEvaluator(
        clock=clock,
        cloudwatch=cloudwatch,
        metrics=metrics,
        on_change=changes.append,
        delay=timedelta(seconds=delay),
    )
    return Watch(clock, metrics, cloudwatch, evaluator, changes)


def math(expression: str, periods: tuple[int, ...] = (60, 60), **metrics: Metric) -> Any:
    """`Metrics` of an alarm on an expression of the sums of these metrics."""
    queries = [{"Id": "result", "Expression": expression, "ReturnData": True}]
    return queries + [
        {
            "Id": id,
            "ReturnData": False,
            "MetricStat": {
                "Stat": "Sum",
                "Period": period,
                "Metric": {
                    "Namespace": metric.namespace,
                    "MetricName": metric.name,
                    "Dimensions": [
                        {"Name": name, "Value": value} for name, value in metric.dimensions
                    ],
                },
            },
        }
        for period, (id, metric) in zip(periods, metrics.items(), strict=False)
    ]


ON_MATH = dict.fromkeys(["Namespace", "MetricName", "Dimensions", "Statistic", "Period"])
RATE = "IF(FILL(requests, 0) > 0, 100 * FILL(errors, 0) / FILL(requests, 0), 0)"


def test_an_alarm_goes_off_at_the_end_of_the_second_bad_minute_of_three(watch: Watch) -> None:
    watch.alarm()
    watch.minutes(0.2, 3.1, 0.3)
    assert watch.state() == "OK"
    watch.pass_time(30)
    watch.metrics.add(LATENCY, 1.0, moment=watch.clock.now())
    watch.pass_time(29)
    assert watch.state() == "OK", "the minute is not over"
    watch.pass_time(1)
    assert watch.state() == "ALARM"
    assert watch.reason() == (
        "Threshold Crossed: 2 out of the last 3 datapoints [1.0 (02/03/26 12:03:00), "
        "3.1 (02/03/26 12:01:00)] were greater than or equal to the threshold (1.0) "
        "(minimum 2 datapoints for OK -> ALARM transition)."
    )
    change = watch.changes[-1]
    assert (change.name, change.old, change.new) == ("slow", "OK", "ALARM")
    assert (change.reason, change.moment) == (watch.reason(), START + 4 * MINUTE)


def test_an_alarm_ends_when_enough_minutes_are_good_again(watch: Watch) -> None:
    watch.alarm()
    watch.minutes(2, 2, 0.2)
    assert watch.state() == "ALARM"
    watch.minutes(0.2)
    assert watch.state() == "OK"
    assert "were not greater than or equal to the threshold (1.0)" in watch.reason()
    assert watch.reason().endswith("(minimum 2 datapoints for ALARM -> OK transition).")
    assert [(one.old, one.new) for one in watch.changes] == [
        ("INSUFFICIENT_DATA", "ALARM"),
        ("ALARM", "OK"),
    ]


@pytest.mark.parametrize(
    ("missing", "expected", "reason"),
    [
        ("notBreaching", "OK", "no datapoints were received for 3 periods and 3 missing "
         "datapoints were treated as [NonBreaching]."),
        ("breaching", "ALARM", "no datapoints were received for 3 periods and 3 missing "
         "datapoints were treated as [Breaching]."),
        ("missing", "INSUFFICIENT_DATA", "Initial alarm creation"),
        ("ignore", "INSUFFICIENT_DATA", "Initial alarm creation"),
    ],
)  # fmt: skip
def test_a_new_alarm_has_insufficient_data_until_its_first_evaluation(
    watch: Watch, missing: str, expected: str, reason: str
) -> None:
    watch.alarm(TreatMissingData=missing)
    watch.evaluator.refresh()
    watch.pass_time(59)
    assert (watch.state(), watch.changes) == ("INSUFFICIENT_DATA", [])
    watch.pass_time(1)
    assert watch.state() == expected
    assert watch.reason().endswith(reason)


def test_data_from_before_an_alarm_counts_and_ends_when_it_is_out_of_range(watch: Watch) -> None:
    watch.minutes(2, 2)
    watch.alarm()
    watch.minutes(None)
    assert watch.state() == "ALARM"
    watch.minutes(None, None)
    assert watch.state() == "ALARM", "two bad minutes are among the last five"
    watch.minutes(None, None)
    assert watch.state() == "INSUFFICIENT_DATA"
    assert watch.reason() == "Insufficient Data: 3 datapoints were unknown."


def test_what_is_partly_filled_in_says_so(watch: Watch) -> None:
    watch.alarm(TreatMissingData="breaching", DatapointsToAlarm=3)
    watch.minutes(2)
    assert watch.reason() == (
        "Threshold Crossed: 1 datapoint was received for 3 periods and 2 missing datapoints were "
        "treated as [Breaching]."
    )


def test_an_alarm_on_an_expression_sees_no_errors_where_there_are_no_requests(
    watch: Watch,
) -> None:
    watch.alarm(**{**ON_MATH, "Metrics": math(RATE, requests=REQUESTS, errors=ERRORS)})
    watch.minutes(None, None)
    assert watch.state() == "OK"
    for _ in range(2):
        for metric, count in ((REQUESTS, 200), (ERRORS, 2)):
            for _ in range(count):
                watch.metrics.add(metric, 1, moment=watch.clock.now())
        watch.minutes(None)
    assert watch.state() == "ALARM"
    assert "2 out of the last 3 datapoints [1.0 (02/03/26 12:03:00)" in watch.reason()


def test_a_percentile_is_watched(watch: Watch) -> None:
    watch.alarm(Statistic=None, ExtendedStatistic="p99", EvaluationPeriods=1, DatapointsToAlarm=1)
    for index in range(100):
        watch.metrics.add(LATENCY, 9.0 if index < 1 else 0.1, moment=watch.clock.now())
    watch.minutes(None)
    assert watch.state() == "OK"
    for index in range(100):
        watch.metrics.add(LATENCY, 9.0 if index < 2 else 0.1, moment=watch.clock.now())
    watch.minutes(None)
    assert watch.state() == "ALARM"
    assert "1 out of the last 1 datapoints [9.0 (02/03/26 12:01:00)] was greater" in watch.reason()


def test_longer_periods_are_evaluated_every_minute_and_shorter_ones_every_10_seconds(
    watch: Watch,
) -> None:
    one = {"EvaluationPeriods": 1, "DatapointsToAlarm": 1, "Statistic": "Sum"}
    watch.alarm("long", Period=300, Threshold=2, **one)
    watch.alarm("short", Period=10, **one)
    watch.evaluator.refresh()
    watch.pass_time(5)
    watch.metrics.add(LATENCY, 1, moment=watch.clock.now())
    watch.pass_time(5)
    assert watch.state("short") == "ALARM"
    watch.pass_time(110)
    watch.metrics.add(LATENCY, 1, moment=watch.clock.now())
    watch.pass_time(59)
    assert watch.state("long") == "OK"
    watch.pass_time(1)
    assert watch.state("long") == "ALARM"
    watch.pass_time(120)
    assert watch.state("long") == "ALARM"
    watch.pass_time(60)
    assert watch.state("long") == "OK", "the first of the two is more than 300 seconds ago"


def test_a_jump_over_several_minutes_evaluates_each_in_order(watch: Watch) -> None:
    watch.alarm(EvaluationPeriods=1, DatapointsToAlarm=1, TreatMissingData="notBreaching")
    for minute, value in enumerate((0.5, 2.0, 0.5, 2.0)):
        watch.metrics.add(LATENCY, value, moment=START + minute * MINUTE)
    watch.clock.advance(240)
    watch.evaluator.run_due()
    assert [(one.new, one.moment) for one in watch.changes] == [
        ("OK", START + 1 * MINUTE),
        ("ALARM", START + 2 * MINUTE),
        ("OK", START + 3 * MINUTE),
        ("ALARM", START + 4 * MINUTE),
    ]


def test_a_state_that_somebody_sets_lasts_until_the_next_evaluation(watch: Watch) -> None:
    watch.alarm()
    watch.minutes(0.1, 0.1)
    watch.cloudwatch.set_alarm_state(AlarmName="slow", StateValue="ALARM", StateReason="a test")
    watch.pass_time(59)
    assert watch.state() == "ALARM"
    watch.pass_time(1)
    assert watch.state() == "OK"
    assert (watch.changes[-1].old, watch.changes[-1].new) == ("ALARM", "OK")


def test_nothing_is_asked_of_cloudwatch_between_two_evaluations(watch: Watch) -> None:
    watch.alarm()
    calls: list[str] = []
    events = watch.cloudwatch.meta.events
    events.register("before-call.cloudwatch", lambda model, **_: calls.append(model.name))
    watch.minutes(0.1)
    before = list(calls)
    for _ in range(59):
        watch.pass_time(1)
    assert calls == before
    watch.pass_time(1)
    assert calls == [*before, "DescribeAlarms"], "no change of state is written again"


def test_a_delay_lets_data_arrive_that_is_late(watch: Watch) -> None:
    late = opened(delay=5)
    late.alarm(EvaluationPeriods=1, DatapointsToAlarm=1)
    late.pass_time(63)
    late.metrics.add(LATENCY, 2, moment=START + timedelta(seconds=59))
    late.pass_time(1)
    assert late.changes == []
    late.pass_time(1)
    assert [(one.new, one.moment) for one in late.changes] == [
        ("ALARM", START + timedelta(seconds=65))
    ]
    assert watch.changes == []


def test_an_alarm_that_was_deleted_is_not_evaluated_any_more(watch: Watch) -> None:
    watch.alarm()
    watch.minutes(0.1)
    watch.cloudwatch.delete_alarms(AlarmNames=["slow"])
    watch.minutes(2, 2)
    assert [one.new for one in watch.changes] == ["OK"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({**ON_MATH, "Metrics": math("RATE(errors)", errors=ERRORS)}, "uses RATE, which is not"),
        ({**ON_MATH, "Metrics": math("errors + other", errors=ERRORS)}, "need other"),
        ({**ON_MATH, "Metrics": math("MAX(errors)", errors=ERRORS)}, "gives a single number"),
        (
            {**ON_MATH, "Metrics": math("m", m=ERRORS)[:1] + math("2 * m", m=ERRORS)},
            "the queries ['result', 'result'] return data, not exactly one",
        ),
        ({**ON_MATH, "Metrics": math("errors")}, "its metrics have the periods [], not one"),
        (
            {**ON_MATH, "Metrics": math("m + n", (60, 300), m=ERRORS, n=REQUESTS)},
            "its metrics have the periods [60, 300], not one",
        ),
        ({"Period": 3600}, "it looks back 5:00:00 and data is kept for 0:30:00"),
        ({"Statistic": None, "ExtendedStatistic": "p999"}, "'p999' is not calculated"),
        ({"EvaluateLowSampleCountPercentile": "ignore"}, "only evaluate is evaluated"),
    ],
)
def test_an_alarm_that_cannot_be_evaluated_is_reported_once(
    watch: Watch, changes: dict[str, Any], why: str
) -> None:
    watch.alarm(**changes)
    watch.minutes(None, None, None)
    ((name, reason),) = watch.evaluator.unhonoured
    assert name == "slow"
    assert reason.startswith("it is not evaluated: ")
    assert why in reason
    assert (watch.state(), watch.changes) == ("INSUFFICIENT_DATA", [])


def test_actions_are_reported_and_the_alarm_is_evaluated_all_the_same(watch: Watch) -> None:
    topic = "arn:aws:sns:eu-central-1:123456789012:people"
    watch.alarm(AlarmActions=[topic])
    watch.minutes(0.1)
    assert watch.state() == "OK"
    assert watch.evaluator.unhonoured == [("slow", f"its actions are not carried out: {topic}")]


def test_composite_alarms_are_reported(watch: Watch) -> None:
    watch.alarm()
    # moto has PutCompositeAlarm from CloudFormation only.
    cloudwatch_backends["123456789012"]["eu-central-1"].alarms["slow"].rule = "ALARM(other)"
    watch.minutes(None, None)
    assert watch.evaluator.unhonoured == [("slow", "composite alarms are not evaluated")]
