"""The cluster's sizes and times, and the services' databases on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from config.errors import shown
from config.model.environment import Environment
from config.model.service import Service
from config.rules.finding import Finding

MAJORS = range(13, 18)
SHORTEST_WINDOW = 30
TAKEN = ("postgres", "rdsadmin", "template0", "template1")
"""Databases that every Aurora PostgreSQL cluster has."""


def check_cluster(*, environment: Environment) -> Iterator[Finding]:
    """Capacities in order, a known major version, a backup window that AWS accepts.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ServerlessV2ScalingConfiguration.html
    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
    """
    database = environment.database
    if database.min_capacity > database.max_capacity:
        yield Finding(
            keys=("database.min_capacity", "database.max_capacity"),
            message="The least capacity is above the largest one.",
            given=shown(database.min_capacity),
            allowed=f"At most max_capacity, which is {database.max_capacity}.",
        )
    major = int(database.engine_version.partition(".")[0])
    if major not in MAJORS:
        yield Finding(
            keys=("database.engine_version",),
            message="This major version of PostgreSQL is not known to Pase.",
            given=shown(database.engine_version),
            allowed=f'A version of {MAJORS[0]} to {MAJORS[-1]}, such as "{MAJORS[-1]}.5".',
        )
    start, _, end = database.preferred_backup_window.partition("-")
    minutes = (_minutes(end) - _minutes(start)) % (24 * 60)
    if minutes < SHORTEST_WINDOW:
        yield Finding(
            keys=("database.preferred_backup_window",),
            message="The backup window is too short.",
            given=shown(database.preferred_backup_window),
            allowed=f"At least {SHORTEST_WINDOW} minutes, in UTC.",
        )


def check_database_names(*, services: Mapping[str, Service]) -> Iterator[tuple[str, Finding]]:
    """Each service has a database of its own, under a name that is free: (service, finding)."""
    owners: dict[str, str] = {}
    for service, content in services.items():
        if content.database is None:
            continue
        name = content.database.name
        if name in TAKEN or name.startswith("pg_"):
            yield (
                service,
                Finding(
                    keys=("database.name",),
                    message="PostgreSQL or Aurora keeps this name for itself.",
                    given=shown(name),
                    allowed=f"Any name but {', '.join(TAKEN)} and those beginning with pg_.",
                ),
            )
        elif name in owners:
            yield (
                service,
                Finding(
                    keys=("database.name",),
                    message=f"This is the database of {owners[name]} already.",
                    given=shown(name),
                    allowed="A database of its own for each service.",
                    hint="Two services that share tables cannot be released apart.",
                ),
            )
        owners.setdefault(name, service)


def _minutes(time: str) -> int:
    hours, minutes = time.split(":")
    return int(hours) * 60 + int(minutes)
