"""The Lambda's entry: looks whether services are to be restarted for their secrets, and does it.

Environment: `CLUSTER`, and `SERVICES`, a JSON object: service -> list of the names or ARNs of the
secrets that ECS injects into its tasks.

Events only say that it is time to look; what is in them, but for their `time`, is not believed:

- Secrets Manager's "Secret Label Updated", when AWSCURRENT has moved
  (https://docs.aws.amazon.com/secretsmanager/latest/userguide/event-detail-secret-label-updated-secretsmanager.html);
- RotationSucceeded, by CloudTrail
  (https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieve-ct-entries.html);
- CodeDeploy's changes of the services' deployments: READY is when a restart waits for approval,
  the ends are when one that had to wait can begin;
- a schedule, every few minutes, for all that was lost, or came too early.

Looked at twice at once, a service is restarted once: CodeDeploy has one active deployment of a
group. A service that cannot be looked after does not keep the others waiting; it fails the
invocation at the end, as does one that needs a person.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ..rollback.ports import CallFailed
from .adapters import AwsWorld
from .injected import NoCurrentVersion
from .ports import World
from .restart import RestartDue, look_after


class InvalidInput(ValueError):
    """The event or the environment cannot be used; the message says what is wrong in it."""


class NotRestarted(Exception):
    """Some services could not be looked after, or need a person; the message says which and why."""


def handler(event: Mapping[str, Any], context: object) -> None:
    """Look after every service. Raises `InvalidInput` and `NotRestarted`."""
    del context
    services = _services(os.environ.get("SERVICES", ""))
    cluster = os.environ.get("CLUSTER")
    if not cluster:
        raise InvalidInput("the environment variable CLUSTER must name the ECS cluster")
    look_after_all(services, world=AwsWorld(cluster=cluster, sent=_sent(event)), event=event)


def look_after_all(
    services: Mapping[str, Sequence[str]], *, world: World, event: Mapping[str, Any]
) -> None:
    """Look after each service, also after another's failure; then raise `NotRestarted`."""
    failures = []
    for service, secrets in services.items():
        told: dict[str, str] = {"service": service, "because": _because(event)}
        try:
            told["action"] = look_after(service, secrets, world=world)
        except (CallFailed, NoCurrentVersion, RestartDue) as error:
            told |= {"error": type(error).__name__, "message": str(error)}
            failures.append(f"{service}: {error}")
        print(json.dumps(told))
    if failures:
        raise NotRestarted("; ".join(failures))


def _because(event: Mapping[str, Any]) -> str:
    detail = event.get("detail")
    more = detail if isinstance(detail, Mapping) else {}
    what = more.get("labelUpdated") or more.get("eventName") or more.get("state") or ""
    return f"{event.get('detail-type', 'asked')} {what}".strip()


def _sent(event: Mapping[str, Any]) -> datetime | None:
    time = event.get("time")
    if time is None:
        return None
    try:
        sent = datetime.fromisoformat(str(time))
    except ValueError:
        raise InvalidInput(f"the event's time must be an ISO-8601 time, got {time!r}") from None
    return sent if sent.tzinfo else sent.replace(tzinfo=UTC)


def _services(text: str) -> Mapping[str, Sequence[str]]:
    try:
        services = json.loads(text)
    except ValueError:
        services = None
    if not isinstance(services, dict) or not all(
        isinstance(secrets, list) and all(isinstance(one, str) and one for one in secrets)
        for secrets in services.values()
    ):
        raise InvalidInput(
            "the environment variable SERVICES must be a JSON object, service -> list of secrets' "
            f"ARNs, got {text!r}"
        )
    return services
