"""Caddy's access log, read as it is written."""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from .configuration import LOGGER
from .parts import Access
from .table import NOBODY

_BLOCK = 1 << 16
# A reader that is held up for a moment must not hold up requests: Caddy writes before it answers.
_PIPE_BYTES = 1 << 20
# What Caddy notes when the client went away before it got anything, and what AWS does.
_CLIENT_WENT = {0: 460, 499: 460}
_OWN = (460, 502, 503, 504)


class AccessLog:
    """Reads the log in a thread and hands on each request that ended.

    ``stream``: the end of a pipe, which is closed when the other end is. An error that
    ``on_access`` raises does not end the reading; the first is raised by `finish`.
    """

    def __init__(self, stream: int, *, name: str, on_access: Callable[[Access], None]) -> None:
        self._stream = stream
        self._on_access = on_access
        self._error: Exception | None = None
        _widen(stream)
        self._thread = threading.Thread(target=self._read, name=f"{name}-requests", daemon=True)
        self._thread.start()

    def finish(self, seconds: float) -> None:
        """Wait until all is read, or so long; raise what `on_access` raised."""
        self._thread.join(seconds)
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def _read(self) -> None:
        for lines in _blocks(self._stream):
            offset = time.time() - time.monotonic()
            for line in lines:
                access = parse(line, offset)
                if access is not None:
                    self._tell(access)

    def _tell(self, access: Access) -> None:
        try:
            self._on_access(access)
        except Exception as error:
            self._error = self._error or error


def parse(line: bytes, offset: float) -> Access | None:
    """The request of one line of the log; None when the line is about something else.

    ``offset``: what the wall clock shows more than `time.monotonic`.
    """
    try:
        entry: dict[str, Any] = json.loads(line)
        logger, listener = entry["logger"][: len(LOGGER)], entry["logger"][len(LOGGER) + 1 :]
        if logger != LOGGER:
            return None
        latency = entry.get("target_ms") or None
        target = entry.get("target") or ""
        status = _CLIENT_WENT.get(entry["status"], entry["status"])
        # Without a latency a target answered all the same when its answer broke off.
        own = latency is None and status in _OWN
        return Access(
            listener=listener,
            at=entry["ts"] - offset,
            status=status,
            target_status=None if own else status,
            target="" if target == NOBODY else target,
            target_seconds=None if latency is None else float(latency) / 1000,
            seconds=entry["duration"],
            path=entry["request"]["uri"].partition("?")[0],
        )
    except (ValueError, KeyError, TypeError):
        return None


def _blocks(stream: int) -> Iterator[list[bytes]]:
    rest = b""
    with os.fdopen(stream, "rb", buffering=0) as pipe:
        while block := pipe.read(_BLOCK):
            *lines, rest = (rest + block).split(b"\n")
            yield lines


def _widen(stream: int) -> None:
    """Let the pipe hold more where that can be had: on Linux."""
    size = getattr(fcntl, "F_SETPIPE_SZ", None)
    if size is not None:
        with suppress(OSError):
            fcntl.fcntl(stream, size, _PIPE_BYTES)
