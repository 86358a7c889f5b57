"""As much of HTTP/1.1 as it takes to pass messages on and to read an answer's status.

https://www.rfc-editor.org/rfc/rfc9112
"""

from __future__ import annotations

from asyncio import IncompleteReadError, LimitOverrunError, StreamReader, StreamWriter
from dataclasses import dataclass

LIMIT = 64 * 1024
_PIECE = 64 * 1024


class MalformedError(Exception):
    """What came is not an HTTP/1.1 message."""


@dataclass(frozen=True, kw_only=True)
class Head:
    """Start line and header fields of a message. ``raw`` ends with the empty line."""

    raw: bytes
    start: tuple[str, str, str]
    length: int | None
    chunked: bool
    close: bool

    @property
    def status(self) -> int:
        """Of an answer. Raises `MalformedError`."""
        if not self.start[1].isdecimal():
            raise MalformedError(f"no status in {' '.join(self.start)!r}")
        return int(self.start[1])

    @property
    def path(self) -> str:
        """Of a request, without its query."""
        return self.start[1].partition("?")[0]


async def read_head(reader: StreamReader) -> Head | None:
    """The next message's head, None when the other side has closed. Raises `MalformedError`."""
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except IncompleteReadError as error:
        if error.partial.strip():
            raise MalformedError("closed in the middle of the header") from error
        return None
    except LimitOverrunError as error:
        raise MalformedError(f"a header of more than {LIMIT} bytes") from error
    start, *lines = raw.decode("latin-1").strip("\r\n").split("\r\n")
    first, _, rest = start.partition(" ")
    second, _, third = rest.partition(" ")
    length, chunked, close = None, False, "HTTP/1.0" in (first, third)
    for line in lines:
        name, _, value = line.partition(":")
        match name.strip().lower():
            case "content-length":
                length = _length(value.strip())
            case "transfer-encoding":
                chunked = "chunked" in value.lower()
            case "connection":
                close = "close" in value.lower() or (close and "keep-alive" not in value.lower())
    return Head(raw=raw, start=(first, second, third), length=length, chunked=chunked, close=close)


def answer_has_body(head: Head, *, method: str) -> bool:
    """Whether an answer to this method has a body."""
    return method != "HEAD" and head.status not in (204, 304) and head.status >= 200


async def pass_body(head: Head, reader: StreamReader, writer: StreamWriter | None) -> None:
    """Pass a body on as it comes, or read it away (``writer`` None). Without length: none."""
    if head.chunked:
        await _pass_chunks(reader, writer)
    elif head.length:
        await _pass_bytes(head.length, reader, writer)


async def pass_to_end(reader: StreamReader, writer: StreamWriter) -> None:
    """Pass on all that comes until the other side closes."""
    while piece := await reader.read(_PIECE):
        writer.write(piece)
        await writer.drain()


async def _pass_chunks(reader: StreamReader, writer: StreamWriter | None) -> None:
    while True:
        line = await _line(reader)
        size = _chunk_size(line)
        _write(writer, line)
        if size == 0:
            break
        await _pass_bytes(size + 2, reader, writer)
    while True:
        line = await _line(reader)
        _write(writer, line)
        if line == b"\r\n":
            return


async def _pass_bytes(count: int, reader: StreamReader, writer: StreamWriter | None) -> None:
    while count:
        piece = await reader.read(min(count, _PIECE))
        if not piece:
            raise MalformedError("closed in the middle of a body")
        count -= len(piece)
        _write(writer, piece)
        if writer is not None:
            await writer.drain()


async def _line(reader: StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n")
    except (IncompleteReadError, LimitOverrunError) as error:
        raise MalformedError("a chunk without an end") from error


def _write(writer: StreamWriter | None, data: bytes) -> None:
    if writer is not None:
        writer.write(data)


def _chunk_size(line: bytes) -> int:
    try:
        return int(line.partition(b";")[0], 16)
    except ValueError as error:
        raise MalformedError(f"no chunk size: {line!r}") from error


def _length(value: str) -> int:
    if not value.isdecimal():
        raise MalformedError(f"no length: {value!r}")
    return int(value)
