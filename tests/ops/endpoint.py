"""A loopback endpoint that answers boto3 as Lambda or STS would.

moto's Lambda runs functions in Docker, which tests do not have, and its STS refuses nobody; so
these two are played here, over HTTP, and boto3 itself is the real one.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote


@dataclass(frozen=True, kw_only=True)
class Reply:
    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """A request: the function it is for (Lambda), who signed it and for which Region."""

    function: str
    access_key: str
    region: str
    body: bytes


Answering = Callable[[Invocation], Reply]


def report(document: object) -> Reply:
    return Reply(body=json.dumps(document).encode())


def function_error(document: object) -> Reply:
    return Reply(body=json.dumps(document).encode(), headers={"X-Amz-Function-Error": "Unhandled"})


def json_error(status: int, code: str, message: str) -> Reply:
    return Reply(
        body=json.dumps({"message": message, "Type": "User"}).encode(),
        status=status,
        headers={"x-amzn-ErrorType": code, "Content-Type": "application/json"},
    )


def xml_error(status: int, code: str, message: str) -> Reply:
    body = (
        '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender'
        f"</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    )
    return Reply(body=body.encode(), status=status, headers={"Content-Type": "text/xml"})


class Endpoint(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, answering: Answering) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.answering = answering
        self.lock = threading.Lock()
        self.invocations: list[Invocation] = []
        self.under_way = 0
        self.most_under_way = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Request(BaseHTTPRequestHandler):
    server: Endpoint

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the test's output free of an access log."""

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, body: bytes) -> None:
        signed = self.headers["Authorization"].split("Credential=")[1].split("/")
        parts = unquote(self.path).split("/")
        made = Invocation(
            function=parts[3] if len(parts) > 3 else "",
            access_key=signed[0],
            region=signed[2],
            body=body,
        )
        with self.server.lock:
            self.server.invocations.append(made)
            self.server.under_way += 1
            self.server.most_under_way = max(self.server.most_under_way, self.server.under_way)
        time.sleep(0.02)
        reply = self.server.answering(made)
        with self.server.lock:
            self.server.under_way -= 1
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)


@contextmanager
def answering(answer: Answering) -> Iterator[Endpoint]:
    server = Endpoint(answer)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
