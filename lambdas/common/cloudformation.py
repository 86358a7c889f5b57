"""CloudFormation's side: what it asks, and the answer it must get in every case.

CloudFormation waits for an answer at a presigned S3 URL, for an hour when none comes
(https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html). The URL
lets whoever has it answer in our place: it is never logged.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from .ports import Clock

# "The total size of the response body can't exceed 4096 bytes."
MAX_ANSWER_BYTES = 4096
ATTEMPTS = 4
ATTEMPT_TIMEOUT_SECONDS = 5.0
_ECHOED = ("StackId", "RequestId", "LogicalResourceId")


class DeliveryError(Exception):
    """The answer could not be delivered."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the resource came to. `reason` is shown to people in the stack's events."""

    status: Literal["SUCCESS", "FAILED"]
    reason: str
    physical_id: str
    data: Mapping[str, str] = field(default_factory=dict)


def answer_body(event: Mapping[str, Any], outcome: Outcome) -> bytes:
    """Return the answer's JSON, its reason cut so that the whole fits `MAX_ANSWER_BYTES`."""
    reason = outcome.reason
    while True:
        body = json.dumps(
            {
                "Status": outcome.status,
                "Reason": reason,
                "PhysicalResourceId": outcome.physical_id,
                **{name: event.get(name, "") for name in _ECHOED},
                "Data": dict(outcome.data),
            }
        ).encode()
        excess = len(body) - MAX_ANSWER_BYTES
        if excess <= 0 or not reason:
            return body
        # A character takes at most 12 bytes (an escaped surrogate pair) of the JSON.
        reason = reason.removesuffix("…")[: -max(1, excess // 12 + 1)] + "…"
        if reason == "…":
            reason = ""


def answer(event: Mapping[str, Any], outcome: Outcome) -> None:
    """Log what a request came to, as one line of JSON, and `deliver` it."""
    print(
        json.dumps(
            {
                "request": event.get("RequestType"),
                "requestId": event.get("RequestId"),
                "resource": outcome.physical_id,
                "status": outcome.status,
                "reason": outcome.reason,
                **outcome.data,
            }
        )
    )
    deliver(event, outcome)


def deliver(event: Mapping[str, Any], outcome: Outcome, *, clock: Clock = time) -> None:
    """PUT the answer to the event's ResponseURL, or raise `DeliveryError`.

    A network fault and a 5xx answer are tried again, `ATTEMPTS` times in all, 1, 2 and 4 s apart:
    27 s at the very most. A 4xx answer is final: the URL has expired or is not ours.
    """
    url = event.get("ResponseURL")
    if not isinstance(url, str) or urlsplit(url).scheme not in ("https", "http"):
        raise DeliveryError("the event has no ResponseURL; this function answers CloudFormation")
    body = answer_body(event, outcome)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _put(url, body)
        except urllib.error.HTTPError as error:
            error.close()
            why = f"HTTP status {error.code}"
            final = error.code < 500
        except OSError as error:
            why = str(getattr(error, "reason", error)) or type(error).__name__
            final = False
        else:
            return
        if final or attempt == ATTEMPTS:
            raise DeliveryError(
                f"CloudFormation did not take the answer {outcome.status} for "
                f"{outcome.physical_id} (attempt {attempt}): {why}"
            )
        clock.sleep(2 ** (attempt - 1))


def _put(url: str, body: bytes) -> None:
    # The URL is signed for an empty content type; urllib would otherwise add one of its own.
    request = urllib.request.Request(url, data=body, method="PUT", headers={"Content-Type": ""})
    with urllib.request.urlopen(request, timeout=ATTEMPT_TIMEOUT_SECONDS) as response:
        response.read()
