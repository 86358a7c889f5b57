"""One environment: an account, its Regions and every size that differs between environments."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from config.model.types import (
    AccountId,
    AvailabilityZone,
    Cidr,
    DomainName,
    Frozen,
    HostedZoneId,
    Region,
    Retention,
)

Tier = Literal["development", "staging", "production"]
InterfaceEndpoint = Literal[
    "ecr.api",
    "ecr.dkr",
    "logs",
    "secretsmanager",
    "ssm",
    "ssmmessages",
    "kms",
    "monitoring",
    "sts",
]


class HostedZone(Frozen):
    """The public Route 53 hosted zone in which the Region's services get their names."""

    id: HostedZoneId
    name: DomainName


class RegionalCell(Frozen):
    """One Region of an environment: a whole copy of the stacks with addresses of its own."""

    name: Region
    availability_zones: tuple[AvailabilityZone, ...] = Field(
        min_length=2, max_length=3, description="Two or three Availability Zones of the Region."
    )
    cidr: Cidr
    hosted_zone: HostedZone = Field(description="Where the Region's services get their names.")


class Network(Frozen):
    """The VPC's parameters."""

    nat_gateways: Literal["one", "one_per_zone"] = Field(
        description="one: cheaper, and a lost zone may take the way out with it; "
        "one_per_zone: each zone has its own."
    )
    interface_endpoints: tuple[InterfaceEndpoint, ...] = Field(
        default=(), description="AWS APIs reached inside the VPC; charged by the hour and zone."
    )
    flow_log_retention_days: Retention = 30


class Database(Frozen):
    """The Aurora PostgreSQL Serverless v2 cluster's parameters; an ACU is about 2 GiB."""

    engine_version: str = Field(
        default="17.5",
        pattern=r"^[0-9]{2}\.[0-9]{1,2}$",
        description='An Aurora PostgreSQL version, major and minor, in quotes: "17.5".',
    )
    min_capacity: float = Field(
        ge=0, le=256, multiple_of=0.5, description="ACUs when idle; 0 lets the cluster pause."
    )
    max_capacity: float = Field(ge=1, le=256, multiple_of=0.5, description="ACUs at most.")
    readers: int = Field(ge=0, le=15, description="Reader instances beside the writer.")
    backup_retention_days: int = Field(ge=1, le=35, description="Days of point-in-time recovery.")
    deletion_protection: bool = Field(
        description="Whether AWS refuses to delete the cluster until this is switched off."
    )
    preferred_backup_window: str = Field(
        default="17:00-18:00",
        pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$",
        description='The daily backup\'s window in UTC, such as "17:00-18:00".',
    )


class Logs(Frozen):
    """How long log groups keep what they hold."""

    retention_days: Retention


class Environment(Frozen):
    """``config/environments/<name>.toml``; the file's stem is the environment's name."""

    tier: Tier = Field(
        description="What the environment is for; production turns the production rules on."
    )
    account: AccountId
    approval: bool = Field(
        description="Whether a person approves before anything is deployed here."
    )
    gate: Literal["smoke", "acceptance"] = Field(
        description="Which of the services' checks must pass after a deployment here."
    )
    retain_data: bool = Field(
        description="Whether databases, keys, secrets, buckets and logs outlive their stacks."
    )
    container_insights: Literal["enabled", "enhanced"] = Field(
        default="enhanced", description="How much CloudWatch observes of the cluster."
    )
    regions: tuple[RegionalCell, ...] = Field(
        min_length=1, description="The Regions; the first is the environment's home."
    )
    network: Network
    database: Database
    logs: Logs
    tags: dict[str, str] = Field(
        default_factory=dict, description="On everything here, over the platform's tags."
    )
