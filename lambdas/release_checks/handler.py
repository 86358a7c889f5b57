"""The Lambda's entry: understands an event, runs the checks it asks for, answers.

Environment: CHECKS (see `definition`), PRODUCTION_URL and TEST_URL (`https://host[:port]`),
SERVICE, ENVIRONMENT. A gate's event: `{"gate": "smoke"|"acceptance"|"release", "listener":
"production"|"test"}`. The answer is a `report.Report`; a bad event is answered, not raised, so
that the caller reads a sentence instead of a traceback.
"""

from __future__ import annotations

import json
import os
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from .checks import Check, Gate, InvalidInput
from .definition import parse_checks
from .probe import HttpProbe
from .report import Report, refusal, report
from .runner import DEFAULT_CONCURRENCY, run_checks

LISTENERS = {"production": "PRODUCTION_URL", "test": "TEST_URL"}
# For collecting the results, writing the log line and returning them.
MARGIN_SECONDS = 2.0


class Context(Protocol):
    """The one method used of Lambda's context object.

    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds left before Lambda ends the function."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the function was deployed with."""

    service: str
    environment: str
    checks: Sequence[Check]
    urls: Mapping[str, str]


def handler(event: Any, context: Context) -> Report:
    """Answer one event. Never raises, and returns `MARGIN_SECONDS` before Lambda's timeout."""
    ends_at = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - MARGIN_SECONDS
    try:
        gate, listener = parse_gate_event(event)
        settings = parse_environment(os.environ)
        answer = run_gate(
            service=settings.service,
            environment=settings.environment,
            checks=settings.checks,
            gate=gate,
            base_url=settings.urls[listener],
            ends_at=ends_at,
        )
    except Exception as error:
        known = isinstance(error, InvalidInput)
        if not known:
            traceback.print_exc()
        answer = refusal(
            service=os.environ.get("SERVICE", "unknown service"),
            environment=os.environ.get("ENVIRONMENT", "unknown environment"),
            error=str(error) if known else f"unexpected {type(error).__name__}: {error}",
        )
    print(json.dumps(answer))
    return answer


def parse_gate_event(event: Any) -> tuple[Gate, str]:
    """Return the gate and the listener that a gate's event names, or raise `InvalidInput`."""
    expected = 'expected {"gate": "smoke|acceptance|release", "listener": "production|test"}'
    if not isinstance(event, dict):
        raise InvalidInput(f"the event is not a JSON object; {expected}")
    unknown = sorted(map(str, event.keys() - {"gate", "listener"}))
    if unknown:
        raise InvalidInput(f"the event has an unknown key {unknown[0]!r}; {expected}")
    for key in ("gate", "listener"):
        if key not in event:
            raise InvalidInput(f"the event has no {key!r}; {expected}")
    listener = event["listener"]
    if listener not in tuple(LISTENERS):
        raise InvalidInput(f"unknown listener {listener!r}; allowed: {', '.join(LISTENERS)}")
    return Gate.parse(event["gate"]), str(listener)


def parse_environment(variables: Mapping[str, str]) -> Settings:
    """Return what the environment variables say, or raise `InvalidInput` naming the wrong one."""
    for name in ("SERVICE", "ENVIRONMENT", "CHECKS", *LISTENERS.values()):
        if not variables.get(name):
            raise InvalidInput(f"the function's environment variable {name} is not set")
    return Settings(
        service=variables["SERVICE"],
        environment=variables["ENVIRONMENT"],
        checks=parse_checks(variables["CHECKS"], where="CHECKS"),
        urls={listener: variables[name] for listener, name in LISTENERS.items()},
    )


def run_gate(
    *,
    service: str,
    environment: str,
    checks: Sequence[Check],
    gate: Gate,
    base_url: str,
    ends_at: float,
    concurrency: int = DEFAULT_CONCURRENCY,
) -> Report:
    """Run those of `checks` that belong to `gate` against `base_url`, until `ends_at` at most.

    This is the whole program; the Lambda, the command line and CodeDeploy's hook differ only in
    how they are asked and in where the report goes.
    """
    results = run_checks(
        checks=[check for check in checks if gate in check.gates],
        probe=HttpProbe(base_url=base_url),
        ends_at=ends_at,
        concurrency=concurrency,
    )
    return report(service=service, environment=environment, gate=gate, results=results)
