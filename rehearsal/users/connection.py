"""One connection of a user, for one request at a time."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from .response import Response, ResponseError

CLOSED_BEFORE = "closed before the answer"
CLOSED_WITHIN = "closed within the answer"

Ended = Callable[[Response, str], None]


class Connection(asyncio.Protocol):
    """An open connection; ``used`` says how many requests ended well on it.

    ``on_lost`` is called when it closes while no request is under way.
    """

    def __init__(self, on_lost: Callable[[Connection], None]) -> None:
        self.used = 0
        self._on_lost = on_lost
        self._transport: asyncio.Transport | None = None
        self._response: Response | None = None
        self._ended: Ended | None = None

    @property
    def open(self) -> bool:
        """Whether a request can be sent."""
        return self._transport is not None and not self._transport.is_closing()

    def send(self, request: bytes, ended: Ended) -> None:
        """Send it. `ended` is called once, with the answer and why it is not whole, if so."""
        assert self._transport is not None
        assert self._ended is None
        self._response = Response()
        self._ended = ended
        self._transport.write(request)

    def close(self) -> None:
        """Close at once. A request under way is not told."""
        self._ended = None
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio: the connection is open."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """asyncio: something came in."""
        if self._response is None:
            self.close()
            return
        try:
            if self._response.feed(data):
                self._end("")
        except ResponseError as error:
            self._end(f"not HTTP: {error}")

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio: the connection is closed, by whichever side."""
        self._transport = None
        response = self._response
        if response is None:
            self._on_lost(self)
        elif response.end() and exc is None:
            self._end("")
        else:
            self._end(f"{CLOSED_WITHIN if response.began else CLOSED_BEFORE}{_reason(exc)}")

    def _end(self, error: str) -> None:
        response, ended = self._response, self._ended
        self._response = self._ended = None
        assert response is not None
        if error or not response.kept:
            self.close()
        else:
            self.used += 1
        if ended is not None:
            ended(response, error)


def _reason(error: Exception | None) -> str:
    """The system's word for it, where it has one."""
    if isinstance(error, OSError) and error.errno:
        return f": {os.strerror(error.errno)}"
    return ""
