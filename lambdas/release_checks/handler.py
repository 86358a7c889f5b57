"""The Lambda's entry: understands an event, runs the checks it asks for, answers.

Environment: CHECKS (see `definition`), PRODUCTION_URL and TEST_URL (`https://host[:port]`),
SERVICE, ENVIRONMENT, and for the hook REPORT_PARAMETER (an SSM parameter's name) and TEST_LISTENER
(the test listener's ARN). Two events:

- a gate's: `{"gate": "smoke"|"acceptance"|"release", "listener": "production"|"test"}`. The
  answer is a `report.Report`; a bad event is answered, not raised, so that the caller reads a
  sentence instead of a traceback.
- CodeDeploy's AfterAllowTestTraffic: `{"DeploymentId": ..., "LifecycleEventHookExecutionId": ...}`.
  When green's targets are healthy (`readiness`) the release gate is run through the test listener,
  where green is, and CodeDeploy is told Succeeded or Failed (`hook`).
"""

from __future__ import annotations

import json
import os
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from .checks import Check, Gate, InvalidInput
from .definition import parse_checks
from .hook import MARGIN_SECONDS as HOOK_MARGIN_SECONDS
from .hook import HookEvent, conclude, is_hook_event, parse_hook_event
from .probe import HttpProbe
from .readiness import await_targets
from .report import Report, refusal, report
from .runner import DEFAULT_CONCURRENCY, run_checks

LISTENERS = {"production": "PRODUCTION_URL", "test": "TEST_URL"}
REPORT_PARAMETER = "REPORT_PARAMETER"
TEST_LISTENER = "TEST_LISTENER"
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
    """Answer one event, before Lambda's timeout.

    Raises only when CodeDeploy could not be told (`hook.NotAnswered`): Lambda then runs the same
    asynchronous event again, up to two more times
    (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html). So it does
    when the function is killed.
    """
    ends_at = time.monotonic() + context.get_remaining_time_in_millis() / 1000
    if is_hook_event(event):
        return _answer_codedeploy(event, ends_at=ends_at)
    answer = _answered(lambda: _run_for_gate(event, ends_at=ends_at - MARGIN_SECONDS))
    print(json.dumps(answer))
    return answer


def _answer_codedeploy(event: Any, *, ends_at: float) -> Report:
    try:
        hook = parse_hook_event(event)
    except InvalidInput as error:
        answer = _refusal(error)
        print(json.dumps(answer))
        return answer
    answer = _answered(lambda: _run_for_hook(ends_at=ends_at - HOOK_MARGIN_SECONDS))
    print(json.dumps(answer))
    _conclude(hook, answer)
    return answer


def _conclude(hook: HookEvent, answer: Report) -> None:
    # boto3 only when CodeDeploy asks: a gate's answer and the command line need none.
    from .adapters import LifecycleHooks, ReportParameter  # noqa: PLC0415

    name = os.environ.get(REPORT_PARAMETER, "")
    conclude(hook, answer, reports=ReportParameter(name), codedeploy=LifecycleHooks())


def _run_for_gate(event: Any, *, ends_at: float) -> Report:
    gate, listener = parse_gate_event(event)
    return _run(parse_environment(os.environ), gate=gate, listener=listener, ends_at=ends_at)


def _run_for_hook(*, ends_at: float) -> Report:
    # boto3 only when CodeDeploy asks: a gate's answer and the command line need none.
    from .adapters import TestTargets  # noqa: PLC0415

    settings = parse_environment(os.environ, needs=(REPORT_PARAMETER, TEST_LISTENER))
    print(await_targets(TestTargets(os.environ[TEST_LISTENER]), ends_at=ends_at))
    return _run(settings, gate=Gate.RELEASE, listener="test", ends_at=ends_at)


def _run(settings: Settings, *, gate: Gate, listener: str, ends_at: float) -> Report:
    return run_gate(
        service=settings.service,
        environment=settings.environment,
        checks=settings.checks,
        gate=gate,
        base_url=settings.urls[listener],
        ends_at=ends_at,
    )


def _answered(run: Callable[[], Report]) -> Report:
    """Return what `run` returns, or a report that says why it did not."""
    try:
        return run()
    except Exception as error:
        if not isinstance(error, InvalidInput):
            traceback.print_exc()
        return _refusal(error)


def _refusal(error: Exception) -> Report:
    known = isinstance(error, InvalidInput)
    return refusal(
        service=os.environ.get("SERVICE", "unknown service"),
        environment=os.environ.get("ENVIRONMENT", "unknown environment"),
        error=str(error) if known else f"unexpected {type(error).__name__}: {error}",
    )


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


def parse_environment(variables: Mapping[str, str], *, needs: Sequence[str] = ()) -> Settings:
    """Return what the environment variables say, or raise `InvalidInput` naming the wrong one.

    `needs` are variables that must be set besides those of every event.
    """
    for name in ("SERVICE", "ENVIRONMENT", "CHECKS", *LISTENERS.values(), *needs):
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
