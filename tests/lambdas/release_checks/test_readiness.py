"""Green may still be starting when it is asked about: the checks wait for healthy targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from lambdas.release_checks.readiness import LONGEST_SECONDS, TargetsUnknown, await_targets


@dataclass(eq=False)
class Time:
    """A clock that only sleeping moves."""

    now: float = 1000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float, /) -> None:
        assert seconds > 0
        self.now += seconds


@dataclass(eq=False)
class Targets:
    """Gives the states one after the other, the last ones for ever."""

    each: list[Sequence[str]]
    looks: int = 0

    def states(self) -> Sequence[str]:
        self.looks += 1
        return self.each.pop(0) if len(self.each) > 1 else self.each[0]


class Unknown:
    """Nobody may look."""

    def states(self) -> Sequence[str]:
        raise TargetsUnknown("AccessDenied")


def test_healthy_targets_are_not_waited_for() -> None:
    time, targets = Time(), Targets([["healthy", "healthy"]])

    told = await_targets(targets, ends_at=time.now + 300, clock=time)

    assert (targets.looks, time.now) == (1, 1000)
    assert told == "2 targets of green are healthy"


@pytest.mark.parametrize(
    "first", [[], ["initial"], ["healthy", "initial"], ["unhealthy", "healthy"], ["unused"]]
)
def test_targets_that_are_not_all_healthy_are_looked_at_again(first: list[str]) -> None:
    time, targets = Time(), Targets([first, first, ["healthy"]])

    await_targets(targets, ends_at=time.now + 300, clock=time)

    assert (targets.looks, time.now) == (3, 1004)


def test_half_of_the_time_is_left_for_the_checks() -> None:
    time = Time()

    told = await_targets(Targets([["initial", "healthy"]]), ends_at=time.now + 60, clock=time)

    assert time.now == pytest.approx(1030)
    assert told == "green's targets are healthy, initial after 30 s"


def test_nothing_is_waited_for_longer_than_two_minutes() -> None:
    time = Time()

    told = await_targets(Targets([[]]), ends_at=time.now + 900, clock=time)

    assert time.now == pytest.approx(1000 + LONGEST_SECONDS)
    assert told == "green's targets are not there after 120 s"


def test_who_may_not_look_does_not_wait() -> None:
    time = Time()

    told = await_targets(Unknown(), ends_at=time.now + 300, clock=time)

    assert time.now == 1000
    assert told == "green's targets cannot be looked at: AccessDenied"


def test_without_time_one_look_is_enough() -> None:
    time, targets = Time(), Targets([["initial"]])

    await_targets(targets, ends_at=time.now - 1, clock=time)

    assert (targets.looks, time.now) == (1, 1000)
