"""What production requires, and that the mirror and what it mirrors are the right environments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from config.errors import ConfigError, shown
from config.model.environment import Environment
from config.model.platform import Platform
from config.model.service import Service
from config.parsed import PLATFORM_FILE, environment_file
from config.rules.finding import Finding
from config.suggest import suggestion

LEAST_TASKS = 2
MOST_SPOT_PERCENT = 50
LEAST_BACKUP_DAYS = 7


def check_tiers(
    *, platform: Platform, environments: Mapping[str, Environment]
) -> Iterator[ConfigError]:
    """``parity.of`` alone is production; the mirror is staging, and comes before it."""
    parity, road = platform.parity, platform.road
    for key, name in (("parity.mirror", parity.mirror), ("parity.of", parity.of)):
        if name not in road:
            yield ConfigError(
                file=PLATFORM_FILE,
                key=key,
                message="This environment is not on the road.",
                given=shown(name),
                allowed=", ".join(shown(one) for one in road),
                hint=suggestion(name, road),
            )
    if parity.mirror == parity.of:
        yield ConfigError(
            file=PLATFORM_FILE,
            key="parity.mirror",
            message="An environment cannot mirror itself.",
            given=shown(parity.mirror),
            allowed="Another environment than parity.of.",
        )
    elif {parity.mirror, parity.of} <= set(road):
        if road.index(parity.mirror) > road.index(parity.of):
            yield ConfigError(
                file=PLATFORM_FILE,
                key="road",
                message=f"{parity.of} comes before {parity.mirror}, where it should be rehearsed.",
                given=shown(road),
                allowed="The mirror before what it mirrors.",
            )
        yield from _wrong_tiers(platform=platform, environments=environments)


def check_production_environment(*, environment: Environment) -> Iterator[Finding]:
    """Data that cannot be lost by mistake, a way out for each zone, and a person's approval."""
    database = environment.database
    for key, held, why in (
        ("approval", environment.approval, "a person approves what reaches customers"),
        ("retain_data", environment.retain_data, "data outlives its stacks"),
        (
            "database.deletion_protection",
            database.deletion_protection,
            "AWS refuses to delete the database",
        ),
    ):
        if not held:
            yield Finding(
                keys=(key,),
                message="Production requires this.",
                given=shown(held),
                allowed=f"true: {why}.",
            )
    if environment.network.nat_gateways != "one_per_zone":
        yield Finding(
            keys=("network.nat_gateways",),
            message="With one NAT gateway the loss of its zone cuts off production in all zones.",
            given=shown(environment.network.nat_gateways),
            allowed='"one_per_zone"',
        )
    if database.backup_retention_days < LEAST_BACKUP_DAYS:
        yield Finding(
            keys=("database.backup_retention_days",),
            message="Production's backups are kept for too short a time.",
            given=shown(database.backup_retention_days),
            allowed=f"{LEAST_BACKUP_DAYS} to 35 days",
        )
    if database.min_capacity == 0:
        yield Finding(
            keys=("database.min_capacity",),
            message="Production's database would pause, and the next request wait for it to wake.",
            given=shown(database.min_capacity),
            allowed="0.5 or more",
        )


def check_production_service(*, service: Service) -> Iterator[Finding]:
    """A service survives the loss of a task, a reclaimed Spot task, and a bad version."""
    scaling = service.scaling
    for key, least in (
        ("scaling.min_tasks", scaling.min_tasks),
        *((f"scaling.peaks.{i}.min_tasks", peak.min_tasks) for i, peak in enumerate(scaling.peaks)),
    ):
        if least < LEAST_TASKS:
            yield Finding(
                keys=(key, "scaling.peaks"),
                message="In production the loss of one task would be an outage.",
                given=shown(least),
                allowed=f"{LEAST_TASKS} or more",
            )
    if service.release.strategy == "all_at_once":
        yield Finding(
            keys=("release.strategy",),
            message="In production a new version does not meet all users at once.",
            given=shown(service.release.strategy),
            allowed='"canary" or "linear"',
        )
    if service.capacity.spot_percent > MOST_SPOT_PERCENT:
        yield Finding(
            keys=("capacity.spot_percent",),
            message="In production too many tasks could be reclaimed at once.",
            given=shown(service.capacity.spot_percent),
            allowed=f"0 to {MOST_SPOT_PERCENT}",
        )
    if not any("release" in check.gates for check in service.checks):
        yield Finding(
            keys=("checks",),
            message="No check runs against green before production's users reach it.",
            allowed='At least one check with gates = ["release", ...].',
        )


def check_gate(*, service: Service, environment: Environment, name: str) -> Iterator[Finding]:
    """The environment's gate has a check to run: an empty gate would let everything pass."""
    if not any(environment.gate in check.gates for check in service.checks):
        yield Finding(
            keys=("checks",),
            message=f"No check belongs to the gate of {name}, so the gate would let all pass.",
            allowed=f"At least one check with gates = [{shown(environment.gate)}, ...].",
            hint=f"The gate is set in {environment_file(name)}.",
        )


def _wrong_tiers(
    *, platform: Platform, environments: Mapping[str, Environment]
) -> Iterator[ConfigError]:
    parity = platform.parity
    for name, environment in environments.items():
        tier = environment.tier
        needed = {parity.of: "production", parity.mirror: "staging"}.get(name)
        if needed is not None and tier != needed:
            role = "parity.of" if name == parity.of else "parity.mirror"
            yield ConfigError(
                file=environment_file(name),
                key="tier",
                message=f"{role} in {PLATFORM_FILE} is {name}, so its tier is another one.",
                given=shown(tier),
                allowed=shown(needed),
            )
        elif needed is None and tier == "production":
            yield ConfigError(
                file=environment_file(name),
                key="tier",
                message="Only the environment that parity.of names is production.",
                given=shown(tier),
                allowed=f'"development" or "staging"; parity.of is {shown(parity.of)}.',
                hint="A second Region of production is a second [[regions]] table, not an "
                "environment.",
            )
