"""What an engine can do for rotation and for access. To add an engine: docs/secrets.md."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from .login import Login


@dataclass(frozen=True, kw_only=True)
class Trust:
    """Whom TLS trusts: ``bundle``, a file of CA certificates in PEM; ``server_name``, the name the
    server's certificate must be for when the login's host is an alias of it (empty: the host).
    """

    bundle: str
    server_name: str = ""


class Engine(Protocol):
    """A kind of database server. Every call opens its own session and closes it, failed or not.

    All calls go over TLS with the certificate verified and raise `errors.DatabaseError`.
    """

    def prove(self, login: Login, *, owner: str) -> None:
        """Log in, and see that the session is the login's, in its database, acting as ``owner``."""

    def set_login(
        self, admin: Login, wanted: Login, *, owner: str, confirm: Callable[[], None]
    ) -> None:
        """Let ``wanted`` log in with its password, as a member of ``owner``, in its database.

        Makes the role if it is not there, lets it log in if it was locked, and changes nothing of
        any other role. The password itself never goes to the server in a statement: a verifier
        does. Under a lock that all runs on the same ``owner`` and database take, ``confirm`` is
        called, and only if it does not raise anything is changed; where the engine can, all in one
        transaction. When the process dies or the session ends anywhere in between, either nothing
        or everything has happened (PostgreSQL), or the same call made again completes it (MySQL).
        """

    def ensure_access(
        self, admin: Login, *, database: str, owner: str, logins: Sequence[str]
    ) -> None:
        """Make the owner role, its database, and the login roles, whichever is missing.

        Others may not connect to the database. A login that is made here is a member of the owner
        and cannot log in until `set_login` gives it a password; one that is there is left alone.
        ``admin.dbname`` is where it logs in.
        """
