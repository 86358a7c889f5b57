"""PostgreSQL and Aurora PostgreSQL, 13 and newer, through pg8000.

The administrator need not be a superuser, and on RDS is none: CREATEROLE and CREATEDB are enough.
Since PostgreSQL 16 such a role administers only the roles that it made itself, so the owner and the
logins must have been made with it (`ensure_access`):
https://www.postgresql.org/docs/current/role-attributes.html
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pg8000.native as pg
from pg8000.exceptions import DatabaseError as ServerAnswer

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
from .verifiers import scram_sha_256

# https://www.postgresql.org/docs/current/protocol-message-formats.html (SSLRequest)
_SSL_REQUEST = struct.pack("!ii", 8, 80877103)
# Of AuthenticationRequest: ok, and the three messages of SASL.
_SCRAM = (0, 10, 11, 12)
_BROKEN = (pg.InterfaceError, OSError, struct.error)
_LIMITS = {
    "statement_timeout": "10s",
    "lock_timeout": "5s",
    # Above the time of the look at Secrets Manager between lock and change.
    "idle_in_transaction_session_timeout": "60s",
}
_EXISTS_ALREADY = ("42710", "42P04", "23505")
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_TYPES: dict[str, type[DatabaseError]] = {
    "28P01": LoginRefused,
    "28000": LoginRefused,
    "3D000": DatabaseMissing,
    "42501": NotPermitted,
    "55P03": Busy,
    "57P01": SessionLost,
    "57P02": SessionLost,
    "57P03": SessionLost,
    "57P05": SessionLost,
    "25P03": SessionLost,
}


class Postgres:
    """`engine.Engine` for PostgreSQL."""

    def __init__(self, trust: Trust) -> None:
        self._trust = trust

    def prove(self, login: Login, *, owner: str) -> None:
        """See `Engine.prove`."""
        try:
            with self._session(login) as session:
                ((user, acting, database),) = session.run(
                    "SELECT session_user, current_user, current_database()"
                )
        except NotPermitted as error:
            raise WrongSession(f"is it a member of {owner}? {error}") from None
        if (user, acting, database) != (login.username, owner, login.dbname):
            raise WrongSession(
                f"{login.where} logs in as {user}, acting as {acting} in {database}; it should act "
                f"as {owner} in {login.dbname}"
            )

    def set_login(
        self, admin: Login, wanted: Login, *, owner: str, confirm: Callable[[], None]
    ) -> None:
        """See `Engine.set_login`: all in one transaction."""
        role = wanted.username
        verifier = scram_sha_256(wanted.password)
        with self._session(admin.within(wanted.dbname)) as session:
            session.run("BEGIN")
            session.run("SELECT pg_advisory_xact_lock(:key)", key=_lock_key(owner))
            confirm()
            lacks = _lacks(session, role, owner, wanted.dbname)
            session.run(f"ALTER ROLE {_name(role)} {lacks.attributes}PASSWORD {_text(verifier)}")
            if lacks.membership:
                session.run(f"GRANT {_name(owner)} TO {_name(role)}")
            if lacks.setting:
                # What either login makes belongs to the owner, and so to both.
                session.run(
                    f"ALTER ROLE {_name(role)} IN DATABASE {_name(wanted.dbname)} "
                    f"SET role = {_text(owner)}"
                )
            session.run("COMMIT")

    def ensure_access(
        self, admin: Login, *, database: str, owner: str, logins: Sequence[str]
    ) -> None:
        """See `Engine.ensure_access`. Raises `ForeignDatabase` when another role owns it."""
        with self._session(admin) as session:
            # Of two who change the same right at once one fails: "tuple concurrently updated".
            # No transaction's lock, for no database is made in one; it ends with the session.
            session.run("SELECT pg_advisory_lock(:key)", key=_lock_key(owner))
            _refuse_foreign(session, database, owner)
            _ensure_role(session, owner)
            # To make a database for a role, one has to be able to become it.
            _ensure_member(session, admin.username, owner)
            for login in logins:
                _ensure_role(session, login)
                _ensure_member(session, login, owner)
            _ensure_database(session, database, owner)

    @contextmanager
    def _session(self, login: Login) -> Iterator[pg.Connection]:
        session = self._connect(login)
        try:
            yield session
        except ServerAnswer as error:
            raise _typed(error, login) from None
        except _BROKEN as error:
            if _timed_out(error):
                raise NoAnswer(f"{login.host} did not answer {login.where}") from None
            raise SessionLost(f"the session of {login.where} ended: {error}") from None
        finally:
            session.close()

    def _connect(self, login: Login) -> pg.Connection:
        plain = tls.open_socket(login.host, login.port)
        answer = tls.exchange(plain, _SSL_REQUEST, host=login.host, size=1)
        if answer != b"S":
            raise tls.not_offered(plain, login.host)
        sock = tls.secured(plain, host=login.host, trust=self._trust)
        sock.settimeout(tls.ANSWER_SECONDS)
        options = " ".join(f"-c {name}={value}" for name, value in _LIMITS.items())
        try:
            return _Connection(
                login.username,
                password=login.password,
                database=login.dbname,
                # TLS is there already, with the name that was to be verified.
                sock=sock,
                ssl_context=False,
                application_name="pase-rotation",
                startup_params={"options": options},
            )
        except ServerAnswer as error:
            raise _typed(error, login) from None
        except _BROKEN as error:
            if _timed_out(error):
                raise NoAnswer(f"{login.host} did not answer the login of {login.where}") from None
            raise SessionLost(f"{login.host} ended the login of {login.where}: {error}") from None


class _Connection(pg.Connection):  # type: ignore[misc] # pg8000 has no types
    """Proves that it knows the password (SCRAM) and never shows it, not even inside TLS."""

    def handle_AUTHENTICATION_REQUEST(self, data: bytes, context: Any) -> None:
        """pg8000's, but for the ways in which the server would learn the password or its hash."""
        if struct.unpack_from("!i", data)[0] not in _SCRAM:
            raise UnsafeLogin(
                "the server asks for the password itself, its MD5 or something else than SCRAM; "
                "set password_encryption to scram-sha-256 and the role's password again"
            )
        super().handle_AUTHENTICATION_REQUEST(data, context)

    def close(self) -> None:
        """Close, whatever state it is in; pg8000's would hide why a login failed."""
        tls.closing(super().close)


