"""Keeps what is seen of one environment: every answer to users, a sample a second, marks."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..recording import ColourSample, EnvironmentRecord, Mark, MarkKind, Sample
from ..users import Answered

SETTLE_SECONDS = 0.3
"""Answers come in batches: a second is closed so long after its end."""


@dataclass(kw_only=True)
class Phase:
    """A time in which the production listener's weights were the same.

    ``start`` and ``end`` on `time.monotonic`'s scale. ``counts`` and ``latencies`` are of requests
    that were sent and answered within it.
    """

    weights: Mapping[str, int]
    start: float
    end: float | None = None
    counts: Counter[str] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)


@dataclass(kw_only=True)
class Totals:
    """Requests so far, and those that failed, by reason."""

    requests: int = 0
    retried: int = 0
    failures: Counter[str] = field(default_factory=Counter)

    @property
    def failed(self) -> int:
        """How many failed."""
        return self.failures.total()

    def since(self, before: Totals) -> Totals:
        """What came after another moment."""
        return Totals(
            requests=self.requests - before.requests,
            retried=self.retried - before.retried,
            failures=self.failures - before.failures,
        )

    def copy(self) -> Totals:
        """As it is now."""
        return Totals(requests=self.requests, retried=self.retried, failures=Counter(self.failures))


@dataclass(kw_only=True)
class _Second:
    requests: int = 0
    failed: int = 0
    latencies: list[float] = field(default_factory=list)
    answered: Counter[str] = field(default_factory=Counter)


@dataclass(kw_only=True)
class Zero:
    """The recording's zero on `time.monotonic`'s scale; None while it has not begun."""

    moment: float | None = None

    @property
    def at(self) -> float:
        """The zero; this moment as long as there is none."""
        return time.monotonic() if self.moment is None else self.moment


class Recorder:
    """``zero``: where the recording begins. ``lock`` guards the record."""

    def __init__(self, *, record: EnvironmentRecord, zero: Zero, lock: threading.Lock) -> None:
        self.record = record
        self.totals = Totals()
        self.phases: list[Phase] = []
        self.last_answer: dict[str, float] = {}
        self._zero = zero
        self.lock = lock
        self._colours: dict[str, str] = {}
        self._seconds: dict[int, _Second] = {}
        self._next = 0

    def now(self) -> float:
        """Seconds since the recording began."""
        return time.monotonic() - self._zero.at

    def mark(self, kind: MarkKind, text: str, *, at: float | None = None) -> None:
        """Something happened, now or at that second of the recording."""
        when = max(0.0, self.now() if at is None else at)
        with self.lock:
            self.record.marks.append(Mark(at=round(when, 2), kind=kind, text=text))

    def mark_once(self, kind: MarkKind, text: str) -> None:
        """The same, but not when it has been said already."""
        if not any((one.kind, one.text) == (kind, text) for one in self.record.marks):
            self.mark(kind, text)

    def knows(self, address: str, colour: str) -> None:
        """A task at that address belongs to a colour; it is remembered after the task has gone."""
        self._colours[address] = colour

    def shifted(self, weights: Mapping[str, int]) -> None:
        """The production listener's weights are these from now on."""
        now = time.monotonic()
        with self.lock:
            if self.phases:
                self.phases[-1].end = now
            self.phases.append(Phase(weights=dict(weights), start=now))

    def cut(self) -> None:
        """A phase ends, although the weights stay: a release begins."""
        if self.phases:
            self.shifted(self.phases[-1].weights)

    def answered(self, answers: Sequence[Answered]) -> None:
        """Users got answers, or none."""
        with self.lock:
            for one in answers:
                self._count(one)

    def begin(self) -> None:
        """Samples are taken from this second on."""
        with self.lock:
            self._next = int(self.now())

    def due(self) -> bool:
        """Whether a second is over and can be closed."""
        return self.now() >= self._next + 1 + SETTLE_SECONDS

    def seen_until(self, moment: float) -> bool:
        """Whether the samples reach as far as a moment on `time.monotonic`'s scale."""
        return self._zero.at + self._next > moment

    def close_second(
        self, colours: Mapping[str, ColourSample], *, desired: int, alarms: tuple[str, ...]
    ) -> None:
        """Add the sample of the second that is over, with where things stand now."""
        with self.lock:
            second = self._seconds.pop(self._next, _Second())
            latencies = sorted(second.latencies)
            for name, colour in colours.items():
                colour.answered = second.answered[name]
            self.record.samples.append(
                Sample(
                    at=float(self._next),
                    requests=second.requests,
                    failed=second.failed,
                    p50=percentile(latencies, 50),
                    p99=percentile(latencies, 99),
                    blue=colours["blue"],
                    green=colours["green"],
                    desired=desired,
                    alarms=alarms,
                )
            )
            self._next += 1

    def _count(self, one: Answered) -> None:
        colour = self._colours.get(one.target, "")
        second = self._seconds.setdefault(self._second_of(one), _Second())
        failed = one.status == 0 or one.status >= 500
        self.totals.requests += 1
        self.totals.retried += one.retried
        second.requests += 1
        if failed:
            second.failed += 1
            self.totals.failures[one.error or f"status {one.status}"] += 1
        second.latencies.append(one.milliseconds)
        if colour:
            second.answered[colour] += 1
            self.last_answer[one.target] = max(one.at, self.last_answer.get(one.target, 0.0))
        phase = self._phase_of(one)
        if phase is not None:
            phase.counts[colour] += 1
            phase.latencies.append(one.milliseconds)

    def _second_of(self, one: Answered) -> int:
        """The second in which it ended; the oldest open one when that has been closed."""
        return max(int(one.at - self._zero.at), self._next)

    def _phase_of(self, one: Answered) -> Phase | None:
        """The phase in which it was sent and answered: answers are told a little later."""
        sent = one.at - one.milliseconds / 1000
        for phase in reversed(self.phases):
            if sent > phase.start:
                return phase if phase.end is None or one.at <= phase.end else None
        return None


def percentile(ordered: Sequence[float], percent: int) -> float | None:
    """By the nearest-rank method: a value that was measured; None of nothing."""
    if not ordered:
        return None
    rank = -(-percent * len(ordered) // 100)
    return round(ordered[max(rank, 1) - 1], 2)
