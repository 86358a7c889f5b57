"""A login of a database, as the JSON of a secret says it.

The keys are those that AWS's own rotation functions use:
https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

ENGINES = ("postgres", "mysql", "mariadb")
_TEXTS = ("engine", "host", "dbname", "username", "password")
_HIGHEST_PORT = 65535


class SecretMalformed(Exception):
    """A secret is no login; the text says which key is at fault, never a value."""

    kind = "SecretMalformed"


@dataclass(frozen=True, kw_only=True)
class Login:
    """Who logs in where. ``rest`` holds the secret's other keys, which are kept as they are."""

    engine: str
    host: str
    port: int
    dbname: str
    username: str
    password: str = field(repr=False)
    rest: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def where(self) -> str:
        """As messages name it: role, server and database."""
        return f"{self.username} at {self.host}:{self.port}/{self.dbname}"

    def renewed(self, *, username: str, password: str) -> Login:
        """The same place, another role and password."""
        return replace(self, username=username, password=password)

    def within(self, dbname: str) -> Login:
        """The same role and server, another database."""
        return replace(self, dbname=dbname)

    def text(self) -> str:
        """The secret's JSON."""
        return json.dumps(
            {
                **self.rest,
                "engine": self.engine,
                "host": self.host,
                "port": self.port,
                "dbname": self.dbname,
                "username": self.username,
                "password": self.password,
            }
        )


def parse_login(text: str, *, named: str, defaults: Mapping[str, Any] | None = None) -> Login:
    """The login that a secret's text holds. ``named`` is how messages call the secret.

    ``defaults`` are taken for keys that are not there: an admin secret may hold only the role and
    its password. Raises `SecretMalformed`.
    """
    try:
        given = json.loads(text)
    except ValueError:
        raise SecretMalformed(f"{named} is not JSON") from None
    if not isinstance(given, dict):
        raise SecretMalformed(f"{named} is not a JSON object")
    document: dict[str, Any] = {**(defaults or {}), **given}
    missing = [key for key in (*_TEXTS, "port") if document.get(key) in (None, "")]
    if missing:
        raise SecretMalformed(f"{named} has no {', '.join(missing)}")
    wrong = [key for key in _TEXTS if not isinstance(document[key], str)]
    if wrong:
        raise SecretMalformed(f"{named} has something else than text as {', '.join(wrong)}")
    engine = document["engine"].removeprefix("aurora-").replace("postgresql", "postgres")
    if engine not in ENGINES:
        raise SecretMalformed(f"{named} has an engine that is none of {', '.join(ENGINES)}")
    return Login(
        engine=engine,
        host=document["host"],
        port=_port(document["port"], named),
        dbname=document["dbname"],
        username=document["username"],
        password=document["password"],
        rest={key: value for key, value in document.items() if key not in (*_TEXTS, "port")},
    )


def _port(given: object, named: str) -> int:
    text = str(given)
    if isinstance(given, bool) or not (text.isascii() and text.isdigit()):
        raise SecretMalformed(f"{named} has a port that is no whole number")
    if not 1 <= int(text) <= _HIGHEST_PORT:
        raise SecretMalformed(f"{named} has a port that is not between 1 and {_HIGHEST_PORT}")
    return int(text)