def _ensure_role(session: pg.Connection, role: str) -> None:
    if not session.run("SELECT 1 FROM pg_roles WHERE rolname = :role", role=role):
        _unless_there(session, f"CREATE ROLE {_name(role)} NOLOGIN")


def _ensure_member(session: pg.Connection, role: str, owner: str) -> None:
    """So that it can become the owner. Who made a role only administers it, since 16."""
    ((able,),) = session.run(
        "SELECT pg_has_role(:role, :owner, :privilege)",
        role=role,
        owner=owner,
        privilege=_becoming(session),
    )
    if not able:
        session.run(f"GRANT {_name(owner)} TO {_name(role)}")


@dataclass(frozen=True)
class _Lacks:
    """What a login lacks apart from its password; so that nothing else is changed."""

    attributes: str
    membership: bool
    setting: bool


def _lacks(session: pg.Connection, role: str, owner: str, database: str) -> _Lacks:
    """Makes the role when it is not there."""
    question = (
        "SELECT login.rolcanlogin, coalesce(login.rolvaliduntil < 'infinity', false), "
        "login.rolconnlimit = 0, pg_has_role(login.oid, owner.oid, :privilege), EXISTS ("
        "SELECT FROM pg_db_role_setting JOIN pg_database ON setdatabase = pg_database.oid "
        "WHERE setrole = login.oid AND datname = :database AND :setting = ANY (setconfig)) "
        "FROM pg_roles AS login, pg_roles AS owner "
        "WHERE login.rolname = :role AND owner.rolname = :owner"
    )
    values = {
        "privilege": _becoming(session),
        "database": database,
        "setting": f"role={owner}",
        "role": role,
        "owner": owner,
    }
    found = session.run(question, **values)
    if not found:
        _ensure_role(session, owner)
        _ensure_role(session, role)
        found = session.run(question, **values)
    ((can_log_in, expires, none_left, member, acts_as),) = found
    attributes = {
        "LOGIN ": not can_log_in,
        "VALID UNTIL 'infinity' ": expires,
        "CONNECTION LIMIT -1 ": none_left,
    }
    return _Lacks(
        attributes="".join(name for name, missing in attributes.items() if missing),
        membership=not member,
        setting=not acts_as,
    )


