"""Which scheduled actions fell due in a time span. Pure: no I/O but Python's time zone data.

Only the one form our stacks write is evaluated, `cron(M H ? * DAYS *)`: a fixed minute and hour on
some days of the week, in the action's time zone. Fields and names as in
https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html
and https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html (a week
counts from 1, Sunday).

AWS does not say what it does with a time that a change of the clocks skips or repeats. Here a
skipped time falls due at the moment of the change, and a repeated one both times. Either way the
order of two actions stays that of the clock on the wall, so that a peak's end never comes before
its start.

Time zones are the system's (zoneinfo: /usr/share/zoneinfo, there in Lambda's Amazon Linux 2023:
https://github.com/amazonlinux/amazon-linux-2023/issues/615). An action whose zone is not there is
one that cannot be evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

# What an action did longer ago than this, one on the same days has done again since.
HORIZON = timedelta(days=8)
_CRON = re.compile(r"cron\((\d{1,2})\s+(\d{1,2})\s+\?\s+\*\s+(\S+)\s+\*\)")
# As the expressions count: 1 is Sunday.
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MINUTE = timedelta(minutes=1)


class NotEvaluated(ValueError):
    """A scheduled action is not of the form evaluated here; the message says why."""


@dataclass(frozen=True, kw_only=True)
class ScheduledAction:
    """A scheduled action. A bound that is None is left as it is; `limited`: it begins or ends."""

    name: str
    schedule: str
    time_zone: str
    minimum: int | None
    maximum: int | None
    limited: bool = False


@dataclass(frozen=True, kw_only=True, order=True)
class Moment:
    """A time at which an action falls due, and what the clock on the wall should have shown."""

    instant: datetime
    wall: datetime


@dataclass(frozen=True, kw_only=True)
class Due:
    """An action that fell due."""

    moment: Moment
    action: ScheduledAction


def due_in(
    actions: Iterable[ScheduledAction], *, after: datetime, until: datetime
) -> tuple[list[Due], list[str]]:
    """Return what fell due after `after` up to `until`, in order, and why the rest is not known.

    Of a span longer than `HORIZON` only the end is looked at: that decides what is in force.
    """
    due: list[Due] = []
    unknown: list[str] = []
    for action in actions:
        try:
            moments = moments_of(action, after=max(after, until - HORIZON), until=until)
        except NotEvaluated as error:
            unknown.append(f"{action.name}: {error}")
        else:
            due += [Due(moment=moment, action=action) for moment in moments]
    return sorted(due, key=lambda one: one.moment), unknown


def moments_of(action: ScheduledAction, *, after: datetime, until: datetime) -> list[Moment]:
    """Return when `action` fell due after `after` up to `until`, or raise `NotEvaluated`."""
    if action.limited:
        raise NotEvaluated("it has a start or an end time, which are not evaluated")
    at, days = _parsed(action.schedule)
    zone = _zone(action.time_zone)
    day, last = after.astimezone(zone).date(), until.astimezone(zone).date()
    moments: list[Moment] = []
    while day <= last:
        if day.isoweekday() % 7 in days:
            wall = datetime.combine(day, at)
            moments += [
                Moment(instant=instant, wall=wall)
                for instant in _instants(wall, zone)
                if after < instant <= until
            ]
        day += timedelta(days=1)
    return moments


def _instants(wall: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield the times at which a clock in `zone` shows `wall`, or passes over it."""
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first <= second:
        yield from sorted({first, second})
        return
    # A skipped time: with the offset before the change it lies after it, and the other way round.
    instant = second
    while instant.astimezone(zone).replace(tzinfo=None) < wall:
        instant += _MINUTE
    yield instant


def _parsed(schedule: str) -> tuple[time, frozenset[int]]:
    match = _CRON.fullmatch(schedule.strip())
    if match is None:
        raise NotEvaluated(f"its schedule is {schedule!r}; only cron(M H ? * DAYS *) is evaluated")
    minute, hour, days = match.groups()
    if int(minute) > 59 or int(hour) > 23:
        raise NotEvaluated(f"its schedule {schedule!r} has no such time of day")
    return time(int(hour), int(minute)), _days(days, schedule)


def _days(field: str, schedule: str) -> frozenset[int]:
    """Return the days of the week that a field names, counted from 0, Sunday."""
    if field == "*":
        return frozenset(range(7))
    days: set[int] = set()
    for part in field.upper().split(","):
        first, dash, last = part.partition("-")
        start = _day(first, schedule)
        end = _day(last, schedule) if dash else start
        days.update((start + step) % 7 for step in range((end - start) % 7 + 1))
    return frozenset(days)


def _day(name: str, schedule: str) -> int:
    if name in _DAYS:
        return _DAYS.index(name)
    if re.fullmatch(r"[1-7]", name):
        return int(name) - 1
    raise NotEvaluated(
        f"its schedule {schedule!r} has the day {name!r}; allowed: SUN..SAT, 1..7 and *"
    )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise NotEvaluated(f"this function's time zone data has no {name!r} ({error})") from error
