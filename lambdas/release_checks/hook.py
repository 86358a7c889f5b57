"""CodeDeploy's AfterAllowTestTraffic hook: what it asks, and the answer it gets in every case.

CodeDeploy invokes the function and waits for PutLifecycleEventHookExecutionStatus, for an hour
when none comes
(https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html).
That call carries a status and no message, so the reasons are left in an SSM parameter first, for
the programs that tell people what happened.

No boto3 here: see `adapters`.
"""

from __future__ import annotations

import json
import sys
import traceback
from dataclasses import dataclass
from typing import Any, Protocol

from .checks import InvalidInput
from .report import Report

MARGIN_SECONDS = 60.0
"""Kept free of the function's time-out for the answer: 5 s for the parameter, 39 s for CodeDeploy
(`adapters`), the rest for importing and connecting. A function whose checks may take all of n
minutes has a time-out of n + 1 minutes."""

MAX_PARAMETER_BYTES = 4096
"""Of a standard parameter: https://docs.aws.amazon.com/general/latest/gr/ssm.html"""

# A character takes at most 12 bytes (an escaped surrogate pair) of the JSON.
_LONGEST_CHARACTERS = 300
_EXECUTION = "LifecycleEventHookExecutionId"
_DEPLOYMENT = "DeploymentId"


@dataclass(frozen=True, kw_only=True)
class HookEvent:
    """Which deployment asks, and by which name it wants to be answered."""

    deployment_id: str
    execution_id: str


class NotAnswered(Exception):
    """CodeDeploy did not take the answer; the message says which, for what, and why."""


class CodeDeploy(Protocol):
    """The deployments of one account and Region."""

    def answer(self, event: HookEvent, *, passed: bool) -> None:
        """Tell whether the checks passed, or raise `NotAnswered`.

        An event that has been answered already is left as it is: Lambda delivers an asynchronous
        event more than once at times
        (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html).
        """


class Reports(Protocol):
    """Where the last report of a service is kept."""

    def keep(self, document: str) -> None:
        """Replace the report. May raise anything."""


def is_hook_event(event: Any) -> bool:
    """Tell whether CodeDeploy sent `event`, well formed or not."""
    return isinstance(event, dict) and _EXECUTION in event


def parse_hook_event(event: Any) -> HookEvent:
    """Return what a hook's event says, or raise `InvalidInput`: nobody could be answered."""
    for key in (_DEPLOYMENT, _EXECUTION):
        value = event.get(key)
        if not isinstance(value, str) or not value:
            raise InvalidInput(
                f"the event's {key!r} must be a text that is not empty, got {value!r}; CodeDeploy "
                f'sends {{"{_DEPLOYMENT}": "d-...", "{_EXECUTION}": "..."}}'
            )
    return HookEvent(deployment_id=event[_DEPLOYMENT], execution_id=event[_EXECUTION])


def conclude(event: HookEvent, report: Report, *, reports: Reports, codedeploy: CodeDeploy) -> None:
    """Keep `report`, then answer CodeDeploy. Raises `NotAnswered`, and nothing else.

    The report comes first, because the deployment fails as soon as it is answered so and people
    are told why. Failing to keep it is logged; the answer does not depend on it.
    """
    try:
        reports.keep(parameter_document(event, report))
    except Exception as error:
        traceback.print_exc()
        print(
            f"the report of {event.deployment_id} could not be kept: {error}; "
            "CodeDeploy is answered all the same",
            file=sys.stderr,
        )
    codedeploy.answer(event, passed=report["passed"])
    print(json.dumps({"deploymentId": event.deployment_id, "answered": report["passed"]}))


def parameter_document(event: HookEvent, report: Report) -> str:
    """Return the parameter's JSON: `deploymentId`, `passed`, `summary`, `failures`.

    The failures that do not fit `MAX_PARAMETER_BYTES` are counted in a last one.
    """
    failures = [
        f"{check['name']}: {failure}" for check in report["checks"] for failure in check["failures"]
    ]
    if "error" in report:
        failures.append(report["error"])
    kept = [_cut(failure) for failure in failures]
    while True:
        left_out = len(failures) - len(kept)
        more = [f"… and {left_out} more, in the function's log"] if left_out else []
        document = _parameter_json(
            {
                "deploymentId": event.deployment_id,
                "passed": report["passed"],
                "summary": _cut(report["summary"]),
                "failures": [*kept, *more],
            }
        )
        if len(document) <= MAX_PARAMETER_BYTES or not kept:
            return document
        kept.pop()


def _parameter_json(document: dict[str, Any]) -> str:
    # Two opening braces would name another parameter, which a value must not
    # (https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html). In
    # JSON they stand only inside a text, where one of them may be escaped.
    return json.dumps(document).replace("{{", "{\\u007b")


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_CHARACTERS else text[:_LONGEST_CHARACTERS] + "…"
