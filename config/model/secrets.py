"""A service's secrets: its database's login and its API keys, how and when they are rotated."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from config.model.types import Frozen


class Schedule(Frozen):
    """When a secret is rotated: every so many days, or by a cron expression. Times are UTC."""

    every_days: int | None = Field(
        default=None,
        ge=1,
        le=999,
        description="Days from one rotation to the next, 30 where neither this nor cron is given; "
        "it begins at midnight UTC.",
    )
    cron: str | None = Field(
        default=None,
        description="In place of every_days, a schedule in the form of Secrets Manager, such as "
        '"cron(0 3 ? * SUN *)".',
    )
    window_hours: int = Field(
        default=4,
        ge=1,
        le=24,
        description="Within how many hours of its beginning a rotation takes place; "
        "it may not reach into the next day.",
    )


class DatabaseRotation(Schedule):
    """How the service's login to its database is rotated."""

    users: Literal["alternating", "single"] = Field(
        default="alternating",
        description="alternating: two logins take turns, and the one before goes on working until "
        "the next rotation; single: one login, which is refused from the moment its password "
        "changes until the service has read the new one.",
    )


class DatabaseAccess(Frozen):
    """The service's database on the environment's cluster, and how its login gets there."""

    name: str = Field(
        pattern=r"^[a-z][a-z0-9_]{0,62}$",
        description="The database's name: 1-63 lower-case letters, digits and underscores.",
    )
    delivery: Literal["runtime", "environment"] = Field(
        default="runtime",
        description="runtime: the service fetches it with its task role; "
        "environment: ECS injects it at task start as DATABASE_SECRET.",
    )
    rotation: DatabaseRotation = Field(
        default=DatabaseRotation(), description="How and when its login is rotated."
    )


class ApiKey(Schedule):
    """A key with which the service calls another party's API; it is rotated at its provider."""

    name: str = Field(
        pattern=r"^[a-z](-?[a-z0-9])*$",
        min_length=2,
        max_length=30,
        description="The key's name: lower-case letters, digits and single hyphens, 2-30 "
        "characters, a letter first.",
    )
    provider: Literal["http"] = Field(
        description="How keys are made and revoked: http is the API of docs/secrets.md."
    )
    url: str = Field(
        pattern=r"^https://([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,63}(:[0-9]{1,5})?"
        r"(/[A-Za-z0-9._~!$&'()*+,;=:%/-]*)?$",
        description='Where the provider manages keys, such as "https://api.example.com/v1"; no '
        "user, query or fragment.",
    )
    overlap_hours: int = Field(
        default=24,
        ge=1,
        description="How long the key before goes on working after a rotation, at least.",
    )

    @property
    def port(self) -> int:
        """The port of ``url``."""
        _, colon, port = self.url.split("/")[2].partition(":")
        return int(port) if colon else 443

    @property
    def variable(self) -> str:
        """The environment variable in which the service finds the key's secret."""
        return f"{self.name.upper().replace('-', '_')}_API_KEY_SECRET_ID"
