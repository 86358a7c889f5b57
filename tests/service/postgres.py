"""A real PostgreSQL for the tests: the rehearsal's, with what only tests do to it."""

from dataclasses import dataclass
from uuid import uuid4

import psycopg
from psycopg import sql

from rehearsal.host.ports import Ports
from rehearsal.host.postgres import PostgresServer
from rehearsal.host.processes import Processes

_PORTS = Ports()
_CONNECTIONS = 150


def free_port() -> int:
    """A TCP port that nothing listens on at the moment."""
    return _PORTS.take()


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
    """One server, and everything to make and change logins."""

    def __init__(self) -> None:
        self._processes = Processes(prefix="pase-postgres-")
        self._server = PostgresServer(
            processes=self._processes, ports=_PORTS, connections=_CONNECTIONS
        )
        self.port = self._server.port

    def create(self) -> None:
        """Create the data directory and start."""
        self._server.start()

    def start(self) -> None:
        """Start and wait until it takes connections."""
        self._server.start()

    def stop(self) -> None:
        """Stop at once, cutting the sessions off."""
        self._server.stop()

    def destroy(self) -> None:
        """Stop and delete the data."""
        self._processes.close()

    def log(self) -> str:
        """All that the server wrote."""
        return (self._processes.folder / "logs" / "postgres.log").read_text(errors="replace")

    def connect(self, dbname: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        """A session of the superuser, in autocommit."""
        return self._server.connect(dbname)

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
