"""A clock that runs faster than real time."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from rehearsal.clock import ScaledClock

START = datetime(2026, 3, 2, 10, tzinfo=UTC)


def test_it_begins_at_its_start() -> None:
    before = time.monotonic()
    clock = ScaledClock(START, factor=1)
    real = time.monotonic() - before
    assert START <= clock.now() <= START + timedelta(seconds=real + time.monotonic() - before)


@pytest.mark.parametrize("factor", [1, 20, 200, 0.5])
def test_so_many_seconds_go_by_in_a_real_one(factor: float) -> None:
    clock = ScaledClock(START, factor=factor)
    then = time.monotonic()
    went_by = clock.at(then + 3) - clock.at(then)
    assert went_by.total_seconds() == pytest.approx(3 * factor)


def test_it_runs_by_itself_between_the_real_moments() -> None:
    clock = ScaledClock(START, factor=1000)
    before = time.monotonic()
    seen = clock.now()
    after = time.monotonic()
    assert clock.at(before) <= seen <= clock.at(after)
    while time.monotonic() == after:
        pass
    assert clock.now() > seen


@pytest.mark.parametrize("factor", [1, 20, 200])
def test_a_moment_is_found_on_the_monotonic_scale_and_back(factor: float) -> None:
    clock = ScaledClock(START, factor=factor)
    moment = START + timedelta(hours=1, seconds=7)
    assert abs(clock.at(clock.monotonic(moment)) - moment) < timedelta(milliseconds=1)
    assert clock.monotonic(moment) - clock.monotonic(START) == pytest.approx(3607 / factor)


def test_it_tells_the_time_in_utc() -> None:
    tokyo = timezone(timedelta(hours=9))
    clock = ScaledClock(datetime(2026, 3, 2, 19, tzinfo=tokyo), factor=1)
    moment = clock.at(clock.monotonic(START))
    assert abs(moment - START) < timedelta(milliseconds=1)
    assert moment.utcoffset() == timedelta(0)
