"""The AWS Organization: its units and accounts, its guardrails, its trail."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from config.model.types import (
    AccountId,
    Email,
    EnvironmentName,
    Frozen,
    OrganizationId,
    RoleName,
    RootId,
    UnitId,
)

UnitName = Literal["dev", "prod"]


class Unit(Frozen):
    """An organizational unit: which environments' accounts are in it, and whether it is guarded."""

    environments: tuple[EnvironmentName, ...] = Field(
        min_length=1, description="The environments whose accounts are in this unit."
    )
    id: UnitId | None = Field(
        default=None, description="A unit that exists. Without it, one is made under the root."
    )
    guardrails: bool = Field(
        default=True,
        description="Whether the guardrails are attached. In an existing organization: first "
        "false, then true unit by unit (docs/governance.md).",
    )


class NewAccount(Frozen):
    """An account that is made. Its id, once it is known, belongs to where it is used."""

    name: str = Field(min_length=1, max_length=50, description="The account's name.")
    email: Email = Field(description="An address that no other AWS account has.")
    unit: UnitName | None = Field(
        default=None, description="The unit that it is made in. Without it: under the root."
    )


class Trail(Frozen):
    """The organization's CloudTrail, and the bucket in which nothing can be changed."""

    enabled: bool = Field(
        default=True, description="False where the organization has a trail of its own already."
    )
    delegated: bool = Field(
        default=True,
        description="Whether the log account is CloudTrail's delegated administrator, so that "
        "nobody enters the management account to look at the trail.",
    )
    locked_days: int = Field(
        default=365,
        ge=1,
        le=36500,
        description="Days for which nobody, not even root, deletes an object (object lock in "
        "compliance mode). It can be made longer later, never shorter for what is written.",
    )
    kept_days: int = Field(
        default=2555, ge=1, description="Days after which objects are deleted by themselves."
    )


class Organization(Frozen):
    """The AWS Organization that all accounts belong to."""

    id: OrganizationId
    management_account: AccountId = Field(
        description="The management account. Guardrails do not bind it; nothing else belongs there."
    )
    log_account: AccountId | None = Field(
        default=None, description="The account of CloudTrail's bucket. Default: the tools account."
    )
    root: RootId | None = Field(
        default=None, description="The root's id, in an organization that exists."
    )
    create: bool = Field(default=False, description="Make the organization; then without root.")
    administrator_roles: tuple[RoleName, ...] = Field(
        default=("OrganizationAccountAccessRole",),
        description="Roles in the accounts that may delete databases and buckets and change the "
        "bootstrap, beside break-glass.",
    )
    guard_platform: bool = Field(
        default=True,
        description="Whether the tools and the log account have guardrails (docs/governance.md).",
    )
    dev_unit: Unit
    prod_unit: Unit
    accounts: tuple[NewAccount, ...] = Field(
        default=(), description="Accounts that are made on request."
    )
    trail: Trail = Trail()
