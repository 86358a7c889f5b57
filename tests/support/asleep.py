"""A database server that takes the first connections and does not answer them."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from lambdas.databases import tls
from lambdas.databases.errors import NoAnswer


def asleep(
    monkeypatch: pytest.MonkeyPatch, *, answers: Callable[[str, int], socket.socket]
) -> list[str]:
    """Two attempts get no answer, the others what ``answers`` gives; the hosts of all attempts."""
    attempts: list[str] = []

    def open_socket(host: str, port: int) -> socket.socket:
        attempts.append(host)
        if len(attempts) <= 2:
            raise NoAnswer(f"{host}:{port} did not answer")
        return answers(host, port)

    monkeypatch.setattr(tls, "open_socket", open_socket)
    return attempts
