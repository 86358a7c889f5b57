"""The function's own environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from ..databases.engine import Trust
from ..databases.trust import trust_of
from ..rotation.errors import InvalidSettings
from ..rotation.running import setting

_ROLE = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Whose login is rotated, how. One login: single user. Two: they take turns."""

    admin_secret_arn: str
    logins: tuple[str, ...]
    owner: str
    minimum_age: timedelta
    trust: Trust


def load(environ: Mapping[str, str]) -> Settings:
    """The settings. Raises `InvalidSettings`, `BundleMissing`."""
    logins = tuple(one.strip() for one in setting(environ, "LOGINS").split(","))
    owner = setting(environ, "OWNER")
    for name in (*logins, owner):
        if not _ROLE.fullmatch(name):
            raise InvalidSettings(
                f"LOGINS or OWNER has {name!r}; a role's name is 1 to 63 lower-case letters, "
                "digits and underscores, a letter first"
            )
    if len(logins) > 2 or len({*logins, owner}) != len(logins) + 1:
        raise InvalidSettings(
            f"LOGINS is {','.join(logins)} and OWNER {owner}; LOGINS has one name (single user) or "
            "two (alternating users), and no two of all are the same"
        )
    age = environ.get("MINIMUM_AGE_SECONDS", "0")
    if not (age.isascii() and age.isdigit()):
        raise InvalidSettings(f"MINIMUM_AGE_SECONDS is {age!r}; it is a whole number of seconds")
    return Settings(
        admin_secret_arn=setting(environ, "ADMIN_SECRET_ARN"),
        logins=logins,
        owner=owner,
        minimum_age=timedelta(seconds=int(age)),
        trust=trust_of(environ),
    )
