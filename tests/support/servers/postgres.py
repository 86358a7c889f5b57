"""PostgreSQL: Debian's with OpenSSL, and the wheel's behind a TLS front."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from signal import Signals

import psycopg

from lambdas.databases.login import Login
from rehearsal.host.ports import HOST, Ports
from rehearsal.host.postgres import PostgresServer
from rehearsal.host.processes import Processes
from tests.support.certificates import LOOPBACK, Certificate, certificate
from tests.support.servers import ADMIN, ADMIN_PASSWORD, Run, installed, login_of
from tests.support.tls_front import tls_front
from tools.servers import POSTGRESQL

UNSAFE = {"asked_for_the_password": "password", "asked_for_md5": "md5"}
"""Roles, and how Debian's server has them prove who they are."""

_READY_SECONDS = 30
_SETTINGS = (
    *("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB"),
    *("unix_socket_directories=", f"listen_addresses={HOST}", "log_statement=all"),
    *("log_connections=on", "log_error_verbosity=verbose"),
)
_ROLES = (
    "SELECT rolname, rolpassword, rolcanlogin, rolconnlimit, rolvaliduntil::text FROM pg_authid"
)
_MEMBERS = "SELECT roleid::regrole, member::regrole, grantor::regrole FROM pg_auth_members"
_OPTIONS = "SELECT setdatabase, setrole::regrole, setconfig FROM pg_db_role_setting"
_DATABASES = "SELECT datname, datdba::regrole, datacl FROM pg_database"


class _Postgres:
    """What both have in common; ``_superuser`` connects."""

    engine = "postgres"
    port: int
    certificate: Certificate

    def admin(self) -> Login:
        """See `Server.admin`."""
        return login_of(self, ADMIN, ADMIN_PASSWORD, "postgres")

    def run(self, statement: str, database: str = "") -> list[tuple[object, ...]]:
        """See `Server.run`."""
        with self._superuser(database or "postgres") as session:
            done = session.execute(statement.encode())
            return done.fetchall() if done.description else []

    @contextmanager
    def session(self, login: Login) -> Iterator[Run]:
        """See `Server.session`."""
        with psycopg.connect(
            host=HOST,
            port=self.port,
            user=login.username,
            password=login.password,
            dbname=login.dbname,
            sslmode="verify-full",
            sslrootcert=str(self.certificate.ca),
            autocommit=True,
        ) as session:

            def run(statement: str) -> list[tuple[object, ...]]:
                done = session.execute(statement.encode())
                return done.fetchall() if done.description else []

            yield run

    def access(self) -> object:
        """See `Server.access`."""
        queries = (_ROLES, _MEMBERS, _OPTIONS, _DATABASES)
        return {str(row) for query in queries for row in self.run(query)}

    def sessions(self) -> int:
        """See `Server.sessions`."""
        query = (
            "SELECT 1 FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        return len(self.run(query))

    def end_sessions(self, username: str) -> None:
        """See `Server.end_sessions`."""
        self.run(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            f"WHERE usename = '{username}'"
        )

    def _superuser(self, database: str) -> psycopg.Connection[tuple[object, ...]]:
        raise NotImplementedError

    def _make_admin(self) -> None:
        with self._superuser("postgres") as session:
            # The log is searched for passwords.
            session.execute("SET log_statement = none")
            session.execute(
                f"CREATE ROLE {ADMIN} LOGIN CREATEROLE CREATEDB PASSWORD '{ADMIN_PASSWORD}'"
            )


class DebianPostgres(_Postgres):
    """Debian's server, with its own TLS."""

    def __init__(self, folder: Path) -> None:
        self._programs = installed(POSTGRESQL).folder
        self._processes = Processes(prefix="pase-postgresql-")
        self._data = self._processes.folder / "data"
        self._log = self._processes.folder / "server.log"
        self._password = secrets.token_hex(16)
        self._user = unprivileged()
        self.port = Ports().take()
        self.certificate = certificate(folder / "certificate", LOOPBACK)
        try:
            self._start()
            self._make_admin()
        except BaseException:
            self.close()
            raise

    def present(self, certificate: Certificate) -> None:
        """See `Server.present`."""
        self._put(certificate)
        self._reload()

    @contextmanager
    def without_tls(self) -> Iterator[None]:
        """See `Server.without_tls`."""
        self._switch("off")
        yield
        self._switch("on")

    def freeze(self) -> None:
        """See `Server.freeze`: the sessions, as far as there are any."""
        self._signal(Signals.SIGSTOP)

    def thaw(self) -> None:
        """See `Server.thaw`."""
        self._signal(Signals.SIGCONT)

    def log(self) -> str:
        """See `Server.log`."""
        return self._log.read_text("utf-8", "replace")

    def close(self) -> None:
        """End the server and delete its data."""
        self._processes.close()

    def _start(self) -> None:
        password = self._processes.folder / "superuser"
        password.write_text(self._password)
        own(password, self._user)
        self._data.mkdir()
        own(self._data, self._user, 0o700)
        settings = (part for setting in _SETTINGS for part in ("-c", setting))
        made = self._run(
            ["initdb", "-D", str(self._data), "-U", "postgres", "-A", "scram-sha-256",
             f"--pwfile={password}", "--no-sync", "--no-locale", "-E", "UTF8"]
        )  # fmt: skip
        assert made.wait(_READY_SECONDS) == 0, self.log()
        self._put(self.certificate)
        # What the server asks of these two is for tests of what is refused.
        asked = self._data / "pg_hba.conf"
        asked.write_text(
            "".join(f"hostssl all {name} {HOST}/32 {way}\n" for name, way in UNSAFE.items())
            + asked.read_text()
        )
        # Not on the command line, which could not be changed while it runs.
        with (self._data / "postgresql.conf").open("a") as configuration:
            configuration.write("ssl = on\n")
        server = self._run(["postgres", "-D", str(self._data), "-p", str(self.port), *settings])
        deadline = time.monotonic() + _READY_SECONDS
        while True:
            with suppress(psycopg.OperationalError):
                self._superuser("postgres").close()
                return
            assert server.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.03)

    def _signal(self, number: Signals) -> None:
        query = (
            "SELECT pid FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        for (pid,) in self.run(query):
            assert isinstance(pid, int)
            os.kill(pid, number)

    def _put(self, certificate: Certificate) -> None:
        for source, name in ((certificate.chain, "server.crt"), (certificate.key, "server.key")):
            shutil.copyfile(source, self._data / name)
            own(self._data / name, self._user)

    def _switch(self, tls: str) -> None:
        self.run(f"ALTER SYSTEM SET ssl = {tls}")
        self._reload()

    def _reload(self) -> None:
        before = self.run("SELECT pg_conf_load_time()")
        self.run("SELECT pg_reload_conf()")
        deadline = time.monotonic() + _READY_SECONDS
        # Of a new session, so started after the server had read its settings.
        while self.run("SELECT pg_conf_load_time()") == before:
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.02)

    def _run(self, argv: list[str]) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return self._processes.start(
                [str(self._programs / argv[0]), *argv[1:]],
                name=argv[0],
                environment={"PATH": os.defpath, "LC_ALL": "C"},
                stdout=log,
                stderr=log,
                user=self._user,
                end_signal=Signals.SIGINT,
            )

    def _superuser(self, database: str) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=HOST, port=self.port, user="postgres", password=self._password, dbname=database,
            autocommit=True, connect_timeout=5, sslmode="prefer",
        )  # fmt: skip


