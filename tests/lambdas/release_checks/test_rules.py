"""The percentile and the runner's bounds."""

from __future__ import annotations

import threading
import time
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.release_checks.checks import Answer, Check, Gate, NoAnswer, p95
from lambdas.release_checks.runner import run_checks

LATENCIES = st.lists(st.floats(min_value=0, max_value=1e6), min_size=1, max_size=300)


@given(LATENCIES)
def test_p95_is_the_smallest_sample_that_95_percent_do_not_exceed(samples: list[float]) -> None:
    value = p95(samples)

    def not_above(limit: float) -> int:
        return sum(sample <= limit for sample in samples)

    assert value in samples
    assert 100 * not_above(value) >= 95 * len(samples)
    for smaller in (sample for sample in samples if sample < value):
        assert 100 * not_above(smaller) < 95 * len(samples)


@given(LATENCIES, st.randoms())
def test_p95_does_not_depend_on_the_order(samples: list[float], random: Random) -> None:
    shuffled = list(samples)
    random.shuffle(shuffled)
    assert p95(shuffled) == p95(samples)


@pytest.mark.parametrize(("count", "rank"), [(1, 1), (5, 5), (19, 19), (20, 19), (100, 95)])
def test_p95_of_whole_numbers(count: int, rank: int) -> None:
    assert p95(list(range(1, count + 1))) == rank


def test_p95_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="no samples"):
        p95([])


class CountingProbe:
    """Notes how many requests are under way at once."""

    def __init__(self) -> None:
        self.now = 0
        self.most = 0
        self.asked: list[str] = []
        self.lock = threading.Lock()
        self.together: threading.Barrier | None = None

    def request(self, check: Check, *, timeout_seconds: float) -> Answer | NoAnswer:
        del timeout_seconds
        with self.lock:
            self.asked.append(check.name)
            self.now += 1
            self.most = max(self.most, self.now)
        if self.together:
            self.together.wait()
        with self.lock:
            self.now -= 1
        return Answer(status=200, headers={}, body=b"", truncated=False, elapsed_ms=10)


class BrokenProbe:
    def request(self, check: Check, *, timeout_seconds: float) -> Answer | NoAnswer:
        raise RuntimeError(f"no {check.name} in {timeout_seconds}")


def _check(name: str, repetitions: int) -> Check:
    return Check(name=name, gates=frozenset(Gate), path="/", repetitions=repetitions)


def test_no_more_than_the_allowed_requests_are_under_way() -> None:
    probe = CountingProbe()
    probe.together = threading.Barrier(3, timeout=10)
    results = run_checks(
        checks=[_check("a", 6), _check("b", 6)],
        probe=probe,
        ends_at=time.monotonic() + 10,
        concurrency=3,
    )
    assert probe.most == 3
    assert [(result.passed, result.requests) for result in results] == [(True, 6), (True, 6)]


def test_checks_take_turns() -> None:
    probe = CountingProbe()
    checks = [_check("a", 3), _check("b", 1), _check("c", 2)]
    run_checks(checks=checks, probe=probe, ends_at=time.monotonic() + 10, concurrency=1)
    assert "".join(probe.asked) == "abcaca"


def test_a_fault_of_the_program_fails_the_check_and_is_told() -> None:
    (result,) = run_checks(
        checks=[_check("a", 2)], probe=BrokenProbe(), ends_at=time.monotonic() + 10
    )
    assert result.failures == [
        "2 of 2 requests: the check itself failed: RuntimeError: no a in 5.0"
    ]
