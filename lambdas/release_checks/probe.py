"""How a check's request is made: the port `Probe`, and its HTTP adapter."""

from __future__ import annotations

import functools
import io
import socket
import ssl
import time
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

from .checks import Answer, Check, InvalidInput, NoAnswer

MAX_BODY_BYTES = 1024 * 1024
USER_AGENT = "pase-release-checks/1"
_CHUNK_BYTES = 64 * 1024


class Probe(Protocol):
    """Makes one request of a check."""

    def request(self, check: Check, *, timeout_seconds: float) -> Answer | NoAnswer:
        """Make it, within `timeout_seconds` all in all. Does not raise for a failed request."""


class HttpProbe:
    """Asks a real server, over a new connection for every request.

    A new connection matters behind a load balancer: it chooses a target per request, by the
    listener's weights, and a name that resolves to several of its nodes is looked up again.
    Certificates are always verified against the system's authorities (SSL_CERT_FILE and
    SSL_CERT_DIR name others); there is no way to turn that off. Redirects are not followed.
    At most `MAX_BODY_BYTES` of a body are read.
    """

    def __init__(self, *, base_url: str) -> None:
        """Raise `InvalidInput` unless `base_url` is `http(s)://host[:port]` and nothing more."""
        self._secure, self._host, self._port = _parse_base_url(base_url)
        self._at = f"{self._host}:{self._port}"
        self._tls = ssl.create_default_context() if self._secure else None

    def request(self, check: Check, *, timeout_seconds: float) -> Answer | NoAnswer:
        """See `Probe.request`."""
        started = time.monotonic()
        ends_at = started + timeout_seconds
        connection = self._connection(timeout_seconds=timeout_seconds)
        try:
            return self._exchange(connection, check, started=started, ends_at=ends_at)
        except TimeoutError:
            return NoAnswer(reason=f"no complete answer within {timeout_seconds:g} s")
        except (OSError, HTTPException) as error:
            return NoAnswer(reason=self._reason(error))
        finally:
            connection.close()

    def _connection(self, *, timeout_seconds: float) -> HTTPConnection:
        if self._tls is None:
            return HTTPConnection(self._host, self._port, timeout=timeout_seconds)
        return HTTPSConnection(self._host, self._port, timeout=timeout_seconds, context=self._tls)

    def _exchange(
        self, connection: HTTPConnection, check: Check, *, started: float, ends_at: float
    ) -> Answer | NoAnswer:
        connection.connect()
        connection.sock.settimeout(_remaining(ends_at))
        connection.response_class = cast(
            "type[HTTPResponse]", functools.partial(_TimedResponse, ends_at=ends_at)
        )
        body = None if check.request_body is None else check.request_body.encode()
        headers = {"User-Agent": USER_AGENT, "Connection": "close", **check.headers}
        connection.request(check.method, check.path, body=body, headers=headers)
        response = connection.getresponse()
        content, truncated = _read(response)
        elapsed_ms = (time.monotonic() - started) * 1000
        if not truncated and response.length:
            return NoAnswer(
                reason=f"{self._at}: the connection was closed {response.length} bytes before the "
                "body's end"
            )
        return Answer(
            status=response.status,
            headers=_joined(response),
            body=content,
            truncated=truncated,
            elapsed_ms=elapsed_ms,
        )

    def _reason(self, error: OSError | HTTPException) -> str:
        match error:
            case ssl.SSLCertVerificationError():
                reason = f"the TLS certificate is not accepted: {error.verify_message}"
            case ssl.SSLError():
                reason = f"TLS failed: {error.reason or error}"
            case socket.gaierror():
                reason = f"the host name cannot be resolved: {error.strerror}"
            case ConnectionRefusedError():
                reason = "the connection is refused"
            case ConnectionError():
                reason = "the connection was closed without a complete answer"
            case HTTPException():
                reason = f"the answer is not HTTP: {type(error).__name__} {error}".strip()
            case _:
                reason = f"it cannot be reached: {error.strerror or error}"
        return f"{self._at}: {reason}"


class _TimedResponse(HTTPResponse):
    """A response whose every read, of headers and body alike, is bounded by one common end.

    A plain socket timeout begins anew with each byte, so that a server dripping bytes would hold
    a request for as long as it likes.
    """

    def __init__(self, sock: socket.socket, *, ends_at: float, **options: Any) -> None:
        super().__init__(sock, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_TimedReader(sock, ends_at))


class _TimedReader(io.RawIOBase):
    def __init__(self, sock: socket.socket, ends_at: float) -> None:
        super().__init__()
        self._sock = sock
        # The file keeps the socket open after HTTPConnection has let go of it.
        self._file = sock.makefile("rb", buffering=0)
        self._ends_at = ends_at

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(_remaining(self._ends_at))
        return self._file.readinto(buffer)

    def close(self) -> None:
        self._file.close()
        super().close()


def _remaining(ends_at: float) -> float:
    seconds = ends_at - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def _read(response: HTTPResponse) -> tuple[bytes, bool]:
    content = bytearray()
    while len(content) <= MAX_BODY_BYTES:
        chunk = response.read(_CHUNK_BYTES)
        if not chunk:
            return bytes(content), False
        content += chunk
    return bytes(content[:MAX_BODY_BYTES]), True


def _joined(response: HTTPResponse) -> Mapping[str, str]:
    headers: dict[str, str] = {}
    for name, value in response.getheaders():
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return headers


def _parse_base_url(base_url: str) -> tuple[bool, str, int]:
    try:
        parts = urlsplit(base_url)
        port = parts.port
    except ValueError as error:
        raise InvalidInput(f"{base_url!r} is not a URL: {error}") from None
    extra = parts.username or parts.query or parts.fragment or parts.path not in ("", "/")
    if parts.scheme not in ("http", "https") or not parts.hostname or extra:
        raise InvalidInput(
            f"{base_url!r} cannot be checked; expected https://host or https://host:port "
            "(or http://), with nothing after it"
        )
    secure = parts.scheme == "https"
    return secure, parts.hostname, port or (443 if secure else 80)
