"""What CodeDeploy's event says: a deployment has changed its state.

https://docs.aws.amazon.com/codedeploy/latest/userguide/monitoring-cloudwatch-events.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

DETAIL_TYPE = "CodeDeploy Deployment State-change Notification"


class InvalidEvent(ValueError):
    """The event cannot be used; the message says what is wrong with it and what is expected."""


class State(StrEnum):
    """The state that a deployment has entered."""

    START = "START"
    READY = "READY"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    STOP = "STOP"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change of one deployment. `service` is the application's name, which is the service's."""

    state: State
    service: str
    group: str
    deployment_id: str
    account: str
    region: str
    at: datetime


def parse(event: Any) -> Change:
    """Return what `event` says, or raise `InvalidEvent`."""
    if not isinstance(event, Mapping) or event.get("detail-type") != DETAIL_TYPE:
        raise InvalidEvent(f'expected an EventBridge event "{DETAIL_TYPE}", got {_shown(event)}')
    detail = event.get("detail")
    if not isinstance(detail, Mapping):
        raise InvalidEvent(f"the event's detail must be an object, got {_shown(detail)}")
    return Change(
        state=_state(detail.get("state")),
        service=_text(detail, "application"),
        group=_text(detail, "deploymentGroup"),
        deployment_id=_text(detail, "deploymentId"),
        account=_text(event, "account"),
        region=_text(event, "region"),
        at=_time(event.get("time")),
    )


def _state(value: object) -> State:
    try:
        return State(str(value))
    except ValueError:
        allowed = ", ".join(State)
        raise InvalidEvent(f"unknown state {value!r}; allowed: {allowed}") from None


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidEvent(f"the event's {name} must be a text that is not empty, got {value!r}")
    return value


def _time(value: object) -> datetime:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        raise InvalidEvent(f"the event's time must be ISO 8601, got {value!r}") from None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 120 else text[:120] + "…"
