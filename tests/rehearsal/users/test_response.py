"""Answers as they come in, whole or in pieces."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.users.response import Response, ResponseError

WHOLE = {
    "length": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello",
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: b\r\n\r\n"
    b"3;x=y\r\nhel\r\nA\r\n\r\nlo\r\n\r\n0\r\r\n0\r\nTrailer: x\r\n\r\n",
    "empty": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-A: b\r\n\r\n",
    "no content": b"HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n",
    "after a hint": b"HTTP/1.1 103 Early Hints\r\nX-A: c\r\n\r\n"
    b"HTTP/1.1 404 -\r\nContent-Length: 1\r\nx-a:b\r\n\r\nx",
}


@pytest.mark.parametrize("text", WHOLE.values(), ids=WHOLE)
@given(cuts=st.sets(st.integers(1, 80)))
def test_an_answer_is_whole_with_its_last_byte_however_it_is_cut(
    text: bytes, cuts: set[int]
) -> None:
    response = Response()
    places = [0, *sorted(cut for cut in cuts if cut < len(text)), len(text)]
    pieces = [text[begin:end] for begin, end in pairwise(places)]
    assert [response.feed(piece) for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    assert response.headers[b"x-a"] == b"b"
    assert response.status in (200, 204, 404)
    assert response.kept


@pytest.mark.parametrize("text", WHOLE.values(), ids=WHOLE)
def test_an_answer_without_its_last_byte_is_not_whole(text: bytes) -> None:
    response = Response()
    assert not response.feed(text[:-1])
    assert not response.end()


def test_an_answer_of_unknown_length_ends_with_the_connection() -> None:
    response = Response()
    assert not response.feed(b"HTTP/1.1 200 OK\r\n\r\nhello")
    assert response.end()
    assert not response.kept


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nConnection: Close\r\n", b"HTTP/1.0 200 OK\r\n"]
)
def test_some_connections_cannot_be_used_again(head: bytes) -> None:
    response = Response()
    assert response.feed(head + b"Content-Length: 0\r\n\r\n")
    assert not response.kept


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"SSH-2.0-x\r\n\r\n", "it begins with b'SSH-2.0-x'"),
        (b"HTTP/1.1 OK\r\n\r\n", "it begins with"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "Content-Length is b'-1'"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxy", "more came"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno\r\n", "begins with b'no'"),
        (b"x" * 70000, "do not end"),
    ],
)
def test_what_is_not_http_is_said(text: bytes, reason: str) -> None:
    with pytest.raises(ResponseError, match=reason):
        Response().feed(text)
