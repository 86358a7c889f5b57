"""The Lambda's entry: takes CloudFormation's event, asks ECS, always answers.

Properties: `Cluster`, `Service`, `BlueTargetGroup` and `GreenTargetGroup` (ARNs), and `Listener`:
the listener's own properties, which are not read. They are there so that CloudFormation asks again
whenever it is about to change the listener. Attribute: `TargetGroupArn`.

Every request is answered by what ECS says at that moment, the Update with which CloudFormation
takes a change back too: the answer that it had before may be the empty group by then.

Lambda is invoked asynchronously by CloudFormation. An error raised here makes it run the same
event up to two more times
(https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html), and that is
wanted only when the answer could not be delivered: everything else is an answer.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from typing import Any

from ..common.cloudformation import Outcome, answer
from .adapters import EcsServices
from .live_target_group import InvalidRequest, NotKnown, find_live, parse
from .ports import EcsError, Services


def handler(event: dict[str, Any], context: object) -> None:
    """Handle one event of CloudFormation. Raises only when the answer could not be delivered."""
    del context
    answer(event, outcome_of(event))


def outcome_of(event: Mapping[str, Any], *, services: Services | None = None) -> Outcome:
    """Do what `event` asks. Never raises, and never guesses: what is not known is a failure."""
    # The identity known so far: an Update answered with another would replace the resource.
    physical_id = str(event.get("PhysicalResourceId") or _new_id(event))
    try:
        match event.get("RequestType"):
            case "Delete":
                return Outcome(
                    status="SUCCESS", reason="there is nothing to delete", physical_id=physical_id
                )
            case "Create" | "Update":
                asked = parse(event.get("ResourceProperties"))
                services = services or EcsServices()
                state = services.describe(cluster=asked.cluster, service=asked.service)
                live = find_live(asked, state)
                return Outcome(
                    status="SUCCESS",
                    reason=live.reason,
                    physical_id=physical_id,
                    data={"TargetGroupArn": live.target_group},
                )
            case other:
                raise InvalidRequest(
                    f"unknown RequestType {other!r}; allowed: Create, Update, Delete"
                )
    except (InvalidRequest, NotKnown, EcsError) as error:
        return Outcome(status="FAILED", reason=str(error), physical_id=physical_id)
    except Exception as error:
        traceback.print_exc()
        reason = f"unexpected {type(error).__name__}: {error}; see this function's log"
        return Outcome(status="FAILED", reason=reason, physical_id=physical_id)


def _new_id(event: Mapping[str, Any]) -> str:
    """Name the resource of one listener: the same name whatever the answer is."""
    properties = event.get("ResourceProperties")
    names = properties if isinstance(properties, Mapping) else {}
    listener = event.get("LogicalResourceId", "unknown")
    return f"{names.get('Cluster', 'unknown')}/{names.get('Service', 'unknown')}/{listener}"