class WheelPostgres(_Postgres):
    """The rehearsal's server, newer than Debian's; its TLS is a front."""

    def __init__(self, folder: Path) -> None:
        self._closing = ExitStack()
        try:
            processes = self._closing.enter_context(Processes(prefix="pase-postgres-"))
            self._server = PostgresServer(processes=processes, ports=Ports(), connections=50)
            self._server.start()
            self.certificate = certificate(folder / "certificate", LOOPBACK)
            front = tls_front(self._server.port, self.certificate)
            self.port = self._closing.enter_context(front)
            self._make_admin()
        except BaseException:
            self.close()
            raise

    def present(self, certificate: Certificate) -> None:
        """See `Server.present`."""
        raise NotImplementedError

    @contextmanager
    def without_tls(self) -> Iterator[None]:
        """The server behind the front."""
        front, self.port = self.port, self._server.port
        yield
        self.port = front

    def freeze(self) -> None:
        """See `Server.freeze`."""
        raise NotImplementedError

    def thaw(self) -> None:
        """See `Server.thaw`."""
        raise NotImplementedError

    def log(self) -> str:
        """See `Server.log`."""
        raise NotImplementedError

    def close(self) -> None:
        """End the server and delete its data."""
        self._closing.close()

    def _superuser(self, database: str) -> psycopg.Connection[tuple[object, ...]]:
        return self._server.connect(database)


def unprivileged() -> tuple[int, int] | None:
    """Ids of the user and group that a server runs as; None: this process's."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def own(path: Path, user: tuple[int, int] | None, mode: int = 0o600) -> None:
    """Give a file to the server's user, and to nobody else."""
    path.chmod(mode)
    if user is not None:
        os.chown(path, *user)
