"""Who enters which environment's account, from where, and on what condition."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from config.model.types import AccountId, EnvironmentName, Frozen, Region, RoleName, UserPattern


class People(Frozen):
    """One kind of people: where they may go, and who they are."""

    environments: tuple[EnvironmentName, ...] = Field(
        description="The environments in whose accounts the role is."
    )
    users: tuple[UserPattern, ...] = Field(
        default=(),
        description='With sign_in = "users": the IAM users of the identity account that may enter, '
        'by name or by path, such as "operators/*".',
    )
    roles: tuple[RoleName, ...] = Field(
        default=(),
        description='With sign_in = "roles": the roles of the identity account that may enter, '
        "such as those of a SAML identity provider.",
    )
    groups: tuple[str, ...] = Field(
        default=(),
        description='With sign_in = "identity_center": ids of the groups that may enter.',
    )
    session_hours: int = Field(
        default=1,
        ge=1,
        le=12,
        description="How long a session lasts at most; 1 but for users, since AWS ends a "
        "session that was entered from a role after an hour.",
    )
    approval: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_.:/=+@-]+[*?]*$",
        description="What the session's tag Approval must be like, such as CHG-?*. Without it no "
        "tag is asked for.",
    )


class Access(Frozen):
    """People sign in at one account, and enter the others' roles from there."""

    sign_in: Literal["users", "roles", "identity_center"] = Field(
        default="users",
        description="users: IAM users of the identity account, with MFA; roles: roles of it, "
        "whose own trust has to ask for MFA; identity_center: permission sets of IAM Identity "
        "Center, which has to ask for MFA.",
    )
    account: AccountId | None = Field(
        default=None, description="Where people sign in. Default: the management account."
    )
    instance_arn: str | None = Field(
        default=None,
        pattern=r"^arn:aws:sso:::instance/(sso)?ins-[a-zA-Z0-9-.]{16}$",
        description='With sign_in = "identity_center": its instance.',
    )
    region: Region | None = Field(
        default=None,
        description="The home Region of IAM Identity Center. Default: the tools account's Region.",
    )
    developer: People
    qa: People
    operator: People
    break_glass: People
