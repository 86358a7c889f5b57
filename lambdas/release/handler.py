"""The Lambda's entry: CloudFormation's event, or one step that the state machine asks for.

Environment: STATE_MACHINE_ARN. Properties: `Cluster`, `Service`, `Application`, `DeploymentGroup`,
`TaskDefinition` (ARN of a revision), `Image`, `ContainerName`, `ContainerPort`, `HookFunction`
(ARN of the AfterAllowTestTraffic hook; empty: none), `Capacity` (JSON list), `Subnets`,
`SecurityGroups`, `InstallMinutes` (for green's tasks to be healthy), `BakeMinutes`,
`TimeoutMinutes` (for everything up to the end of the bake time), `ChecksParameter` (where the hook
leaves its report), `AskedParameter` (where the stack writes the revision that it has released) and
`Repeat` (a higher number releases the same again).
Attributes: `DeploymentId` ("none" when nothing was to be done) and `Action` (one sentence).

Create and Update start an execution named after the request and leave the answer to it. A step gets
`request` (CloudFormation's event), `startedAt` (when the execution began) and, where the state
machine gives it, `enteredAt` (when the step was asked for, `$$.State.EnteredTime`; otherwise the
time of day counts). It returns `{"wait": true, "seconds": 15, "reason": ...}`, or `{"wait": false}`
after it has answered CloudFormation. An error raised by a step makes the state machine try it
again; after the last try it sends `error`, and CloudFormation is told that the release failed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ..common.cloudformation import Outcome, answer
from .codedeploy import CodeDeploy
from .ecs import Ecs
from .ports import Machine, Refused, World
from .reports import AwsReports
from .request import InvalidRequest, asked, moment
from .step import Pause, take_step
from .stepfunctions import StepFunctions


def handler(event: dict[str, Any], context: object) -> dict[str, Any] | None:
    """Handle one event of either kind. Raises what a later try may not meet again."""
    del context
    if "request" in event:
        return on_step(event)
    on_request(event)
    return None


def on_request(event: Mapping[str, Any], *, machine: Machine | None = None) -> None:
    """Take CloudFormation's event: answer a Delete and what is invalid, start anything else.

    CloudFormation invokes the function asynchronously: an error raised here makes Lambda run the
    same event twice more
    (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html). That is
    wanted when it is not known whether the execution was started, or an answer was not delivered.
    """
    if event.get("RequestType") == "Delete":
        answer(event, _deleted(event))
        return
    try:
        _begin(event, machine)
    except (InvalidRequest, Refused) as error:
        answer(event, _failed(event, str(error)))
    else:
        _log(event, status="STARTED", reason="the state machine takes it from here")


def on_step(
    event: Mapping[str, Any], *, world: World | None = None, now: datetime | None = None
) -> dict[str, Any]:
    """Do one step; `now` is the moment to decide for, by default the event's or the clock's.

    Raises `AwsError` and `DeliveryError`: the same step is then run again.
    """
    request = event["request"]
    if "error" in event:
        answer(request, _failed(request, _gave_up(event["error"])))
        return {"wait": False}
    try:
        result = take_step(
            asked(request, started_at=moment(event.get("startedAt"), "startedAt")),
            world=world or World(deployments=CodeDeploy(), services=Ecs(), reports=AwsReports()),
            now=now or _moment_of(event),
        )
    except (InvalidRequest, Refused) as error:
        result = _failed(request, str(error))
    if isinstance(result, Pause):
        _log(request, status="WAITING", reason=result.reason)
        return {"wait": True, "seconds": result.seconds, "reason": result.reason}
    answer(request, result)
    return {"wait": False}


def _begin(event: Mapping[str, Any], machine: Machine | None) -> None:
    if event.get("RequestType") not in ("Create", "Update"):
        raise InvalidRequest(
            f"unknown RequestType {event.get('RequestType')!r}; allowed: Create, Update, Delete"
        )
    checked = asked(event, started_at=datetime.now(UTC))
    machine = machine or StepFunctions(arn=os.environ["STATE_MACHINE_ARN"])
    machine.start(name=checked.request_id, input=json.dumps(event))


def _deleted(event: Mapping[str, Any]) -> Outcome:
    return Outcome(
        status="SUCCESS",
        reason="nothing is stopped: what serves users goes on",
        physical_id=_physical_id(event),
    )


def _failed(event: Mapping[str, Any], reason: str) -> Outcome:
    return Outcome(status="FAILED", reason=reason, physical_id=_physical_id(event))


def _physical_id(event: Mapping[str, Any]) -> str:
    """The identity so far, else the one it would get; never another, which would replace it."""
    known = event.get("PhysicalResourceId")
    if known:
        return str(known)
    properties = event.get("ResourceProperties")
    names = properties if isinstance(properties, Mapping) else {}
    if names.get("Cluster") and names.get("Service"):
        return f"{names['Cluster']}/{names['Service']}/release"
    return f"{event.get('LogicalResourceId', 'unknown')}/release"


def _gave_up(error: Mapping[str, Any]) -> str:
    """Say why the state machine stopped trying; a function's error is told in JSON."""
    cause = str(error.get("Cause", ""))
    try:
        told = json.loads(cause)
    except ValueError:
        told = None
    if isinstance(told, dict):
        cause = str(told.get("errorMessage", cause))
    return (
        f"The release could not be followed to its end: {error.get('Error', 'unknown error')}: "
        f"{cause[:1000]}\nA deployment it started may still be active: see "
        "python -m ops status, or the deployment group in the CodeDeploy console. CloudFormation "
        "now goes back, which takes such a deployment back too; then deploy this stack again."
    )


def _moment_of(event: Mapping[str, Any]) -> datetime:
    if "enteredAt" in event:
        return moment(event["enteredAt"], "enteredAt")
    return datetime.now(UTC)


def _log(event: Mapping[str, Any], *, status: str, reason: str) -> None:
    print(
        json.dumps(
            {
                "request": event.get("RequestType"),
                "requestId": event.get("RequestId"),
                "resource": _physical_id(event),
                "status": status,
                "reason": reason,
            }
        )
    )
