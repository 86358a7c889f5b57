"""What a service needs in a database server, and how it is brought about."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ..databases.engine import Engine
from ..databases.errors import DatabaseMissing, LoginLocked, LoginRefused, WrongSession
from ..databases.login import Login, parse_login
from ..rotation.ports import CURRENT, PENDING, Value, Versions

# The database to log in to before the service's own is there.
MAINTENANCE = {"postgres": "postgres", "mysql": "mysql", "mariadb": "mysql"}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


class InvalidRequest(Exception):
    """A property of the custom resource is wrong."""


class SecretChanged(Exception):
    """The service's secret was rotated while its login was being made; to be done again."""


class Secret(Protocol):
    """A secret, as `rotation.ports.SecretStore` has it. Raises `rotation.errors.StoreFailed`."""

    def versions(self) -> Versions:
        """All versions that have labels."""

    def current(self) -> Value:
        """The value of AWSCURRENT."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the resource's properties ask for."""

    secret_arn: str
    database: str
    owner: str
    logins: tuple[str, ...]

    @property
    def id(self) -> str:
        """The physical id: another database is another resource."""
        return f"{self.database}-database-access"


def parse(properties: Any) -> Wanted:
    """The request's properties. Raises `InvalidRequest`."""
    if not isinstance(properties, Mapping):
        raise InvalidRequest("ResourceProperties must be an object")
    secret_arn = properties.get("SecretArn")
    if not isinstance(secret_arn, str) or not secret_arn.startswith("arn:"):
        raise InvalidRequest(f"SecretArn must be an ARN, it is {secret_arn!r}")
    logins = properties.get("Logins")
    if not isinstance(logins, list) or len(logins) not in (1, 2):
        raise InvalidRequest(f"Logins must be a list of one or two names, it is {logins!r}")
    names = {"Database": properties.get("Database"), "Owner": properties.get("Owner")}
    for key, name in (*names.items(), *(("Logins", one) for one in logins)):
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise InvalidRequest(
                f"{key} has {name!r}; a name is 1 to 63 lower-case letters, digits and "
                "underscores, a letter first"
            )
    if len({names["Owner"], *logins}) != len(logins) + 1:
        raise InvalidRequest(f"Owner {names['Owner']} and Logins {logins} must be all different")
    return Wanted(
        secret_arn=secret_arn,
        database=str(names["Database"]),
        owner=str(names["Owner"]),
        logins=tuple(logins),
    )


def ensure(
    wanted: Wanted,
    *,
    secret: Secret,
    admin: Callable[[], Value],
    engine: Callable[[str], Engine],
) -> str:
    """Make what is missing, and see that AWSCURRENT's login works. Says what was done.

    Raises `databases.errors.DatabaseError`, `SecretMalformed`, `InvalidRequest` and
    `SecretChanged`.
    """
    current = secret.current()
    login = parse_login(current.text, named="the service's secret")
    if login.dbname != wanted.database or login.username not in wanted.logins:
        raise InvalidRequest(
            f"the service's secret is about {login.where}; this resource is about database "
            f"{wanted.database} and {' and '.join(wanted.logins)}"
        )
    server = engine(login.engine)
    if _works(server, login, wanted):
        return f"{login.where} works already; nothing was changed"
    administrator = _administrator(admin(), login)
    server.ensure_access(
        administrator.within(MAINTENANCE[login.engine]),
        database=wanted.database,
        owner=wanted.owner,
        logins=wanted.logins,
    )

    def confirm() -> None:
        versions = secret.versions()
        if versions.holder(CURRENT) != current.version:
            raise SecretChanged("the secret was rotated meanwhile; deploy again")
        rotating = versions.holder(PENDING) not in ("", current.version)
        if rotating and len(wanted.logins) == 1:
            # It is about to displace this very login, and would be undone.
            raise SecretChanged("the secret is being rotated; deploy again when that has ended")

    server.set_login(
        administrator.within(wanted.database), login, owner=wanted.owner, confirm=confirm
    )
    server.prove(login, owner=wanted.owner)
    return f"database {wanted.database}, its owner {wanted.owner} and {login.username} are there"


def _works(server: Engine, login: Login, wanted: Wanted) -> bool:
    try:
        server.prove(login, owner=wanted.owner)
    except (LoginRefused, LoginLocked, WrongSession, DatabaseMissing):
        return False
    return True


def _administrator(admin: Value, login: Login) -> Login:
    place = {"engine": login.engine, "host": login.host, "port": login.port, "dbname": login.dbname}
    found = parse_login(admin.text, named="the admin secret", defaults=place)
    if (found.host, found.port) != (login.host, login.port):
        raise InvalidRequest(
            f"the admin secret is about {found.host}:{found.port}, the service's secret about "
            f"{login.host}:{login.port}"
        )
    return found