def _becoming(session: pg.Connection) -> str:
    """The privilege to become a role; before 16 every member had it."""
    version = int(session.parameter_statuses["server_version"].split(".")[0])
    return "SET" if version >= 16 else "MEMBER"


def _ensure_database(session: pg.Connection, database: str, owner: str) -> None:
    if not _owner_of(session, database):
        # From template0: others may be using template1 just now.
        _unless_there(
            session,
            f"CREATE DATABASE {_name(database)} OWNER {_name(owner)} TEMPLATE template0",
        )
        _refuse_foreign(session, database, owner)
    ((open_to_all,),) = session.run(
        "SELECT has_database_privilege('public', :database, 'CONNECT')", database=database
    )
    if open_to_all:
        session.run(f"SET ROLE {_name(owner)}")
        session.run(f"REVOKE CONNECT, TEMPORARY ON DATABASE {_name(database)} FROM PUBLIC")
        session.run("RESET ROLE")


def _refuse_foreign(session: pg.Connection, database: str, owner: str) -> None:
    found = _owner_of(session, database)
    if found not in ("", owner):
        raise ForeignDatabase(
            f"the database {database} is there and is owned by {found}; it should be {owner}'s. "
            f"Give it to {owner} (ALTER DATABASE ... OWNER TO), or choose another name"
        )


def _owner_of(session: pg.Connection, database: str) -> str:
    rows = session.run(
        "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = :database",
        database=database,
    )
    return str(rows[0][0]) if rows else ""


def _unless_there(session: pg.Connection, statement: str) -> None:
    """Run a statement that makes something which another run may have made meanwhile."""
    try:
        session.run(statement)
    except ServerAnswer as error:
        if _code(error) not in _EXISTS_ALREADY:
            raise


def _typed(error: ServerAnswer, login: Login) -> DatabaseError:
    code, said = _code(error), _field(error, "M")
    if code == "28000" and _field(error, "R") == "InitializeSessionUserId":
        return LoginLocked(f"{login.where} may not log in: {said}")
    found = _TYPES.get(code, SessionLost if code.startswith("08") else ServerFault)
    return found(f"{login.where}: {said} (SQLSTATE {code})")


def _timed_out(error: BaseException) -> bool:
    return isinstance(error.__cause__ or error, TimeoutError)


def _code(error: ServerAnswer) -> str:
    return _field(error, "C")


def _field(error: ServerAnswer, key: str) -> str:
    """A field of the server's answer:
    https://www.postgresql.org/docs/current/protocol-error-fields.html
    """
    fields = error.args[0] if error.args else {}
    return str(fields.get(key, "")) if isinstance(fields, dict) else ""


def _lock_key(owner: str) -> int:
    """64 bits, signed, for `pg_advisory_xact_lock`; a lock is known in one database only."""
    digest = hashlib.sha256(f"pase rotation of {owner}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _name(identifier: str) -> str:
    return str(pg.identifier(identifier))


def _text(value: str) -> str:
    return str(pg.literal(value))
