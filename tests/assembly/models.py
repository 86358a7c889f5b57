"""Small roads and environments to draw."""

from __future__ import annotations

from assembly.environment import (
    Database,
    Environment,
    Key,
    Listener,
    LoadBalancer,
    Network,
    Path,
    Region,
    Release,
    Scaling,
    Secret,
    Service,
    Shift,
    Subnet,
    TargetGroup,
    Tier,
)
from assembly.road import Column, Kind, Lane, Road, Track

NAMES = ("web", "orders", "recommendations", "search", "accounts", "pricing", "stock", "mail")


def service(name: str, *, public: bool = False, steps: int = 4) -> Service:
    """A service whose traffic shifts in so many steps."""
    shifts = tuple(
        Shift(percent=100 * (i + 1) // steps, minutes=3 if i + 1 < steps else 0)
        for i in range(steps)
    )
    return Service(
        name=name,
        host=f"{name}.example.com",
        cpu=512,
        memory=1024,
        capacity="FARGATE + FARGATE_SPOT",
        tasks=3,
        load_balancer=LoadBalancer(
            public=public,
            tier="Public" if public else "Private",
            zones=3,
            listeners=(
                Listener(port=443, protocol="HTTPS", route="production"),
                Listener(port=8443, protocol="HTTPS", route="test"),
            ),
        ),
        blue=TargetGroup(name=f"{name}-blue", port=8080, health_path="/ready"),
        green=TargetGroup(name=f"{name}-green", port=8080, health_path="/ready"),
        scaling=Scaling(
            minimum=3,
            maximum=20,
            follows=("cpu 70 %", "memory 75 %", "500 requests a task"),
            schedules=("8\N{EN DASH}40 from FRI 19:00 Asia/Tokyo",) * 3,
        ),
        release=Release(
            strategy="linear 25 % / 3 min",
            shifts=shifts,
            decision="a person agrees within 15 min",
            standby_minutes=60,
            alarms=7,
        ),
    )


def network(zones: int, *, region: str = "eu-west-1") -> Network:
    """A VPC with three tiers over so many zones."""
    return Network(
        cidr="10.255.0.0/16",
        tiers=tuple(
            Tier(
                name=name,
                route=route,
                subnets=tuple(
                    Subnet(zone=f"{region}{'abcdef'[i]}", cidr=f"10.255.{i * 32}.0/20", nat=nat)
                    for i in range(zones)
                ),
                hosts=("tasks of web, orders", "8 interface endpoints"),
            )
            for name, route, nat in (
                ("Public", "out: internet gateway", True),
                ("Private", "out: NAT gateway", False),
                ("Isolated", "no route out", False),
            )
        ),
        interface_endpoints=tuple(f"endpoint{i}" for i in range(20)),
        gateway_endpoints=("s3", "dynamodb"),
    )


def region(
    *names: str, zones: int = 3, name: str = "eu-west-1", steps: int = 4, readers: int = 2
) -> Region:
    """One Region with a service for each name, the first one public."""
    return Region(
        stage="Live",
        account="123456789012",
        region=name,
        network=network(zones, region=name),
        services=tuple(
            service(each, public=not index, steps=steps) for index, each in enumerate(names)
        ),
        databases=(
            Database(
                name="main",
                engine="aurora-postgresql 17.5",
                port=5432,
                tier="Isolated",
                capacity="2\N{EN DASH}32 ACU",
                instances=("Writer", *("Reader",) * readers),
                facts=("backups kept 35 days", "encrypted"),
            ),
        ),
        secrets=tuple(
            Secret(name=f"shop/{each}/database", readers=(f"{each}, injected at start as SECRET",))
            for each in names
        ),
        keys=(Key(name="alias/shop/data", encrypts=("secrets", "the database")),),
        paths=tuple(
            Path(
                source=f"load balancer of {each}",
                target=f"tasks of {each}",
                ports="443, 8443",
                note="open to all tasks, shop-web-checks",
            )
            for each in names
        ),
    )


def environment(*regions: Region) -> Environment:
    """An environment of those Regions."""
    return Environment(name="Live", regions=regions)


def column(kind: Kind, *names: str, tracks: int = 1) -> Column:
    """A column with the same names in every track."""
    return Column(kind=kind, caption=f"{len(names)} {kind}", names=(names,) * tracks)


def lane(name: str, *services: str, regions: int = 1, approval: bool = False) -> Lane:
    """An environment that deploys a stack for each service in every Region."""
    return Lane(
        name=name,
        tracks=tuple(
            Track(name=f"{name}{i or ''}", account="123456789012", region=f"eu-west-{i + 1}")
            for i in range(regions)
        ),
        columns=(
            *([column("approval", f"Approve{name}")] if approval else []),
            column("stacks", "Network", tracks=regions),
            column("stacks", *services, tracks=regions),
            column("gate", f"Smoke{name}"),
        ),
    )


def road(*lanes: Lane, own: int = 5) -> Road:
    """A pipeline with so many steps of its own before the lanes."""
    kinds: list[Kind] = ["source", "build", "build", "self-mutation", "build"]
    return Road(
        name="shop",
        account="210987654321",
        region="eu-west-1",
        restarts=True,
        columns=tuple(
            column(kinds[min(index, 4)], f"Step{index}", f"Other{index}") for index in range(own)
        ),
        lanes=lanes,
    )
