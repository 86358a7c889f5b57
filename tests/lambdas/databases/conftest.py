"""Servers for the tests of the engines, started once a session, and a service's place in one."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from lambdas.databases.engine import Engine, Trust
from lambdas.databases.engines import engine_of
from lambdas.databases.login import Login
from tests.support.servers import ADMIN_PASSWORD, Server, login_of
from tests.support.servers.mariadb import DebianMariaDb
from tests.support.servers.postgres import DebianPostgres, WheelPostgres

_passwords = {ADMIN_PASSWORD}


class Shop:
    """A service with an owner and two logins at a server; nothing of it is there at first."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.database = f"shop_{uuid4().hex[:8]}"
        self.owner = f"{self.database}_owner"
        self.logins = (f"{self.database}_a", f"{self.database}_b")

    @property
    def engine(self) -> Engine:
        """The engine, trusting the certificate that the server shows usually."""
        trust = Trust(bundle=str(self.server.certificate.ca))
        return engine_of(self.server.engine, trust)

    def wanted(self, number: int = 0) -> Login:
        """One of the two logins, with a new password."""
        password = uuid4().hex + uuid4().hex[:16]
        _passwords.add(password)
        return login_of(self.server, self.logins[number], password, self.database)

    def make(self) -> None:
        """Database, owner and logins, as the stack has them made."""
        self.engine.ensure_access(
            self.server.admin(), database=self.database, owner=self.owner, logins=self.logins
        )

    def rotate(self, number: int = 0) -> Login:
        """Give a login a new password."""
        wanted = self.wanted(number)
        self.set_login(wanted)
        return wanted

    def set_login(self, wanted: Login) -> None:
        """Let it log in."""
        self.engine.set_login(self.server.admin(), wanted, owner=self.owner, confirm=lambda: None)


def _with_a_clean_log(server: DebianPostgres | DebianMariaDb) -> Iterator[Server]:
    """The server; at the end no password of any test may be in its log."""
    try:
        yield server
        log = server.log()
        found = [log[max(0, log.index(one) - 200) :][:300] for one in _passwords if one in log]
    finally:
        server.close()
    assert found == []


@pytest.fixture(scope="session")
def debian_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Debian's PostgreSQL."""
    yield from _with_a_clean_log(DebianPostgres(tmp_path_factory.mktemp("postgres")))


@pytest.fixture(scope="session")
def debian_mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Debian's MariaDB."""
    yield from _with_a_clean_log(DebianMariaDb(tmp_path_factory.mktemp("mariadb")))


@pytest.fixture(scope="session")
def wheel_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The rehearsal's PostgreSQL, three versions newer, behind a TLS front."""
    server = WheelPostgres(tmp_path_factory.mktemp("postgres"))
    yield server
    server.close()


@pytest.fixture(params=["debian_postgres", "wheel_postgres", "debian_mariadb"])
def server(request: pytest.FixtureRequest) -> Server:
    """Each of the servers."""
    found: Server = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=["debian_postgres", "debian_mariadb"])
def tls_server(request: pytest.FixtureRequest) -> Server:
    """Each of the servers with TLS of their own."""
    found: Server = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def shop(server: Server) -> Shop:
    """A service whose database and roles are there."""
    made = Shop(server)
    made.make()
    return made
