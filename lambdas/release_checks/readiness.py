"""Waits until green answers at all, before it is judged.

With a strategy that moves all users at once CodeDeploy asks for the checks as soon as green's
tasks run, because it looks at their health only after the shift
(https://docs.aws.amazon.com/codedeploy/latest/userguide/troubleshooting-ecs.html). They may still
be starting, and a load balancer answers 503 as long as none is healthy. With the gradual
strategies green is healthy by then, and nothing is waited for.
"""

from __future__ import annotations

import time
from typing import Protocol

from .checks import Answer, Check, NoAnswer
from .probe import Probe

PAUSE_SECONDS = 1.0
LONGEST_SECONDS = 120.0
# Bad gateway, service unavailable, gateway time-out: what a load balancer answers for targets that
# do not (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html).
NOT_THERE = (502, 503, 504)


class Clock(Protocol):
    """The two functions of `time` that are used."""

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""

    def sleep(self, seconds: float, /) -> None:
        """Wait."""


def await_answer(check: Check, probe: Probe, *, ends_at: float, clock: Clock = time) -> bool:
    """Whether somebody answers the check's request, whatever the answer.

    Asked once a second until then, for half of the time until `ends_at` (a moment of the clock) and
    `LONGEST_SECONDS` at most: what is left is for the checks, which then say what is wrong.
    """
    now = clock.monotonic()
    until = now + min(LONGEST_SECONDS, (ends_at - now) / 2)
    while True:
        left = until - clock.monotonic()
        if left <= 0:
            return False
        answer = probe.request(check, timeout_seconds=min(check.timeout_seconds, left))
        if _is_there(answer):
            return True
        clock.sleep(min(PAUSE_SECONDS, max(0.0, until - clock.monotonic())))


def _is_there(answer: Answer | NoAnswer) -> bool:
    return isinstance(answer, Answer) and answer.status not in NOT_THERE
