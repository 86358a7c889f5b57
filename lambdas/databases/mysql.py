"""MariaDB 10.6 and newer, MySQL 8.0.17 and newer, and Aurora MySQL 3, through pymysql.

The administrator has what the master user of RDS has, CREATE USER and the rights of a database
WITH GRANT OPTION, for MySQL also ROLE_ADMIN:
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.MasterAccounts.html

MariaDB and MySQL have no owners of objects: the owner is a role with all rights in the database.
A login gets the role as its default role, and the same rights directly, because what a view or a
routine may do is looked up without MariaDB's roles. Tested against MariaDB 10.11. What only MySQL
is sent follows its manual and was not run against a MySQL server: a verifier in hexadecimal
(https://dev.mysql.com/worklog/task/?id=12803) and SET DEFAULT ROLE ... TO.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pymysql
from pymysql import err
from pymysql.constants import CR, ER
from pymysql.converters import escape_string

from . import tls
from .engine import Trust
from .errors import (
    Busy,
    DatabaseError,
    DatabaseMissing,
    ForeignDatabase,
    LoginLocked,
    LoginRefused,
    NoAnswer,
    NotPermitted,
    ServerFault,
    SessionLost,
    UnsafeLogin,
    WrongSession,
)
from .login import Login
from .verifiers import caching_sha2_password, mysql_native_password

_NATIVE, _SHA2 = "mysql_native_password", "caching_sha2_password"
_BUSY_SECONDS = 5
# How long the server waits for us; above the time of the look at Secrets Manager.
_IDLE_SECONDS = 60
_RIGHTS = (
    "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, REFERENCES, INDEX, ALTER, "
    "CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, CREATE VIEW, SHOW VIEW, CREATE ROUTINE, "
    "ALTER ROUTINE, EVENT, TRIGGER"
)
"""ALL PRIVILEGES as far as the master user of RDS has them and may grant them."""

# https://mariadb.com/docs/server/reference/error-codes/mariadb-error-code-reference and
# https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
_LOCKED_MARIADB, _LOCKED_MYSQL = 4151, 3118
_KILLED_MARIADB, _IDLE_TOO_LONG_MYSQL = 1927, 4031
_NO_PASSWORD = 1698
_TO_BE_CHANGED, _TO_BE_CHANGED_AT_LOGIN = 1820, 1862
_LOST = (
    *(CR.CR_SERVER_LOST, CR.CR_SERVER_GONE_ERROR),
    *(ER.SERVER_SHUTDOWN, _KILLED_MARIADB, _IDLE_TOO_LONG_MYSQL),
)
_TYPES: dict[int, type[DatabaseError]] = {
    ER.BAD_DB_ERROR: DatabaseMissing,
    ER.DBACCESS_DENIED_ERROR: NotPermitted,
    ER.TABLEACCESS_DENIED_ERROR: NotPermitted,
    ER.SPECIFIC_ACCESS_DENIED_ERROR: NotPermitted,
    ER.ACCESS_DENIED_ERROR: NotPermitted,
    ER.LOCK_WAIT_TIMEOUT: Busy,
    # The password is past its end.
    **dict.fromkeys((_TO_BE_CHANGED, _TO_BE_CHANGED_AT_LOGIN), LoginLocked),
    **dict.fromkeys(_LOST, SessionLost),
}
_AT_LOGIN: dict[int, type[DatabaseError]] = {
    ER.ACCESS_DENIED_ERROR: LoginRefused,
    _NO_PASSWORD: LoginRefused,
    **dict.fromkeys((_LOCKED_MARIADB, _LOCKED_MYSQL), LoginLocked),
}


class MySql:
    """`engine.Engine` for MariaDB and MySQL. A statement is one transaction, several are not.

    So the order is one in which every beginning is harmless: the password comes last.
    """

    def __init__(self, trust: Trust) -> None:
        self._trust = trust

    def prove(self, login: Login, *, owner: str) -> None:
        """See `Engine.prove`."""
        try:
            with self._session(login) as session:
                ((user, role, database),) = session.rows(
                    "SELECT CURRENT_USER(), CURRENT_ROLE(), DATABASE()"
                )
        except NotPermitted as error:
            raise WrongSession(f"is it a member of {owner}? {error}") from None
        # MySQL: `name`@`%`; MariaDB: name.
        acting = str(role).replace("`", "").removesuffix("@%")
        if (user, acting, database) != (f"{login.username}@%", owner, login.dbname):
            raise WrongSession(
                f"{login.where} logs in as {user}, acting as {acting} in {database}; it should act "
                f"as {owner} in {login.dbname}"
            )

    def set_login(
        self, admin: Login, wanted: Login, *, owner: str, confirm: Callable[[], None]
    ) -> None:
        """See `Engine.set_login`: several statements, the password last."""
        with self._session(admin.within(wanted.dbname)) as session:
            session.lock(owner)
            confirm()
            session.ensure_login(wanted.username, owner, wanted.dbname)
            session.run(
                f"ALTER USER {_account(wanted.username)} {session.identified(wanted.password)} "
                "REQUIRE SSL ACCOUNT UNLOCK"
            )

    def ensure_access(
        self, admin: Login, *, database: str, owner: str, logins: Sequence[str]
    ) -> None:
        """See `Engine.ensure_access`.

        Raises `ForeignDatabase` when the database is there and the owner has no rights in it.
        """
        with self._session(admin) as session:
            session.refuse_foreign(database, owner)
            session.run(f"CREATE ROLE IF NOT EXISTS {_name(owner)}")
            # The rights first: so a database without them is somebody else's.
            session.run(f"GRANT {_RIGHTS} ON {_pattern(database)}.* TO {_name(owner)}")
            session.run(f"CREATE DATABASE IF NOT EXISTS {_name(database)} CHARACTER SET utf8mb4")
            for login in logins:
                session.ensure_login(login, owner, database)

    @contextmanager
    def _session(self, login: Login) -> Iterator[_Connection]:
        session = self._connect(login)
        try:
            yield session
        except err.Error as error:
            raise _typed(error, login, _TYPES) from None
        finally:
            tls.closing(session.close)

    def _connect(self, login: Login) -> _Connection:
        name = self._trust.server_name or login.host
        session = _Connection(
            # Of the host only the certificate's name is left to be done.
            host=name,
            user=login.username,
            password=login.password,
            database=login.dbname,
            ssl=tls.context(self._trust),
            read_timeout=tls.CONNECT_SECONDS,
            write_timeout=tls.ANSWER_SECONDS,
            charset="utf8mb4",
            autocommit=True,
            program_name="pase-rotation",
            init_command=f"SET lock_wait_timeout = {_BUSY_SECONDS}, wait_timeout = {_IDLE_SECONDS}",
            defer_connect=True,
        )
        sock = tls.open_socket(login.host, login.port)
        try:
            session.connect(sock)
        except err.Error as error:
            # pymysql has closed the socket.
            cause = getattr(error, "original_exception", None)
            if _code(error) == CR.CR_SSL_CONNECTION_ERROR:
                raise tls.not_offered(sock, login.host) from None
            if isinstance(cause, OSError):
                raise tls.typed(cause, name) from None
            raise _typed(error, login, {**_TYPES, **_AT_LOGIN}) from None
        session.answer_within(tls.ANSWER_SECONDS)
        return session


class _Connection(pymysql.Connection):
    """Logs in without a word that would be as good as the password, and knows what it talks to.

    With caching_sha2_password a server that does not have the password in its cache is sent it,
    inside the verified TLS session; MySQL has no other way.
    """

    _auth_plugin_name: str

    def answer_within(self, seconds: float) -> None:
        """From now on; it was less for the login."""
        self._read_timeout = seconds

    def rows(self, query: str, *values: str) -> tuple[tuple[Any, ...], ...]:
        """The rows of a query."""
        with self.cursor() as cursor:
            cursor.execute(query, values)
            return tuple(cursor.fetchall())

    def run(self, statement: str) -> None:
        """Run a statement in which everything is quoted already."""
        with self.cursor() as cursor:
            cursor.execute(statement)

    def lock(self, owner: str) -> None:
        """Until the session ends. Raises `Busy`."""
        # A lock's name has 64 characters at most.
        name = hashlib.sha256(f"pase rotation of {owner}".encode()).hexdigest()
        ((got,),) = self.rows(f"SELECT GET_LOCK(%s, {_BUSY_SECONDS})", name)
        if got != 1:
            raise Busy(f"another run holds the lock of {owner}'s logins")

    def identified(self, password: str) -> str:
        """The clause that gives an account its password, as a verifier."""
        if self._is_mariadb():
            return f"IDENTIFIED VIA {_NATIVE} USING '{mysql_native_password(password)}'"
        return f"IDENTIFIED WITH {_SHA2} AS 0x{caching_sha2_password(password).hex()}"

    def ensure_login(self, login: str, owner: str, database: str) -> None:
        """An account, locked if it is new, that may do what the owner may."""
        account = _account(login)
        nobody_s = self.identified(secrets.token_urlsafe())
        self.run(f"CREATE USER IF NOT EXISTS {account} {nobody_s} REQUIRE SSL ACCOUNT LOCK")
        self.run(f"GRANT {_name(owner)} TO {account}")
        self.run(f"GRANT {_RIGHTS} ON {_pattern(database)}.* TO {account}")
        to = "FOR" if self._is_mariadb() else "TO"
        self.run(f"SET DEFAULT ROLE {_name(owner)} {to} {account}")

    def refuse_foreign(self, database: str, owner: str) -> None:
        """Raises `ForeignDatabase` for a database in which the owner has no rights."""
        there = self.rows(
            "SELECT 1 FROM information_schema.schemata WHERE schema_name = %s", database
        )
        if there and not self.rows(
            "SELECT 1 FROM mysql.db WHERE User = %s AND Db IN (%s, %s)",
            *(owner, database, _escaped(database)),
        ):
            raise ForeignDatabase(
                f"the database {database} is there and {owner} has no rights in it. Give it to "
                f"{owner} (GRANT ... ON {database}.* TO {owner}), or choose another name"
            )

    def _is_mariadb(self) -> bool:
        """From within TLS: the greeting before it proves nothing."""
        ((version,),) = self.rows("SELECT VERSION()")
        return "mariadb" in str(version).lower()

    def _get_server_information(self) -> None:
        super()._get_server_information()  # type: ignore[misc]
        if self._auth_plugin_name not in (_NATIVE, _SHA2):
            # Whatever the server would like best, it may ask for it.
            self._auth_plugin_name = _NATIVE

    def _process_auth(self, plugin_name: bytes, auth_packet: Any, handler: Any = None) -> Any:
        plugin = plugin_name.decode("ascii", "replace")
        if plugin not in (_NATIVE, _SHA2):
            raise UnsafeLogin(f"the server asks for {plugin}; only {_NATIVE} and {_SHA2} are done")
        return super()._process_auth(plugin_name, auth_packet, handler)  # type: ignore[misc]


def _typed(error: Exception, login: Login, types: dict[int, type[DatabaseError]]) -> DatabaseError:
    if isinstance(error.__context__, TimeoutError):
        return NoAnswer(f"{login.host} did not answer {login.where}")
    if isinstance(error, err.InterfaceError):
        return SessionLost(f"the session of {login.where} ended: {error}")
    code = _code(error)
    said = error.args[1] if len(error.args) > 1 else error
    return types.get(code, ServerFault)(f"{login.where}: {said} (error {code})")


def _code(error: Exception) -> int:
    code = error.args[0] if error.args else 0
    return code if isinstance(code, int) else 0


def _name(identifier: str) -> str:
    return "`" + identifier.replace("`", "``") + "`"


def _account(login: str) -> str:
    """From anywhere: who gets through is for the security groups to say."""
    return f"'{escape_string(login)}'@'%'"


def _escaped(database: str) -> str:
    r"""In GRANT, ``_`` and ``%`` of a database's name stand for other characters too.

    https://dev.mysql.com/doc/refman/8.4/en/grant.html
    """
    return database.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%")


def _pattern(database: str) -> str:
    return _name(_escaped(database))
