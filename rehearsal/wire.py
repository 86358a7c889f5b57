"""The API as boto3 speaks it: AWS JSON 1.1, in process.

https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html: the operation is named by the
header X-Amz-Target, timestamps are numbers of seconds since 1970, an error names its type in
`__type`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Protocol
from urllib.parse import urlsplit

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.handlers import BUILTIN_HANDLERS
from moto.core.config import default_user_config

from .errors import ApiError

_AWS = (".amazonaws.com", ".amazonaws.com.cn")
CONTENT_TYPE = "application/x-amz-json-1.1"


class Api(Protocol):
    """Something that answers operations."""

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Answer, or raise `ApiError`."""


def answer(api: Api, target: str, body: bytes) -> tuple[int, bytes]:
    """Status and body for a request with that X-Amz-Target, as `CodeDeploy_20141006.GetDeployment`.

    What a test does not expect, such as an error in the model, is raised.
    """
    operation = target.rpartition(".")[2]
    parameters = _with_times(json.loads(body or b"{}"))
    try:
        content = api.call(operation, parameters)
    except ApiError as error:
        return 400, json.dumps({"__type": error.code, "message": error.message}).encode()
    return 200, json.dumps(content, default=_seconds).encode()


@contextmanager
def in_process(service: str, api: Api) -> Iterator[None]:
    """Within, under moto, boto3 clients of `service` that are made from now on reach `api`.

    Clients that a handler under test makes by itself are among them; those with an endpoint of
    their own are not. moto is told to leave the
    service alone. Two models of one service do not nest.
    """
    event = f"before-send.{service}"
    handler = _handler(api)
    builtin: Any = (event, handler)
    BUILTIN_HANDLERS.append(builtin)
    session = boto3.DEFAULT_SESSION
    if session is not None:
        session.events.register(event, handler)
    try:
        with left_alone(service):
            yield
    finally:
        BUILTIN_HANDLERS.remove(builtin)
        if session is not None:
            session.events.unregister(event, handler)


def attach(client: Any, api: Api) -> None:
    """Let one client reach `api`, whatever others of its service reach; for good.

    moto must leave the service alone (`left_alone`).
    """
    service = client.meta.service_model.service_name
    client.meta.events.register(f"before-send.{service}", _handler(api))


@contextmanager
def left_alone(service: str) -> Iterator[None]:
    """Within, moto passes requests to the service on, so that a model can take them."""
    before = default_user_config["core"]
    passed = before.get("passthrough", {})
    services = [*passed.get("services", []), service]
    default_user_config["core"] = {**before, "passthrough": {**passed, "services": services}}
    try:
        yield
    finally:
        default_user_config["core"] = before


def _handler(api: Api) -> Callable[..., Any]:
    def handle(request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
        if not str(urlsplit(request.url).hostname).endswith(_AWS):
            return None
        target = request.headers["X-Amz-Target"]
        if isinstance(target, bytes):
            target = target.decode()
        body = request.body or b""
        content = body if isinstance(body, bytes) else str(body).encode()
        status, reply = answer(api, target, content)
        headers: Any = {"content-type": CONTENT_TYPE}
        return AWSResponse(request.url, status, headers, _Raw(reply))

    return handle


class _Raw(BytesIO):
    """The body as botocore reads it."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        """All of it in one piece."""
        yield self.read()


def _with_times(parameters: dict[str, Any]) -> dict[str, Any]:
    """The timestamps of the input, which are the bounds of createTimeRange."""
    bounds = parameters.get("createTimeRange")
    if isinstance(bounds, dict):
        parameters["createTimeRange"] = {
            name: datetime.fromtimestamp(value, UTC) for name, value in bounds.items()
        }
    return parameters


def _seconds(value: Any) -> float:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(f"the model answered {value!r}, which JSON cannot carry")
