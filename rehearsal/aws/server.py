"""The API over HTTP on a loopback port, for AWS_ENDPOINT_URL of functions and tasks.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html. One request at a time,
under the lock of whoever runs the models: moto is not made for several threads. What goes wrong in
a model is told to the client as AWS's InternalFailure, with what it was.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from io import BytesIO
from threading import Thread
from typing import Any

from moto.iam.models import get_account_id_from
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from ..wire import CONTENT_TYPE, Api, answer
from .account import Account

_CREDENTIAL = re.compile(r"Credential=([^/]+)/[^/]+/([^/]+)/")
_TARGETS = {
    "CodeDeploy_20141006": "codedeploy",
    "AWSStepFunctions": "stepfunctions",
    "secretsmanager": "secretsmanager",
}
"""The first part of X-Amz-Target -> boto3's name of the service."""

_LINES = {200: "200 OK", 400: "400 Bad Request", 500: "500 Internal Server Error"}

StartResponse = Callable[[str, list[tuple[str, str]]], object]


@contextmanager
def serve(accounts: Iterable[Account], *, lock: AbstractContextManager[object]) -> Iterator[str]:
    """Serve moto and the accounts' models, and yield the URL."""
    application = _Application({(one.id, one.region): one for one in accounts}, lock)
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Quiet)
    thread = Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="aws", daemon=True
    )
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Application:
    def __init__(
        self, accounts: Mapping[tuple[str, str], Account], lock: AbstractContextManager[object]
    ) -> None:
        self._accounts = accounts
        self._lock = lock
        self._moto: Any = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """WSGI."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        with self._lock:
            api = self._model(environ, target)
            if api is None:
                return self._from_moto(environ, body, start_response)
            status, reply = _answer(api, target, body)
        start_response(
            _LINES[status], [("Content-Type", CONTENT_TYPE), ("Content-Length", str(len(reply)))]
        )
        return [reply]

    def _from_moto(
        self, environ: dict[str, Any], body: bytes, start_response: StartResponse
    ) -> Iterable[bytes]:
        environ["wsgi.input"] = BytesIO(body)
        found = self._moto(environ, start_response)
        try:
            return list(found)
        finally:
            close = getattr(found, "close", None)
            if close:
                close()

    def _model(self, environ: Mapping[str, Any], target: str) -> Api | None:
        service = _TARGETS.get(target.partition(".")[0])
        signed = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
        if service is None or signed is None:
            return None
        account = self._accounts.get((get_account_id_from(signed[1]), signed[2]))
        return account.models.get(service) if account else None


def _answer(api: Api, target: str, body: bytes) -> tuple[int, bytes]:
    try:
        return answer(api, target, body)
    except Exception as error:
        failure = {"__type": "InternalFailure", "message": repr(error)}
        return 500, json.dumps(failure).encode()


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing: the rehearsal shows what happens."""
