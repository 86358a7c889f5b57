"""The event with which Secrets Manager invokes a rotation function.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .errors import InvalidEvent

_KEYS = ("Step", "SecretId", "ClientRequestToken")


class Step(StrEnum):
    """The steps in the order in which they come; their values are those on the wire."""

    CREATE = "createSecret"
    SET = "setSecret"
    TEST = "testSecret"
    FINISH = "finishSecret"


@dataclass(frozen=True, kw_only=True)
class RotationEvent:
    """Take ``step`` for the version ``token`` of the secret ``secret_arn``."""

    step: Step
    secret_arn: str
    token: str


def parse_event(event: Any, *, secret_arn: str) -> RotationEvent:
    """The event, which must be about the one secret that this function rotates.

    Raises `InvalidEvent`.
    """
    if not isinstance(event, Mapping):
        raise InvalidEvent(f"the event is no object but {type(event).__name__}")
    wrong = [key for key in _KEYS if not isinstance(event.get(key), str) or not event[key]]
    if wrong:
        raise InvalidEvent(f"the event has no text as {', '.join(wrong)}")
    try:
        step = Step(event["Step"])
    except ValueError:
        raise InvalidEvent(
            f"the event's Step is {event['Step']!r}; the steps are {', '.join(Step)}"
        ) from None
    if event["SecretId"] != secret_arn:
        raise InvalidEvent(
            f"the event is about {event['SecretId']}; this function rotates {secret_arn} only"
        )
    return RotationEvent(step=step, secret_arn=secret_arn, token=event["ClientRequestToken"])
