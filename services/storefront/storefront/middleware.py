"""What every request passes: its log line, its id, and `Connection: close` during the drain."""

import logging
import re
import time
from dataclasses import dataclass
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from storefront import logs

log = logging.getLogger("storefront.request")

_PROBES = ("/health", "/ready")
_FIRST_ERROR = 400
_FIRST_SERVER_ERROR = 500


@dataclass
class Drain:
    """Whether the service is leaving, and how many requests it has yet to answer."""

    active: bool = False
    in_flight: int = 0


class RequestLog:
    """Logs one line per request; a probe that succeeds is logged at debug.

    The request id is the `x-request-id` of the request when it is 1 to 128 letters, digits or any
    of ``._=:;+/-``, else a new one; the answer carries it.
    """

    def __init__(self, app: ASGIApp, drain: Drain) -> None:
        self._app = app
        self._drain = drain

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI scope."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = _safe(headers.get("x-request-id")) or uuid4().hex
        status = _FIRST_SERVER_ERROR
        started = time.perf_counter()

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                answer = MutableHeaders(scope=message)
                answer["x-request-id"] = request_id
                if self._drain.active:
                    answer["connection"] = "close"
            await send(message)

        self._drain.in_flight += 1
        try:
            await self._app(scope, receive, sending)
        finally:
            self._drain.in_flight -= 1
            log.log(
                _level(scope["path"], status),
                "request",
                extra=logs.fields(
                    method=scope["method"],
                    path=scope["path"],
                    status=status,
                    duration_ms=round((time.perf_counter() - started) * 1000, 1),
                    request_id=request_id,
                    trace_id=_safe(headers.get("x-amzn-trace-id")),
                ),
            )


def _safe(value: str | None) -> str | None:
    return value if value and re.fullmatch(r"[A-Za-z0-9._=:;+/-]{1,128}", value) else None


def _level(path: str, status: int) -> int:
    if status >= _FIRST_SERVER_ERROR:
        return logging.WARNING
    return logging.DEBUG if path in _PROBES and status < _FIRST_ERROR else logging.INFO
