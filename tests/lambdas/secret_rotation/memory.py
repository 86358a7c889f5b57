"""A database server in memory, and a client of the strict Secrets Manager, both call by call.

Every call first runs `Calls.before_call`, so that a test can hold it up or kill its caller there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from lambdas.databases.errors import Busy, LoginLocked, LoginRefused, SessionLost, WrongSession
from lambdas.databases.login import Login
from rehearsal.errors import ApiError
from rehearsal.wire import Api


@dataclass(eq=False)
class Calls:
    """What holds calls up."""

    before_call: Callable[[str], None] = lambda _name: None


@dataclass
class Role:
    """A role that may log in."""

    password: str
    member_of: str
    locked: bool = False


@dataclass(eq=False)
class Server:
    """A database server. ``started`` counts its starts: a session belongs to one of them."""

    calls: Calls
    admin: str
    roles: dict[str, Role] = field(default_factory=dict)
    started: int = 1
    _holder: object = None

    def accepts(self, login: Login) -> bool:
        """Whether the login works."""
        role = self.roles.get(login.username)
        return role is not None and not role.locked and role.password == login.password

    def restart(self) -> None:
        """End every session; locks go with them."""
        self.started += 1
        self._holder = None

    def prove(self, login: Login, *, owner: str) -> None:
        """See `Engine.prove`."""
        self.calls.before_call("log in")
        role = self.roles.get(login.username)
        if role is not None and role.locked:
            raise LoginLocked(login.where)
        if role is None or not self.accepts(login):
            raise LoginRefused(login.where)
        if role.member_of != owner:
            raise WrongSession(login.where)

    def set_login(
        self, admin: Login, wanted: Login, *, owner: str, confirm: Callable[[], None]
    ) -> None:
        """See `Engine.set_login`: nothing of it is there before the commit."""
        self.calls.before_call("log in as admin")
        if admin.password != self.admin:
            raise LoginRefused(admin.where)
        session, me = self.started, object()
        self.calls.before_call("lock")
        self._alive(session)
        if self._holder is not None:
            raise Busy(owner)
        self._holder = me
        try:
            confirm()
            self.calls.before_call("alter role")
            self._alive(session)
            self.calls.before_call("commit")
            self._alive(session)
            self.roles[wanted.username] = Role(password=wanted.password, member_of=owner)
        finally:
            if self._holder is me:
                self._holder = None

    def ensure_access(
        self, admin: Login, *, database: str, owner: str, logins: Sequence[str]
    ) -> None:
        """See `Engine.ensure_access`."""
        del database
        if admin.password != self.admin:
            raise LoginRefused(admin.where)
        for one in logins:
            self.roles.setdefault(one, Role(password="", member_of=owner, locked=True))

    def _alive(self, session: int) -> None:
        if session != self.started:
            raise SessionLost("the server was restarted")


class Client:
    """boto3's client of Secrets Manager as far as the functions use it, without boto3's cost."""

    def __init__(self, model: Api, calls: Calls) -> None:
        self._model = model
        self._calls = calls

    def __getattr__(self, name: str) -> Callable[..., Mapping[str, Any]]:
        operation = re.sub(r"(?:^|_)([a-z])", lambda match: match[1].upper(), name)

        def call(**parameters: Any) -> Mapping[str, Any]:
            self._calls.before_call(operation)
            return self.ask(operation, **parameters)

        return call

    def ask(self, operation: str, **parameters: Any) -> Mapping[str, Any]:
        """The same without being held up."""
        try:
            return self._model.call(operation, parameters)
        except ApiError as error:
            code = {"Error": {"Code": error.code, "Message": error.message}}
            raise ClientError(code, operation) from None  # type: ignore[arg-type]


def secret_text(username: str, password: str) -> str:
    """The secret of a login."""
    return json.dumps(
        {
            "engine": "postgres",
            "host": "db.internal",
            "port": 5432,
            "dbname": "shop",
            "username": username,
            "password": password,
        }
    )
