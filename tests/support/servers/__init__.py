"""Real database servers with TLS, for tests: Debian's PostgreSQL and MariaDB, and the wheel's.

Each runs as an unprivileged user, on loopback, on a free port, with a data folder of its own, and
logs every statement it is sent.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import pytest

from lambdas.databases.login import Login
from tests.support.certificates import Certificate
from tools.servers import Kind, all_needed
from tools.servers import Server as Installed

ADMIN, ADMIN_PASSWORD = "pase_admin", "the-password-of-the-administrator"
Run = Callable[[str], list[tuple[object, ...]]]
"""Runs a statement; its rows."""


class Place(Protocol):
    """Where a login is to be made."""

    engine: str
    port: int


class Server(Place, Protocol):
    """What the tests of all engines need of a server."""

    certificate: Certificate

    def admin(self) -> Login:
        """The administrator, with the rights that the master user of RDS has, and no more."""

    def present(self, certificate: Certificate) -> None:
        """From now on the server shows that certificate."""

    def without_tls(self) -> AbstractContextManager[None]:
        """The server speaks no TLS meanwhile."""

    def run(self, statement: str, database: str = "") -> list[tuple[object, ...]]:
        """Run a statement as the superuser."""

    def session(self, login: Login) -> AbstractContextManager[Run]:
        """A session of a service: its driver, TLS verified."""

    def access(self) -> object:
        """All roles, their grants, settings and passwords (verifiers), and all databases."""

    def sessions(self) -> int:
        """How many there are, without the one that looks."""

    def end_sessions(self, username: str) -> None:
        """End the role's sessions, as an operator or a failover would."""

    def freeze(self) -> None:
        """Let it do nothing, its connections stay."""

    def thaw(self) -> None:
        """Let it go on."""

    def log(self) -> str:
        """All that the server has logged."""


def installed(kind: Kind) -> Installed:
    """The server's programs. Where they are not the test is left out, or fails if none may be."""
    found = kind.find(Path("/"))
    if found is None:
        if all_needed():
            pytest.fail(f"{kind.missing}; no test may be left out (PASE_ALL_TESTS=1)")
        pytest.skip(kind.missing)
    return found


def login_of(
    server: Place, username: str, password: str, dbname: str, *, host: str = "127.0.0.1"
) -> Login:
    """A login at the server."""
    return Login(
        engine=server.engine,
        host=host,
        port=server.port,
        dbname=dbname,
        username=username,
        password=password,
    )


def differences(before: object, after: object) -> Sequence[object]:
    """What of `Server.access` is other than before."""
    assert isinstance(before, set)
    assert isinstance(after, set)
    return sorted(before ^ after, key=str)


def no_session_is_left(server: Server) -> bool:
    """Whether nobody is connected; a server takes a moment to end a session."""
    wait = threading.Event()
    return any(server.sessions() == 0 or wait.wait(0.02) for _ in range(250))
