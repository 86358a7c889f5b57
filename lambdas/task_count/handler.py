"""The Lambda's entry: takes CloudFormation's event, applies the count, always answers.

Properties: `Cluster` and `Service` (names), `DesiredTasks` ("3"), `ScalingEnabled` ("true" or
"false"). Attributes: `DesiredCount` (what it is afterwards) and `Action` (one sentence).

In a stack that also starts the release, this resource comes before it: a release leaves two task
sets behind for as long as blue stays as a hot standby, and meanwhile the count is not touched.

Lambda is invoked asynchronously by CloudFormation. An error raised here makes it run the same
event up to two more times
(https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html), and that is
wanted only when the answer could not be delivered: everything else is an answer.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping
from typing import Any, Literal, Protocol

from ..common.cloudformation import Outcome, answer
from ..common.ports import Clock
from .adapters import EcsServices
from .ports import EcsError, Services
from .task_count import (
    InvalidRequest,
    Nothing,
    Refuse,
    RequestType,
    SetCount,
    Wait,
    Wanted,
    decide,
    gave_up,
    parse,
)

# For one round of ECS calls (2 calls of 3 tries, about 27 s each) and the answer's tries (27 s).
MARGIN_SECONDS = 90.0
MAX_WAIT_SECONDS = 600.0
POLL_SECONDS = 15.0


class Context(Protocol):
    """The one method used of Lambda's context object."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds left before Lambda ends the function."""


def handler(event: dict[str, Any], context: Context) -> None:
    """Handle one event of CloudFormation. Raises only when the answer could not be delivered.

    To wait for a deployment the function needs a timeout well above `MARGIN_SECONDS`; with
    Lambda's maximum of 900 s it waits up to `MAX_WAIT_SECONDS`.
    """
    remaining = context.get_remaining_time_in_millis() / 1000
    outcome = outcome_of(event, wait_seconds=min(MAX_WAIT_SECONDS, remaining - MARGIN_SECONDS))
    answer(event, outcome)


def outcome_of(
    event: Mapping[str, Any],
    *,
    wait_seconds: float,
    services: Services | None = None,
    clock: Clock = time,
) -> Outcome:
    """Do what `event` asks, waiting at most `wait_seconds` for a deployment. Never raises."""
    # The identity known so far: an Update answered with another would replace the resource.
    physical_id = str(event.get("PhysicalResourceId") or _provisional_id(event))
    try:
        request = _request_type(event)
        if request is RequestType.DELETE:
            return Outcome(
                status="SUCCESS",
                reason="the service's desired count is left as it is",
                physical_id=physical_id,
            )
        wanted = parse(event.get("ResourceProperties"))
        return _apply(
            request=request,
            wanted=wanted,
            previous=_previous(event) if request is RequestType.UPDATE else None,
            services=services or EcsServices(),
            wait_seconds=wait_seconds,
            clock=clock,
        )
    except (InvalidRequest, EcsError, _Failed) as error:
        return Outcome(status="FAILED", reason=str(error), physical_id=physical_id)
    except Exception as error:
        traceback.print_exc()
        reason = f"unexpected {type(error).__name__}: {error}; see this function's log"
        return Outcome(status="FAILED", reason=reason, physical_id=physical_id)


class _Failed(Exception):
    """The request was understood and cannot be fulfilled."""


def _apply(
    *,
    request: Literal[RequestType.CREATE, RequestType.UPDATE],
    wanted: Wanted,
    previous: Wanted | None,
    services: Services,
    wait_seconds: float,
    clock: Clock,
) -> Outcome:
    started = clock.monotonic()
    while True:
        state = services.describe(cluster=wanted.cluster, service=wanted.service)
        match decide(request=request, wanted=wanted, previous=previous, service=state):
            case Refuse(reason=reason):
                raise _Failed(reason)
            case Nothing(reason=reason, desired=desired):
                return _success(wanted, desired=desired, action=reason)
            case SetCount(was=was, tasks=tasks):
                services.set_desired_count(
                    cluster=wanted.cluster, service=wanted.service, tasks=tasks
                )
                action = f"the desired count was {was} and is now {tasks}"
                return _success(wanted, desired=tasks, action=action)
            case Wait(service=busy):
                waited = clock.monotonic() - started
                if waited + POLL_SECONDS > wait_seconds:
                    raise _Failed(gave_up(wanted=wanted, service=busy, waited_seconds=waited))
                clock.sleep(POLL_SECONDS)


def _success(wanted: Wanted, *, desired: int, action: str) -> Outcome:
    return Outcome(
        status="SUCCESS",
        reason=action,
        physical_id=wanted.physical_id,
        data={"DesiredCount": str(desired), "Action": action},
    )


def _previous(event: Mapping[str, Any]) -> Wanted | None:
    try:
        return parse(event.get("OldResourceProperties"))
    except InvalidRequest:
        # An update to bad properties failed, and CloudFormation goes back to good ones. Refusing
        # because of the bad ones would leave the stack in UPDATE_ROLLBACK_FAILED.
        return None


def _request_type(event: Mapping[str, Any]) -> RequestType:
    value = event.get("RequestType")
    try:
        return RequestType(str(value))
    except ValueError:
        allowed = ", ".join(RequestType)
        raise InvalidRequest(f"unknown RequestType {value!r}; allowed: {allowed}") from None


def _provisional_id(event: Mapping[str, Any]) -> str:
    """Name a resource whose Create fails: CloudFormation deletes it by this name."""
    try:
        return parse(event.get("ResourceProperties")).physical_id
    except InvalidRequest:
        return f"{event.get('LogicalResourceId', 'unknown')}/task-count"
