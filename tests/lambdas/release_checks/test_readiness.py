"""Green may still be starting when CodeDeploy asks: the checks begin when somebody answers."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from lambdas.release_checks.checks import Answer, Check, Gate, NoAnswer
from lambdas.release_checks.readiness import LONGEST_SECONDS, await_answer

CHECK = Check(name="it answers", gates=frozenset({Gate.RELEASE}), path="/health")


def status(code: int) -> Answer:
    """An answer with that status."""
    return Answer(status=code, headers={}, body=b"", truncated=False, elapsed_ms=1.0)


NOTHING = NoAnswer(reason="connection refused")


@dataclass(eq=False)
class Time:
    """A clock that only sleeping and asking move."""

    now: float = 1000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float, /) -> None:
        self.now += seconds


@dataclass(eq=False)
class Probe:
    """Gives the answers one after the other, the last one for ever. One costs ``seconds``."""

    time: Time
    answers: list[Answer | NoAnswer]
    seconds: float = 0.1
    timeouts: list[float] = field(default_factory=list)

    def request(self, check: Check, *, timeout_seconds: float) -> Answer | NoAnswer:
        assert check is CHECK
        self.timeouts.append(timeout_seconds)
        self.time.now += min(self.seconds, timeout_seconds)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.mark.parametrize("code", [200, 301, 404, 500])
def test_whoever_answers_is_not_waited_for(code: int) -> None:
    time = Time()
    probe = Probe(time, [status(code)])

    assert await_answer(CHECK, probe, ends_at=time.now + 300, clock=time)
    assert len(probe.timeouts) == 1
    assert time.now < 1001


@pytest.mark.parametrize("first", [NOTHING, status(502), status(503), status(504)])
def test_what_is_not_there_yet_is_asked_again_every_second(first: Answer | NoAnswer) -> None:
    time = Time()
    probe = Probe(time, [first, first, first, status(200)])

    assert await_answer(CHECK, probe, ends_at=time.now + 300, clock=time)
    assert len(probe.timeouts) == 4
    assert time.now == pytest.approx(1003.4)


def test_half_of_the_time_is_left_for_the_checks() -> None:
    time = Time()

    assert not await_answer(CHECK, Probe(time, [NOTHING]), ends_at=time.now + 60, clock=time)
    assert time.now == pytest.approx(1030)


def test_nothing_is_waited_for_longer_than_two_minutes() -> None:
    time = Time()

    assert not await_answer(CHECK, Probe(time, [NOTHING]), ends_at=time.now + 900, clock=time)
    assert time.now == pytest.approx(1000 + LONGEST_SECONDS)


def test_a_request_that_hangs_does_not_take_the_checks_time() -> None:
    time = Time()
    probe = Probe(time, [NOTHING], seconds=1000)

    assert not await_answer(CHECK, probe, ends_at=time.now + 8, clock=time)
    assert time.now == pytest.approx(1004)
    assert probe.timeouts == [pytest.approx(4)]


def test_without_time_nobody_is_asked() -> None:
    time = Time()
    probe = Probe(time, [status(200)])

    assert not await_answer(CHECK, probe, ends_at=time.now - 1, clock=time)
    assert not probe.timeouts
