"""The visitors of one address: requests that are due at even intervals, whatever became of others.

Latency counts from the moment at which a request was due: what waits because the service is slow
is seen as slow. https://www.scylladb.com/2021/04/22/on-coordinated-omission/
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from ..balancer import HEADER
from .connection import CLOSED_BEFORE, Connection
from .response import Response
from .visitors import Answered, Visitors

MOST_OUTSTANDING = 500
TIMEOUT_SECONDS = 10.0
OVERLOADED = "overloaded"
TIMED_OUT = f"timed out after {TIMEOUT_SECONDS:g} s"
UNFINISHED = "unfinished"
_TARGET = HEADER.lower().encode()


@dataclass(slots=True, eq=False)
class _Request:
    """``fresh`` and ``retried`` as `Answered` has them."""

    due: float
    text: bytes
    kept: bool
    fresh: bool = False
    retried: bool = False
    connection: Connection | None = None
    connecting: asyncio.Task[None] | None = None


class Crowd:
    """Visits as told until told otherwise; each request that ended is given to ``on_answered``."""

    def __init__(self, visitors: Visitors, on_answered: Callable[[Answered], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._on_answered = on_answered
        self._idle: list[Connection] = []
        self._outstanding: dict[_Request, None] = {}
        self._sent = 0
        self._kept = 0.0
        self._next = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._begin(visitors)

    @property
    def busy(self) -> bool:
        """Whether requests are under way."""
        return bool(self._outstanding)

    @property
    def url(self) -> str:
        """What is visited."""
        return self._visitors.url

    def change(self, visitors: Visitors) -> None:
        """Visit the same address like this from now on. Requests under way go on to their end."""
        if visitors == self._visitors:
            return
        if visitors.rate > 0:
            self._end_timer()
        else:
            self.stop()
        self._begin(visitors)

    def stop(self) -> None:
        """Send no more. Requests under way go on to their end."""
        self._end_timer()
        for connection in self._idle:
            connection.close()
        self._idle.clear()

    def end(self) -> None:
        """Stop; what is under way ends here, as unfinished."""
        self.stop()
        for request in list(self._outstanding):
            self._cut(request, UNFINISHED)

    def ask(self, due: float) -> None:
        """Send the request that is, or was, due at that moment."""
        self._kept += self._visitors.keep_alive
        kept = self._kept >= 1
        self._kept -= kept
        staying, leaving = self._texts[self._sent % len(self._texts)]
        self._sent += 1
        request = _Request(due=due, text=staying if kept else leaving, kept=kept)
        if len(self._outstanding) >= MOST_OUTSTANDING:
            self._tell(request, OVERLOADED)
            return
        self._outstanding[request] = None
        self._send(request)

    def end_late(self) -> None:
        """End the requests whose time is over."""
        limit = time.monotonic() - TIMEOUT_SECONDS
        for request in [one for one in self._outstanding if one.due < limit]:
            self._cut(request, TIMED_OUT)

    def _begin(self, visitors: Visitors) -> None:
        self._visitors = visitors
        self._texts = [
            (_text(visitors, path, last=False), _text(visitors, path, last=True))
            for path in visitors.paths
        ]
        if visitors.rate > 0:
            now = time.monotonic()
            self._next = max(now, min(self._next, now + 1 / visitors.rate))
            self._timer = self._loop.call_at(self._next, self._send_due)

    def _end_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _send_due(self) -> None:
        now = time.monotonic()
        while self._next <= now:
            self.ask(self._next)
            self._next += 1 / self._visitors.rate
        self._timer = self._loop.call_at(self._next, self._send_due)

    def _send(self, request: _Request) -> None:
        while request.kept and not request.retried and self._idle:
            connection = self._idle.pop()
            if connection.open:
                self._send_on(connection, request)
                return
        request.fresh = True
        request.connecting = self._loop.create_task(self._connect(request))

    async def _connect(self, request: _Request) -> None:
        host, port = self._visitors.address
        try:
            _, connection = await self._loop.create_connection(
                lambda: Connection(self._lost), host, port
            )
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            self._tell(request, f"no connection: {reason}")
            return
        request.connecting = None
        if connection.open:
            self._send_on(connection, request)
        else:
            self._tell(request, CLOSED_BEFORE)

    def _send_on(self, connection: Connection, request: _Request) -> None:
        request.connection = connection
        connection.send(request.text, lambda response, error: self._end(request, response, error))

    def _end(self, request: _Request, response: Response, error: str) -> None:
        connection, request.connection = request.connection, None
        if error.startswith(CLOSED_BEFORE) and not request.fresh:
            request.retried = True
            self._send(request)
            return
        if not error and connection is not None and connection.open:
            self._keep(connection, request)
        self._tell(request, error, response)

    def _keep(self, connection: Connection, request: _Request) -> None:
        if request.kept and self._timer is not None:
            self._idle.append(connection)
        else:
            connection.close()

    def _lost(self, connection: Connection) -> None:
        if connection in self._idle:
            self._idle.remove(connection)

    def _cut(self, request: _Request, error: str) -> None:
        if request.connecting is not None:
            request.connecting.cancel()
        if request.connection is not None:
            request.connection.close()
        self._tell(request, error)

    def _tell(self, request: _Request, error: str, response: Response | None = None) -> None:
        self._outstanding.pop(request, None)
        now = time.monotonic()
        answered = response is not None and not error
        self._on_answered(
            Answered(
                visitors=self._visitors.name,
                at=now,
                milliseconds=(now - request.due) * 1000,
                status=response.status if response is not None and answered else 0,
                target=response.headers.get(_TARGET, b"").decode("latin-1") if response else "",
                fresh=request.fresh,
                retried=request.retried,
                error=error,
            )
        )


def _text(visitors: Visitors, path: str, *, last: bool) -> bytes:
    host, port = visitors.address
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {host}:{port}",
        "Accept: application/json",
        "User-Agent: pase-rehearsal",
        *(["Connection: close"] if last else []),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
