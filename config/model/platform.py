"""What is true of the whole platform: organization, tools account, source, Regions, parity."""

from __future__ import annotations

from pydantic import Field

from config.model.access import Access
from config.model.organization import Organization
from config.model.types import (
    AccountId,
    Email,
    EnvironmentName,
    Frozen,
    Reason,
    Region,
)


class Tools(Frozen):
    """The account and Region that hold the pipeline and the image repositories."""

    account: AccountId
    region: Region


class Repository(Frozen):
    """The source repository, reached through a CodeConnections connection (no stored token)."""

    name: str = Field(
        pattern=r"^[^/\s]+/[^/\s]+$", description='The repository, written "owner/name".'
    )
    branch: str = Field(
        default="main", min_length=1, description="The branch the pipeline follows."
    )
    connection_arn: str = Field(
        pattern=r"^arn:aws:(codeconnections|codestar-connections):[a-z0-9-]+:[0-9]{12}:"
        r"connection/[0-9a-f-]{36}$",
        description="The ARN of the CodeConnections connection in the tools account.",
    )


class Github(Frozen):
    """GitHub Actions, whose jobs enter roles of the tools account without a stored secret."""

    repository: str | None = Field(
        default=None,
        pattern=r"^[^/\s*?$:]+/[^/\s*?$:]+$",
        description="The repository as GitHub's tokens name it, where that is not "
        'repository.name: "owner@123456/name@456789" with immutable ids (docs/access.md).',
    )
    provider_arn: str | None = Field(
        default=None,
        pattern=r"^arn:aws:iam::[0-9]{12}:oidc-provider/token\.actions\.githubusercontent\.com$",
        description="The tools account's identity provider for GitHub, if it has one already.",
    )


class Notifications(Frozen):
    """Who hears of failures and of releases that wait for approval."""

    emails: tuple[Email, ...] = Field(default=(), description="Addresses subscribed to the topic.")


class KeyDifference(Frozen):
    """Keys in which the mirror may differ from what it mirrors, with the reason."""

    keys: tuple[str, ...] = Field(
        min_length=1,
        description='Dotted keys from "environment" or "services.<name>" down; "*" stands for one '
        'segment, "**" at the end for the rest.',
    )
    reason: Reason


class TemplateDifference(Frozen):
    """Resources that not every environment's templates have, with the reason."""

    stack: str = Field(
        description='The stack\'s name within its stage, such as "Network"; "*" for all.'
    )
    resource_type: str = Field(
        pattern=r"^[A-Za-z0-9]+(::[A-Za-z0-9_@-]+)+$",
        description="The CloudFormation type, such as AWS::EC2::NatGateway.",
    )
    reason: Reason


class Parity(Frozen):
    """The promise that one environment (the mirror) is another's likeness."""

    mirror: EnvironmentName = Field(
        default="staging", description="The environment that is kept like the other one."
    )
    of: EnvironmentName = Field(default="prod", description="The environment that is mirrored.")
    may_differ: tuple[KeyDifference, ...] = Field(
        default=(), description="The declared differences in configuration."
    )
    templates_may_differ: tuple[TemplateDifference, ...] = Field(
        default=(), description="The declared differences in what the templates hold."
    )


class Platform(Frozen):
    """``config/platform.toml``."""

    name: str = Field(
        default="pase",
        pattern=r"^[a-z][a-z0-9]{1,11}$",
        description="Prefix of everything that needs an explicit name: 2-12 lower-case letters "
        "and digits, a letter first.",
    )
    organization: Organization = Field(description="The AWS Organization of all accounts.")
    tools: Tools = Field(description="The account and Region of pipeline and images.")
    repository: Repository = Field(description="The source the pipeline follows.")
    allowed_regions: tuple[Region, ...] = Field(
        min_length=1, description="The only Regions in which resources may be created."
    )
    road: tuple[EnvironmentName, ...] = Field(
        min_length=1, description="Environments in the order in which a change passes through them."
    )
    tags: dict[str, str] = Field(
        default_factory=dict, description="On everything in every account that can carry tags."
    )
    access: Access = Field(description="Who enters which account, and how.")
    github: Github = Github()
    notifications: Notifications = Notifications()
    parity: Parity = Parity()
