"""The Lambda's entry: takes a deployment's event or the watchdog's, and settles the scaling.

Environment: `CLUSTER` (the ECS cluster), `PLATFORM` (the prefix of the parameters' names) and
`SERVICES` (names, separated by commas; as the CodeDeploy applications and groups).

Events: EventBridge's "CodeDeploy Deployment State-change Notification"
(https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-codedeploy.html), delivered on best
effort, and the watchdog's own, `{"watchdog": true}`, every few minutes, which is why it does not
matter if one is lost, comes twice, or late; both with the `time` at which they were sent. START
suspends, before the deployment need be listed; every other state asks what is active.

An error raised here makes Lambda run the same event up to two more times
(https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html), which is right:
each run does what is left to do.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .adapters import CodeDeployDeployments, ParameterMarkers, ScalableTargets
from .ports import GuardError, World
from .protocol import Report, settle, suspend

DETAIL_TYPE = "CodeDeploy Deployment State-change Notification"


class InvalidInput(ValueError):
    """The event or the environment cannot be used; the message says what is wrong in it."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """A deployment's change of state."""

    application: str
    deployment_group: str
    deployment_id: str
    state: str


def handler(event: dict[str, Any], _context: object) -> None:
    """Handle one event. Raises `InvalidInput`, or `GuardError` when something is left to do."""
    services = _services(_environment("SERVICES"))
    change = None if event.get("watchdog") is True else _change(event)
    sent = _sent(event)
    world = World(
        targets=ScalableTargets(cluster=_environment("CLUSTER")),
        markers=ParameterMarkers(platform=_environment("PLATFORM")),
        deployments=CodeDeployDeployments(),
        now=lambda: max(datetime.now(UTC), sent),
    )
    if change is None:
        _each(services, lambda service: settle(world, service))
    elif change.application not in services or change.deployment_group != change.application:
        _log(change.application, state=change.state, action="nothing: not one of our services")
    elif change.state == "START":
        _each(
            (change.application,),
            lambda service: suspend(world, service, deployment_id=change.deployment_id),
        )
    else:
        _each((change.application,), lambda service: settle(world, service))


def _each(services: tuple[str, ...], guard: Callable[[str], Report]) -> None:
    """Guard each service, also after another's failed; then raise what failed."""
    failures: list[str] = []
    for service in services:
        try:
            report = guard(service)
        except GuardError as error:
            _log(service, error=str(error))
            failures.append(str(error))
        else:
            _log(service, action=report.action, notes=report.notes)
    if failures:
        raise GuardError(" ".join(failures))


def _change(event: Mapping[str, Any]) -> Change:
    detail = event.get("detail")
    if event.get("detail-type") != DETAIL_TYPE or not isinstance(detail, Mapping):
        raise InvalidInput(
            f'the event must be EventBridge\'s "{DETAIL_TYPE}" or {{"watchdog": true}}, got '
            f"{json.dumps(event, default=str)[:500]}"
        )
    return Change(
        application=_text(detail, "application"),
        deployment_group=_text(detail, "deploymentGroup"),
        deployment_id=_text(detail, "deploymentId"),
        state=_text(detail, "state"),
    )


def _sent(event: Mapping[str, Any]) -> datetime:
    """When the event was sent; a clock that is behind it is not believed."""
    time = event.get("time")
    if time is None:
        return datetime.now(UTC)
    try:
        sent = datetime.fromisoformat(str(time))
    except ValueError:
        raise InvalidInput(f"the event's time must be an ISO-8601 time, got {time!r}") from None
    return sent if sent.tzinfo else sent.replace(tzinfo=UTC)


def _text(detail: Mapping[str, Any], name: str) -> str:
    value = detail.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidInput(f"the event's detail.{name} must be a text, got {value!r}")
    return value


def _services(text: str) -> tuple[str, ...]:
    services = tuple(text.split(","))
    if any(not name or name != name.strip() for name in services):
        raise InvalidInput(
            f"the environment variable SERVICES must be names separated by commas, got {text!r}"
        )
    return services


def _environment(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise InvalidInput(f"the environment variable {name} must be set and not be empty")
    return value


def _log(service: str, **what: object) -> None:
    print(json.dumps({"service": service, **what}))
