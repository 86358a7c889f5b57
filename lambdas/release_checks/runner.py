"""Runs checks a few at a time and always comes back before its deadline."""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from .checks import Answer, Check, NoAnswer, over_budget, p95, reasons_to_reject
from .probe import Probe

DEFAULT_CONCURRENCY = 4
MAX_REASONS = 5
NOT_FINISHED = "not finished before the deadline"


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """What a check came to.

    `requests` is how many came back (with an answer or without), `failures` says why it failed in
    at most `MAX_REASONS` sentences (empty exactly when it passed), `p95_ms` is None when there was
    no answer at all.
    """

    name: str
    requests: int
    repetitions: int
    failures: Sequence[str]
    p95_ms: float | None
    budget_ms: float | None

    @property
    def passed(self) -> bool:
        """Whether there was no failure."""
        return not self.failures


@dataclass(kw_only=True)
class _Tally:
    """What is known of a check so far. Only the thread that calls `run_checks` touches it."""

    check: Check
    requests: int = 0
    samples: list[float] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, came_back: Answer | NoAnswer) -> None:
        self.requests += 1
        if isinstance(came_back, NoAnswer):
            self.reasons[came_back.reason] += 1
            return
        self.samples.append(came_back.elapsed_ms)
        self.reasons.update(reasons_to_reject(self.check, came_back))

    def result(self) -> CheckResult:
        return CheckResult(
            name=self.check.name,
            requests=self.requests,
            repetitions=self.check.repetitions,
            failures=self._failures(),
            p95_ms=round(p95(self.samples), 1) if self.samples else None,
            budget_ms=self.check.p95_ms,
        )

    def _failures(self) -> list[str]:
        total = self.check.repetitions
        failures = [
            f"{count} of {total} requests: {reason}" for reason, count in self.reasons.most_common()
        ]
        slow = over_budget(self.check, self.samples)
        # The latency and the deadline are never the ones left out.
        last = [slow] if slow else []
        if self.requests < total:
            last.append(f"{NOT_FINISHED}: {total - self.requests} of {total} requests")
        room = MAX_REASONS - len(last)
        if len(failures) > room:
            left_out = len(failures) - (room - 1)
            failures = [*failures[: room - 1], f"… and {left_out} further reasons"]
        return failures + last


def run_checks(
    *,
    checks: Sequence[Check],
    probe: Probe,
    ends_at: float,
    concurrency: int = DEFAULT_CONCURRENCY,
) -> list[CheckResult]:
    """Run `checks` and return a result for each, in their order, before `ends_at`.

    `ends_at` is a moment of `time.monotonic()`. What has not come back by then is reported as
    `NOT_FINISHED`, and its thread is left behind (a daemon: it cannot delay the answer nor the
    process's end). First every check is asked once, then every one a second time, and so on: a
    deadline that cuts the run still leaves something known of each.
    """
    tallies = [_Tally(check=check) for check in checks]
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for index in _rounds(checks):
        waiting.put(index)
    outstanding = waiting.qsize()
    came_back: queue.SimpleQueue[tuple[int, Answer | NoAnswer]] = queue.SimpleQueue()

    def work() -> None:
        while time.monotonic() < ends_at:
            try:
                index = waiting.get_nowait()
            except queue.Empty:
                return
            came_back.put((index, _ask(probe, checks[index])))

    for _ in range(min(concurrency, outstanding)):
        threading.Thread(target=work, name="release-check", daemon=True).start()
    while outstanding:
        try:
            index, answer = came_back.get(timeout=max(0.0, ends_at - time.monotonic()))
        except queue.Empty:
            break
        tallies[index].add(answer)
        outstanding -= 1
    return [tally.result() for tally in tallies]


def _rounds(checks: Sequence[Check]) -> Iterator[int]:
    for repetition in range(max((check.repetitions for check in checks), default=0)):
        for index, check in enumerate(checks):
            if repetition < check.repetitions:
                yield index


def _ask(probe: Probe, check: Check) -> Answer | NoAnswer:
    try:
        return probe.request(check, timeout_seconds=check.timeout_seconds)
    except Exception as error:
        # A thread that died would look like a request that never came back.
        return NoAnswer(reason=f"the check itself failed: {type(error).__name__}: {error}")
