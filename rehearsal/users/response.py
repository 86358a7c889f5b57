"""An HTTP/1.1 answer, read as it comes in.

https://www.rfc-editor.org/rfc/rfc9112.html
"""

from __future__ import annotations

_EMPTY = (204, 304)
_MOST_HEADERS = 1 << 16


class ResponseError(Exception):
    """What came in is not HTTP/1.1."""


class Response:
    """One answer to a GET. ``status`` is 0 until its headers are there.

    ``kept``: the connection can be used again. ``headers`` have small letters.
    """

    def __init__(self) -> None:
        self.status = 0
        self.kept = True
        self.headers: dict[bytes, bytes] = {}
        self.began = False
        self._buffer = b""
        self._left: int | None = None
        self._chunks: _Chunks | None = None

    def feed(self, data: bytes) -> bool:
        """Take what came in. Whether the answer is whole. Raises `ResponseError`."""
        self.began = True
        if not self.status:
            data = self._take_headers(data)
            if not self.status:
                return False
        if self._chunks is not None:
            return self._chunks.feed(data)
        if self._left is None:
            return False
        self._left -= len(data)
        if self._left < 0:
            raise ResponseError("more came than the answer's Content-Length")
        return self._left == 0

    def end(self) -> bool:
        """The connection was closed. Whether the answer is whole by that."""
        return bool(self.status) and self._left is None and self._chunks is None

    def _take_headers(self, data: bytes) -> bytes:
        """What follows the headers."""
        self._buffer += data
        while not self.status:
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if not found:
                if len(self._buffer) > _MOST_HEADERS:
                    raise ResponseError("its headers do not end")
                return b""
            self._buffer = rest
            status = self._parse(head)
            self.status = 0 if 100 <= status < 200 else status
        return self._buffer

    def _parse(self, head: bytes) -> int:
        first, *lines = head.split(b"\r\n")
        version, _, rest = first.partition(b" ")
        if not version.startswith(b"HTTP/1.") or not rest[:3].isdigit():
            raise ResponseError(f"it begins with {first[:40]!r}")
        headers: dict[bytes, bytes] = {}
        for line in lines:
            name, _, value = line.partition(b":")
            headers[name.lower()] = value.strip()
        self.headers = headers
        status = int(rest[:3])
        self._frame(version, status)
        return status

    def _frame(self, version: bytes, status: int) -> None:
        connection = self.headers.get(b"connection", b"").lower()
        length = self.headers.get(b"content-length")
        self.kept = connection != b"close" and version != b"HTTP/1.0"
        if status in _EMPTY:
            self._left = 0
        elif b"chunked" in self.headers.get(b"transfer-encoding", b"").lower():
            self._chunks = _Chunks()
        elif length is None:
            self.kept = False
        elif length.isdigit():
            self._left = int(length)
        else:
            raise ResponseError(f"its Content-Length is {length[:40]!r}")


class _Chunks:
    """A chunked body: https://www.rfc-editor.org/rfc/rfc9112.html#section-7.1"""

    def __init__(self) -> None:
        self._buffer = b""
        self._skip = 0
        self._trailers = False

    def feed(self, data: bytes) -> bool:
        """Take what came in. Whether the body is whole."""
        self._buffer += data
        while True:
            if self._skip:
                taken = min(self._skip, len(self._buffer))
                self._skip -= taken
                self._buffer = self._buffer[taken:]
            line, found, rest = self._buffer.partition(b"\r\n")
            if self._skip or not found:
                return False
            self._buffer = rest
            if self._trailers and not line:
                return True
            if not self._trailers:
                self._begin(line)

    def _begin(self, line: bytes) -> None:
        try:
            size = int(line.partition(b";")[0], 16)
        except ValueError:
            raise ResponseError(f"a chunk begins with {line[:40]!r}") from None
        self._trailers = size == 0
        self._skip = size + len(b"\r\n") if size else 0
