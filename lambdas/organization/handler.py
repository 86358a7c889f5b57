"""The Lambda's entry: takes CloudFormation's event, makes it so, always answers.

By the event's ResourceType the properties are
- `Custom::PolicyType`: `PolicyType`, enabled in the root;
- `Custom::TrustedAccess`: `ServicePrincipal`, whose trusted access is switched on;
- `Custom::AccountPlacement`: `AccountId`, `Parent` (an OU's id) to which it is moved, and
  `MayComeFrom` (ids of OUs or of the root): out of any other place it is not moved, but back, when
  CloudFormation takes an update back (`ensure`);
- `Custom::DelegatedAdministrator`: `ServicePrincipal`, `AccountId`.

It runs in the management account, the only one that AWS lets do all of this.

Lambda is invoked asynchronously by CloudFormation. An error raised here makes it run the same
event up to two more times
(https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html), and that is
wanted only when the answer could not be delivered: everything else is an answer.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping
from typing import Any, Protocol

from ..common.cloudformation import Outcome, answer
from ..common.ports import Clock
from .adapters import AwsOrganization
from .ensure import Ensure, GaveUp
from .pauses import Pauses
from .ports import Refused
from .request import InvalidRequest, Wanted, parse

# For the call under way and one more (3 tries, about 27 s each) and the answer's tries (27 s).
MARGIN_SECONDS = 90.0
_REQUESTS = ("Create", "Update", "Delete")


class Context(Protocol):
    """What is used of Lambda's context object."""

    @property
    def invoked_function_arn(self) -> str:
        """The function's ARN, which says its account."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds left before Lambda ends the function."""


def handler(event: dict[str, Any], context: Context) -> None:
    """Handle one event of CloudFormation. Raises only when the answer could not be delivered."""
    outcome = outcome_of(
        event,
        own_account=context.invoked_function_arn.split(":")[4],
        try_seconds=context.get_remaining_time_in_millis() / 1000 - MARGIN_SECONDS,
    )
    answer(event, outcome)


def outcome_of(
    event: Mapping[str, Any], *, own_account: str, try_seconds: float, clock: Clock = time
) -> Outcome:
    """Do what ``event`` asks, trying again for ``try_seconds`` at most. Never raises."""
    # The identity known so far: an Update answered with another would replace the resource.
    physical_id = str(event.get("PhysicalResourceId") or _provisional_id(event))
    try:
        request = event.get("RequestType")
        if request not in _REQUESTS:
            raise InvalidRequest(f"RequestType is {request!r}; it is one of {', '.join(_REQUESTS)}")
        if request == "Delete":
            return Outcome(status="SUCCESS", reason=_left(event), physical_id=physical_id)
        wanted = parse(event.get("ResourceType"), event.get("ResourceProperties"))
        pauses = Pauses(seconds=try_seconds, clock=clock)
        ensure = Ensure(AwsOrganization(), own_account=own_account, pause=pauses.take)
        done = ensure.ensure(wanted, previous=_parsed(event, "OldResourceProperties"))
        return Outcome(status="SUCCESS", reason=done, physical_id=wanted.id)
    except (InvalidRequest, Refused, GaveUp) as error:
        return Outcome(status="FAILED", reason=str(error), physical_id=physical_id)
    except Exception as error:
        traceback.print_exc()
        reason = f"unexpected {type(error).__name__}: {error}; see this function's log"
        return Outcome(status="FAILED", reason=reason, physical_id=physical_id)


def _left(event: Mapping[str, Any]) -> str:
    # CloudFormation also deletes what it could not create, because of bad properties too.
    wanted = _parsed(event, "ResourceProperties")
    return wanted.left if wanted else "there is nothing to delete"


def _parsed(event: Mapping[str, Any], properties: str) -> Wanted | None:
    try:
        return parse(event.get("ResourceType"), event.get(properties))
    except InvalidRequest:
        return None


def _provisional_id(event: Mapping[str, Any]) -> str:
    """Name a resource whose Create fails: CloudFormation deletes it by this name."""
    wanted = _parsed(event, "ResourceProperties")
    return wanted.id if wanted else f"{event.get('LogicalResourceId', 'unknown')}/organization"
