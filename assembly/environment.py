"""One deployed environment as values, without CloudFormation: what its picture shows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Subnet:
    """A subnet; ``nat`` when a NAT gateway stands in it."""

    zone: str
    cidr: str
    nat: bool = False


@dataclass(frozen=True, kw_only=True)
class Tier:
    """Subnets of one kind, one a zone. ``hosts`` says what is placed there."""

    name: str
    route: str
    subnets: tuple[Subnet, ...]
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Network:
    """The VPC of one Region."""

    cidr: str
    tiers: tuple[Tier, ...]
    interface_endpoints: tuple[str, ...] = ()
    gateway_endpoints: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Listener:
    """``route`` is CodeDeploy's: ``production``, ``test`` or empty."""

    port: int
    protocol: str
    route: str = ""


@dataclass(frozen=True, kw_only=True)
class TargetGroup:
    """One of the two sides of a release."""

    name: str
    port: int
    health_path: str


@dataclass(frozen=True, kw_only=True)
class LoadBalancer:
    """``tier`` is the subnets' tier, in ``zones`` zones."""

    public: bool
    tier: str
    zones: int
    listeners: tuple[Listener, ...]


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """Bounds, what they follow, and the times at which other bounds begin."""

    minimum: int
    maximum: int
    follows: tuple[str, ...] = ()
    schedules: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Shift:
    """From here on green has ``percent`` of the traffic, for ``minutes`` (0: until the end)."""

    percent: int
    minutes: int


@dataclass(frozen=True, kw_only=True)
class Release:
    """How CodeDeploy moves the traffic; ``decision`` is empty when nobody is asked."""

    strategy: str
    shifts: tuple[Shift, ...]
    decision: str
    standby_minutes: int
    alarms: int


@dataclass(frozen=True, kw_only=True)
class Service:
    """One ECS service with its way in and its way of being released."""

    name: str
    host: str
    cpu: int
    memory: int
    capacity: str
    tasks: int
    load_balancer: LoadBalancer
    blue: TargetGroup
    green: TargetGroup
    scaling: Scaling
    release: Release


@dataclass(frozen=True, kw_only=True)
class Database:
    """An Aurora cluster; one entry of ``instances`` for each instance, the writer first."""

    name: str
    engine: str
    port: int
    tier: str
    capacity: str
    instances: tuple[str, ...]
    facts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Secret:
    """``readers`` says which service gets it, and how; ``rotated`` when, or is empty."""

    name: str
    readers: tuple[str, ...]
    rotated: str = ""


@dataclass(frozen=True, kw_only=True)
class Key:
    """A KMS key and what it encrypts."""

    name: str
    encrypts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Path:
    """The security groups let ``source`` open connections to ``target`` on ``ports``."""

    source: str
    target: str
    ports: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Region:
    """One stage assembly: the environment in one Region."""

    stage: str
    account: str
    region: str
    network: Network
    services: tuple[Service, ...]
    databases: tuple[Database, ...]
    secrets: tuple[Secret, ...]
    keys: tuple[Key, ...]
    paths: tuple[Path, ...]


@dataclass(frozen=True, kw_only=True)
class Environment:
    """The environment in all its Regions."""

    name: str
    regions: tuple[Region, ...]
