"""A login of a database as what a secret opens: made, put in place, proved."""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass

from ..databases.engine import Engine
from ..databases.errors import DatabaseMissing, LoginLocked, LoginRefused, WrongSession
from ..databases.login import Login, parse_login
from ..rotation.errors import RotationError, StaleValue
from ..rotation.events import Step
from ..rotation.ports import Value

PASSWORD_LENGTH = 48
_ALPHABET = string.ascii_letters + string.digits
_SECRET, _ADMIN_SECRET = "the service's secret", "the admin secret"


class AdminRefused(RotationError):
    """The database does not accept the admin secret's login."""


class LoginInUse(StaleValue):
    """The pending value is about the very login that AWSCURRENT is about."""


class ForeignLogin(StaleValue):
    """The pending value is about a login that is none of this function's."""


class ElsewherePending(StaleValue):
    """The pending value is about another server or database than AWSCURRENT."""


class OtherServer(RotationError):
    """The admin secret is about another server than the service's secret."""


@dataclass(frozen=True, kw_only=True)
class DatabaseLogin:
    """`rotation.ports.Credential`: ``logins`` of a service, members of ``owner``.

    Two logins take turns. With one it is displaced in finishSecret, right before AWSCURRENT
    moves; in between, for a login and two calls, AWSCURRENT is refused. ``admin`` reads the admin
    secret.
    """

    engine: Callable[[str], Engine]
    admin: Callable[[], Value]
    owner: str
    logins: tuple[str, ...]

    @property
    def placed_in(self) -> Step:
        """See `rotation.ports.Credential`."""
        return Step.SET if len(self.logins) == 2 else Step.FINISH

    def blank(self, value: Value) -> bool:
        """Never: the stack makes the secret with a login and the login with the secret."""
        del value
        return False

    def make(self, current: Value, token: str) -> str:
        """The other login, or the only one, with a new password."""
        del token
        login = parse_login(current.text, named=_SECRET)
        username = next((one for one in self.logins if one != login.username), self.logins[0])
        password = "".join(secrets.choice(_ALPHABET) for _ in range(PASSWORD_LENGTH))
        return login.renewed(username=username, password=password).text()

    def place(self, current: Value, pending: Value, confirm: Callable[[], None]) -> None:
        """Give the pending login its password, with the admin secret."""
        now = parse_login(current.text, named=_SECRET)
        wanted = parse_login(pending.text, named=_SECRET)
        self._check(now, wanted)
        engine = self.engine(wanted.engine)
        refused = ""
        while True:
            admin = self.admin()
            try:
                login = self._administrator(admin, now)
                engine.set_login(login, wanted, owner=self.owner, confirm=confirm)
            except LoginRefused as error:
                # It may have been rotated between our reading it and the login: once more.
                if admin.version == refused:
                    raise AdminRefused(f"the admin secret's login is refused: {error}") from None
                refused = admin.version
            else:
                return

    def works(self, value: Value) -> bool:
        """See `rotation.ports.Credential`. Raises when the server cannot be reached or trusted."""
        try:
            self.prove(value)
        except (LoginRefused, LoginLocked, WrongSession, DatabaseMissing):
            return False
        return True

    def prove(self, value: Value) -> None:
        """Log in."""
        login = parse_login(value.text, named=_SECRET)
        self.engine(login.engine).prove(login, owner=self.owner)

    def retire(self, current: Value, token: str) -> None:
        """Nothing: the former login goes on working until its turn comes."""

    def _check(self, now: Login, wanted: Login) -> None:
        given_up = "it is given up, and the next rotation makes another one (docs/secrets.md)"
        if wanted.username not in self.logins:
            raise ForeignLogin(
                f"the pending value is about {wanted.username}; this function rotates "
                f"{' and '.join(self.logins)}; {given_up}"
            )
        if len(self.logins) == 2 and wanted.username == now.username:
            raise LoginInUse(
                f"the pending value is about {wanted.username}, with which AWSCURRENT logs in: "
                f"the secret was changed meanwhile; {given_up}"
            )
        if (wanted.engine, wanted.host, wanted.port, wanted.dbname) != (
            now.engine,
            now.host,
            now.port,
            now.dbname,
        ):
            raise ElsewherePending(
                f"the pending value is about {wanted.where}, AWSCURRENT about {now.where}; "
                f"{given_up}"
            )

    def _administrator(self, admin: Value, now: Login) -> Login:
        """The administrator at the service's server, in the service's database.

        The admin password goes to no other server than the one its own secret names, if it does.
        """
        place = {"engine": now.engine, "host": now.host, "port": now.port, "dbname": now.dbname}
        login = parse_login(admin.text, named=_ADMIN_SECRET, defaults=place)
        if (login.host, login.port) != (now.host, now.port):
            raise OtherServer(
                f"the admin secret is about {login.host}:{login.port}, the service's secret about "
                f"{now.host}:{now.port}"
            )
        return login.within(now.dbname)
