"""A real provider of API keys: HTTPS, state, authentication, and faults when they are asked for."""

from __future__ import annotations

import json
import re
import socket
import ssl
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from tests.lambdas.api_key_rotation.keys import Full, Keys
from tests.support.certificates import Certificate

PREFIX = "/v1"
_KEY = re.compile(r"/keys/([^/]+)(?:/(activate|expire))?")


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What happens instead of an answer.

    ``carried_out``: the request is done first. ``raw``: these bytes. ``hang``: no answer before
    the provider ends. Neither: the connection is reset, or there is an answer with this status.
    """

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    raw: bytes = b""
    hang: bool = False
    carried_out: bool = False


RESET = Fault()
RESET_AFTER = Fault(carried_out=True)
HANG = Fault(hang=True)


@dataclass(eq=False)
class Provider:
    """The server as tests see it. ``faults``: ("POST /keys", fault), each for one request."""

    keys: Keys
    url: str = ""
    requests: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    faults: list[tuple[str, Fault]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def fail(self, request: str, *faults: Fault) -> None:
        """Let the next requests of this kind, such as "POST /keys", end like that."""
        self.faults += [(request, one) for one in faults]

    def fault_of(self, request: str) -> Fault | None:
        """Take out the fault that this request meets."""
        for index, (wanted, fault) in enumerate(self.faults):
            if wanted == request:
                del self.faults[index]
                return fault
        return None


@contextmanager
def serving(
    keys: Keys, certificate: Certificate | None, host: str = "localhost"
) -> Iterator[Provider]:
    """The provider, over TLS with the certificate, else in the clear. ``host``: of its URL."""
    provider = Provider(keys)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        timeout = 10

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                self.close_connection = True

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def do_DELETE(self) -> None:
            self._answer()

        def _answer(self) -> None:
            path = self.path.removeprefix(PREFIX)
            kind = f"{self.command} {re.sub('/keys/[^/]+', '/keys/ID', path)}"
            length = int(self.headers.get("Content-Length", 0))
            content = self.rfile.read(length)
            if len(content) < length:
                self.close_connection = True
                return
            provider.requests.append(kind)
            if token := self.headers.get("Idempotency-Key"):
                provider.tokens.append(token)
            fault = provider.fault_of(kind)
            if fault is None:
                self._send(*self._carry_out(path, json.loads(content or b"{}")))
                return
            if fault.carried_out:
                self._carry_out(path, json.loads(content or b"{}"))
            self._break(fault)

        def _carry_out(self, path: str, given: Any) -> tuple[int, Any]:
            bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
            if (self.command, path) == ("GET", "/whoami"):
                return (200, {}) if keys.accepts(bearer) else (401, {})
            if bearer != keys.credential:
                return 401, {}
            if (self.command, path) == ("POST", "/keys"):
                return self._make(given)
            if (self.command, path) == ("GET", "/keys"):
                return 200, {"keys": [_listed(one) for one in keys.listed()]}
            match = _KEY.fullmatch(path)
            if match is None:
                return 404, {}
            return self._change(unquote(match[1]), match[2] or "", given)

        def _make(self, given: Any) -> tuple[int, Any]:
            try:
                made = keys.make(given["label"], once=self.headers["Idempotency-Key"])
            except Full:
                return 409, {}
            return 201, {"id": made.id, "key": made.key}

        def _change(self, key_id: str, what: str, given: Any) -> tuple[int, Any]:
            if what == "expire" and not keys.can_expire:
                return 405, {}
            found = keys.find(key_id)
            if found is None:
                return 404, {}
            if self.command == "DELETE":
                found.revoked = True
            elif what == "activate":
                found.active = True
            else:
                found.expires = datetime.fromisoformat(given["at"])
            return 204, None

        def _break(self, fault: Fault) -> None:
            self.close_connection = True
            if fault.hang:
                provider.over.wait(10)
            elif fault.raw:
                self.wfile.write(fault.raw)
            elif fault.status:
                self._send(fault.status, fault.body, fault.headers)
            else:
                # With no time to linger the kernel sends RST, not FIN.
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.connection.close()

        def _send(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            if status == 204:
                content = b""
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: object) -> None:
            """Nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def finish_request(self, request: Any, client_address: Any) -> None:
            """In the connection's own thread: a handshake that hangs holds nobody else up."""
            if certificate is not None:
                try:
                    request = context.wrap_socket(request, server_side=True)
                except OSError:
                    return
            with request:
                super().finish_request(request, client_address)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if certificate is not None:
        context.load_cert_chain(certificate.chain, certificate.key)
    server = Server(("127.0.0.1", 0), Handler)
    provider.url = f"https://{host}:{server.server_port}{PREFIX}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        provider.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _listed(one: Any) -> dict[str, Any]:
    return {
        "id": one.id,
        "label": one.label or None,
        "created": one.created.isoformat(),
        "expires": one.expires.isoformat() if one.expires else None,
        "active": one.active,
    }
