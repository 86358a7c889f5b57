"""When secrets are rotated, and that whoever uses them can follow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from config.cron import CronInvalid, times
from config.errors import shown
from config.model.secrets import Schedule
from config.model.service import Service
from config.rotation_time import restart_minutes, shortest_hours
from config.rules.finding import Finding

SHORTEST_HOURS = 4
"""https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html"""
MOST_RESOURCES = 500
OF_THE_STACK, OF_A_DATABASE, OF_AN_API_KEY = 45, 9, 10
"""Resources of the stack Secrets at most, without any service, and for each secret."""
_DAY = 24
_FORM = "cron(0 HOURS DAY-OF-MONTH MONTH DAY-OF-WEEK *) in UTC, such as cron(0 3 ? * SUN *)."


def check_schedules(*, service: Service) -> Iterator[Finding]:
    """Each schedule is one that Secrets Manager takes, and its window ends in time."""
    for key, schedule in _schedules(service):
        yield from _form(key, schedule)


def check_followed(*, service: Service) -> Iterator[Finding]:
    """A service that gets its login from the environment is restarted before its login ends."""
    database = service.database
    if database is None or database.delivery != "environment":
        return
    rotation = database.rotation
    if rotation.users == "single":
        yield Finding(
            keys=("database.rotation.users", "database.delivery"),
            message="With a single user, every rotation ends the login that the tasks hold, and "
            "ECS gives them another one only when they are restarted.",
            given=shown(rotation.users),
            allowed='"alternating", or delivery = "runtime".',
        )
    minutes = restart_minutes(service=service)
    if _sound(rotation) and shortest_hours(rotation) * 60 <= minutes:
        yield Finding(
            keys=(f"database.rotation.{_given(rotation)}", "database.delivery"),
            message="The next rotation may come before the service was restarted for the one "
            f"before, which takes up to {minutes} minutes: two releases with their hot standby.",
            given=shown(getattr(rotation, _given(rotation))),
            allowed="Rotations that are further apart, the window taken off.",
        )


def check_api_keys(*, service: Service) -> Iterator[Finding]:
    """Names that can be told apart, real ports, overlaps that end before the next rotation."""
    seen: dict[str, str] = {}
    for index, key in enumerate(service.api_keys):
        plain = key.name.replace("-", "")
        if plain in seen:
            yield Finding(
                keys=(f"api_keys.{index}.name",),
                message=f"This key's name is too much like {seen[plain]}.",
                given=shown(key.name),
                allowed="Names that differ in more than hyphens.",
            )
        seen.setdefault(plain, key.name)
        if not 1 <= key.port <= 65535:
            yield Finding(
                keys=(f"api_keys.{index}.url",),
                message="The address has a port that does not exist.",
                given=shown(key.url),
                allowed="No port, which is 443, or one from 1 to 65535.",
            )
        if _sound(key) and key.overlap_hours > shortest_hours(key):
            yield Finding(
                keys=(f"api_keys.{index}.overlap_hours",),
                message="A key would still be wanted when the second one after it is made.",
                given=shown(key.overlap_hours),
                allowed=f"At most {shortest_hours(key)}, the least time between two rotations.",
            )


def check_room(*, services: Mapping[str, Service]) -> Iterator[tuple[str, Finding]]:
    """The environment's secrets fit into their stack: (service, finding).

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
    """
    resources = OF_THE_STACK
    for name, service in services.items():
        before = resources
        resources += OF_A_DATABASE if service.database is not None else 0
        resources += OF_AN_API_KEY * len(service.api_keys)
        if before <= MOST_RESOURCES < resources:
            yield (
                name,
                Finding(
                    keys=("api_keys" if service.api_keys else "database",),
                    message="From this service on, the secrets of the environment need more "
                    "resources than a stack may have.",
                    given=f"{resources} resources",
                    allowed=f"At most {MOST_RESOURCES}: a database takes {OF_A_DATABASE}, an API "
                    f"key {OF_AN_API_KEY}.",
                ),
            )


def _schedules(service: Service) -> Iterator[tuple[str, Schedule]]:
    if service.database is not None:
        yield "database.rotation", service.database.rotation
    for index, key in enumerate(service.api_keys):
        yield f"api_keys.{index}", key


def _given(schedule: Schedule) -> str:
    return "cron" if schedule.cron is not None else "every_days"


def _form(key: str, schedule: Schedule) -> Iterator[Finding]:
    if schedule.cron is None:
        return
    if schedule.every_days is not None:
        yield Finding(
            keys=(f"{key}.every_days", f"{key}.cron"),
            message="A schedule is every_days or cron, and this one is both.",
            given=shown(schedule.every_days),
            allowed="One of the two.",
            hint="An override cannot take a key away: keep it out of the base.",
        )
    try:
        due = times(schedule.cron)
    except CronInvalid as invalid:
        yield Finding(
            keys=(f"{key}.cron",),
            message=f"Secrets Manager does not take this schedule: {invalid}.",
            given=shown(schedule.cron),
            allowed=_FORM,
        )
        return
    longest = min(_DAY - due.hours[-1], due.shortest_hours)
    if due.shortest_hours < SHORTEST_HOURS:
        yield Finding(
            keys=(f"{key}.cron",),
            message="Secrets Manager does not rotate so often.",
            given=shown(schedule.cron),
            allowed=f"Times that are {SHORTEST_HOURS} hours apart, or more.",
        )
    elif schedule.window_hours > longest:
        yield Finding(
            keys=(f"{key}.window_hours", f"{key}.cron"),
            message=f"The window that begins at {due.hours[-1]}:00 would reach into the next "
            "day, or into the next window.",
            given=shown(schedule.window_hours),
            allowed=f"At most {longest} with this cron.",
        )


def _sound(schedule: Schedule) -> bool:
    """Whether its form is right; what is wrong with another one is said by itself."""
    return not any(_form("", schedule))
