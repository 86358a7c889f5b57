"""Published data and its statistics."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest

from rehearsal.cloudwatch.metrics import Metric, Metrics, UnknownStatistic

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TIME = Metric.of("AWS/ApplicationELB", "TargetResponseTime", TargetGroup="targetgroup/blue/1")
END = START + timedelta(minutes=1)


def published(*values: float, metrics: Metrics | None = None) -> Metrics:
    """These values, one a second."""
    metrics = metrics or Metrics()
    for second, value in enumerate(values):
        metrics.add(TIME, value, moment=START + timedelta(seconds=second))
    return metrics


@pytest.mark.parametrize(
    ("stat", "expected"),
    [
        ("Sum", 10.0),
        ("Average", 2.5),
        ("Minimum", 1.0),
        ("Maximum", 4.0),
        ("SampleCount", 4.0),
        ("p0", 1.0),
        ("p50", 2.0),
        ("p75.1", 4.0),
        ("p100", 4.0),
    ],
)
def test_statistics_are_of_all_values_in_the_time_span(stat: str, expected: float) -> None:
    assert published(4, 1, 3, 2).statistic(TIME, stat, start=START, end=END) == expected


def test_the_slowest_percent_is_above_p99_and_not_in_it() -> None:
    metrics = Metrics()
    for value in range(1000):
        metrics.add(TIME, float(value), moment=START)
    assert metrics.statistic(TIME, "p99", start=START, end=END) == 989
    assert metrics.statistic(TIME, "p99.9", start=START, end=END) == 998


def test_a_value_belongs_to_the_span_that_it_begins_and_not_to_the_one_that_it_ends() -> None:
    metrics = published(*[1.0] * 61)
    assert metrics.statistic(TIME, "Sum", start=START, end=END) == 60
    after = END + timedelta(minutes=1)
    assert metrics.statistic(TIME, "Sum", start=END, end=after) == 1


def test_without_data_there_is_no_statistic_not_even_a_count() -> None:
    other = Metric.of(TIME.namespace, TIME.name, TargetGroup="targetgroup/green/1")
    metrics = published(1)
    assert metrics.statistic(other, "SampleCount", start=START, end=END) is None
    assert metrics.statistic(TIME, "Sum", start=END, end=END + timedelta(minutes=1)) is None


def test_dimensions_are_the_same_in_any_order() -> None:
    one = Metric.of("N", "M", LoadBalancer="a", TargetGroup="b")
    assert one == Metric.of("N", "M", TargetGroup="b", LoadBalancer="a")


def test_what_is_older_than_is_kept_is_forgotten() -> None:
    metrics = published(1, metrics=Metrics(keep=timedelta(minutes=30)))
    metrics.add(TIME, 2, moment=START + timedelta(minutes=30))
    end = START + timedelta(hours=1)
    assert metrics.statistic(TIME, "Sum", start=START, end=end) == 3
    metrics.add(TIME, 4, moment=START + timedelta(minutes=30, seconds=1))
    assert metrics.statistic(TIME, "Sum", start=START, end=end) == 6


@pytest.mark.parametrize("stat", ["tm99", "p101", "p100.5", "p", "sum", ""])
def test_a_statistic_that_is_not_calculated_is_refused_by_name(stat: str) -> None:
    with pytest.raises(UnknownStatistic, match=f"{stat!r} is not calculated; Average, Maximum"):
        published(1).statistic(TIME, stat, start=START, end=END)


def test_nothing_is_lost_when_several_threads_publish() -> None:
    metrics = Metrics()

    def publish() -> None:
        for index in range(2000):
            metrics.add(TIME, 1, moment=START + timedelta(milliseconds=index * 20))

    threads = [Thread(target=publish) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert metrics.statistic(TIME, "Sum", start=START, end=END) == 8000
