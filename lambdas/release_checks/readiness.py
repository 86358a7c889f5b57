"""Waits until green's targets are healthy, before green is judged.

With a strategy that moves all users at once CodeDeploy asks for the checks as soon as green's
tasks run, because it looks at their health only after the shift
(https://docs.aws.amazon.com/codedeploy/latest/userguide/troubleshooting-ecs.html). They may still
be starting, and their target group has only just come behind a listener. With the gradual
strategies green is healthy by then, and nothing is waited for.

Green is not asked itself meanwhile: what the load balancer answers for it counts as an error of the
load balancer's, and the release looks at the alarm on those.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Protocol

PAUSE_SECONDS = 2.0
LONGEST_SECONDS = 120.0


class TargetsUnknown(Exception):
    """The targets cannot be looked at; the text says why."""


class Targets(Protocol):
    """The targets behind the test listener."""

    def states(self) -> Sequence[str]:
        """The state of each (``healthy``, ``initial``, ...). Raises `TargetsUnknown`.

        https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html#target-health-states
        """


class Clock(Protocol):
    """The two functions of `time` that are used."""

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""

    def sleep(self, seconds: float, /) -> None:
        """Wait."""


def await_targets(targets: Targets, *, ends_at: float, clock: Clock = time) -> str:
    """Wait until every target is healthy; in words what came of it.

    Looks every `PAUSE_SECONDS`, for half of the time until `ends_at` (a moment of the clock) and
    `LONGEST_SECONDS` at most: what is left is for the checks, which then say what is wrong. When
    the targets cannot be looked at nothing is waited for.
    """
    started = clock.monotonic()
    until = started + min(LONGEST_SECONDS, (ends_at - started) / 2)
    while True:
        try:
            states = targets.states()
        except TargetsUnknown as error:
            return f"green's targets cannot be looked at: {error}"
        if states and all(state == "healthy" for state in states):
            return f"{len(states)} targets of green are healthy"
        left = until - clock.monotonic()
        if left <= 0:
            waited = clock.monotonic() - started
            return f"green's targets are {_listed(states)} after {waited:.0f} s"
        clock.sleep(min(PAUSE_SECONDS, left))


def _listed(states: Sequence[str]) -> str:
    return ", ".join(sorted(states)) or "not there"
