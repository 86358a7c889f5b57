"""What CloudFormation asks of the function behind a custom resource, and what it makes of answers.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html. A function is invoked
asynchronously: what becomes of the invocation is seen only in the answer, or in its absence.
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable, Generator, Mapping
from datetime import timedelta
from typing import Any

from .answers import Answers
from .clock import Clock
from .errors import InvocationRefusedError
from .intrinsics import text
from .resources.base import Made, Request, ResourceError
from .stack_run import Wait

Invoke = Callable[[str, Mapping[str, Any]], None]

# ServiceTimeout's default, and the limits of an answer: the pages crpg-ref-requests.html and
# crpg-ref-responses.html.
TIMEOUT_SECONDS = 3600
MAX_ANSWER_BYTES = 4096
MAX_PHYSICAL_ID_BYTES = 1024


class CustomResources:
    """Asks functions. `invoke` is given a function's ARN and the event, and returns at once or not;
    it may raise `InvocationRefusedError`.
    """

    def __init__(self, *, clock: Clock, answers: Answers, invoke: Invoke) -> None:
        self._clock = clock
        self._answers = answers
        self._invoke = invoke
        self._random = random.Random(0)

    def create(self, request: Request) -> Generator[Wait, None, Made]:
        """Ask for a creation."""
        return self._ask("Create", request, {})

    def update(self, request: Request) -> Generator[Wait, None, Made]:
        """Ask for an update from `request.old` to `request.properties`; a rollback's, too.

        Raises `ResourceError` when another function is named: CloudFormation does not allow it.
        """
        if request.properties.get("ServiceToken") != request.old.get("ServiceToken"):
            raise ResourceError("Modifying service token is not allowed.")
        return self._ask(
            "Update",
            request,
            {
                "PhysicalResourceId": request.physical_id,
                "OldResourceProperties": stringified(request.old),
            },
        )

    def delete(self, request: Request) -> Generator[Wait, None, Made]:
        """Ask for a deletion."""
        return self._ask("Delete", request, {"PhysicalResourceId": request.physical_id})

    def _ask(
        self, kind: str, request: Request, more: Mapping[str, Any]
    ) -> Generator[Wait, None, Made]:
        token = request.properties.get("ServiceToken")
        if not token:
            raise ResourceError("Value of property ServiceToken must be given")
        request_id = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        # A creation that is never answered is deleted by this name.
        physical_id = request.physical_id or request.name(255)
        event = {
            "RequestType": kind,
            "ServiceToken": token,
            "ResponseURL": self._answers.expect(request_id),
            "StackId": request.stack_id,
            "RequestId": request_id,
            "LogicalResourceId": request.logical_id,
            "ResourceType": request.type,
            "ResourceProperties": stringified(request.properties),
            **more,
        }
        until = self._clock.now() + timedelta(seconds=_timeout(request))
        try:
            self._invoke(token, event)
        except InvocationRefusedError as error:
            raise ResourceError(str(error), physical_id=physical_id) from error
        answers = self._answers
        yield Wait(ready=lambda: answers.answer(request_id) is not None, until=until)
        body = answers.answer(request_id)
        if body is None:
            raise ResourceError(
                "CloudFormation did not receive a response from your Custom Resource. Please check "
                f"your logs for requestId [{request_id}]. If you are using the Python cfn-response "
                "module, you may need to update your Lambda function code so that CloudFormation "
                "can attach the updated version.",
                physical_id=physical_id,
            )
        return _read(body, event, physical_id)


def stringified(value: Any) -> Any:
    """Properties as they are sent: every scalar is a text.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html calls it
    verbatim; that numbers and booleans arrive as texts:
    https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1037
    """
    if isinstance(value, Mapping):
        return {key: stringified(item) for key, item in value.items()}
    if isinstance(value, list):
        return [stringified(item) for item in value]
    return text(value)


def _timeout(request: Request) -> int:
    given = request.properties.get("ServiceTimeout", TIMEOUT_SECONDS)
    if not str(given).isdecimal() or not 1 <= int(given) <= TIMEOUT_SECONDS:
        raise ResourceError(
            f"ServiceTimeout of {request.logical_id} is {given!r}; allowed: an integer from 1 to "
            f"{TIMEOUT_SECONDS} (seconds)"
        )
    return int(given)


def _read(body: bytes, event: Mapping[str, Any], provisional_id: str) -> Made:
    """The answer, or `ResourceError` for a FAILED one and for one that breaks the rules.

    The words of FAILED, of a long answer and of a missing id are CloudFormation's; those of other
    broken answers are not documented.
    """
    if len(body) > MAX_ANSWER_BYTES:
        raise ResourceError("Response object is too long.", physical_id=provisional_id)
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise ResourceError("Invalid response: it is no JSON object", physical_id=provisional_id)
    physical_id = answer.get("PhysicalResourceId")
    for name in ("StackId", "RequestId", "LogicalResourceId"):
        if answer.get(name) != event[name]:
            raise ResourceError(
                f"Invalid response: {name} is {answer.get(name)!r} and should be {event[name]!r}",
                physical_id=provisional_id,
            )
    if not isinstance(physical_id, str) or not 0 < len(physical_id) <= MAX_PHYSICAL_ID_BYTES:
        raise ResourceError("Invalid PhysicalResourceId", physical_id=provisional_id)
    if answer.get("Status") == "FAILED":
        raise ResourceError(
            "Received response status [FAILED] from custom resource. Message returned: "
            f"{answer.get('Reason')} (RequestId: {event['RequestId']})",
            physical_id=physical_id,
        )
    if answer.get("Status") != "SUCCESS":
        raise ResourceError(
            f"Invalid response: Status is {answer.get('Status')!r}; allowed: SUCCESS, FAILED",
            physical_id=provisional_id,
        )
    return Made(
        physical_id=physical_id,
        attributes=answer.get("Data") or {},
        request_id=event["RequestId"],
    )
