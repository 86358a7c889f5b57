"""When a secret is rotated by itself: rates, cron expressions, and the window that they open.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html. All of it
is in UTC, windows begin on the hour, and one of days at midnight. AWS rotates at some moment within
the window; the model does when it opens.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from ..errors import ApiError

_RATE = re.compile(r"rate\((\d+) (days?|hours?)\)")
_CRON = re.compile(r"cron\(([^()]*)\)")
_DURATION = re.compile(r"(\d+)h")
_HOURS_AT_LEAST, _DAYS_AT_MOST = 4, 999
_CRON_FIELDS = 6
_LOOK_AHEAD_DAYS = 5 * 366
_WEEK = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MONTHS = tuple(calendar.month_abbr[number].upper() for number in range(1, 13))


@dataclass(frozen=True, kw_only=True)
class Window:
    """A rotation happens from ``opens`` on, and before ``closes``."""

    opens: datetime
    closes: datetime


def check_rules(rules: Mapping[str, Any]) -> None:
    """Raise `ApiError` for rules that AWS does not take."""
    expression = str(rules.get("ScheduleExpression", ""))
    if ("AutomaticallyAfterDays" in rules) == bool(expression):
        raise _refused("give AutomaticallyAfterDays or ScheduleExpression, and not both")
    rate = _RATE.fullmatch(expression)
    hours = _hours(rules)
    if rate and rate[2].startswith("hour"):
        if not _HOURS_AT_LEAST <= int(rate[1]) <= _DAYS_AT_MOST * 24:
            raise _refused(f"{expression}: a secret is rotated every 4 hours at the most often")
        if hours is not None and hours > int(rate[1]):
            raise _refused(f"Duration {hours}h reaches into the next window of {expression}")
    elif rate and not 1 <= int(rate[1]) <= _DAYS_AT_MOST:
        raise _refused(f"{expression}: allowed are 1 to {_DAYS_AT_MOST} days")
    elif expression and not rate:
        cron = _Cron.read(expression)
        latest = max(cron.hours) if hours is not None else 0
        if hours is not None and latest + hours > 24:
            raise _refused(f"Duration {hours}h from {latest}:00 on reaches into the next UTC day")
    elif hours is not None and hours > 24:
        raise _refused(f"Duration {hours}h reaches into the next UTC day")


def next_window(rules: Mapping[str, Any], *, after: datetime) -> Window | None:
    """The first window after a rotation, or after the rules were given; None without rules."""
    expression = str(rules.get("ScheduleExpression", ""))
    if rate := _RATE.fullmatch(expression):
        number, in_hours = int(rate[1]), rate[2].startswith("hour")
    elif expression:
        return _cron_window(rules, expression, after)
    elif days := rules.get("AutomaticallyAfterDays"):
        number, in_hours = int(days), False
    else:
        return None
    if in_hours:
        opens = after.replace(minute=0, second=0, microsecond=0) + timedelta(hours=number)
        return Window(opens=opens, closes=opens + timedelta(hours=_hours(rules) or 1))
    opens = datetime.combine(after.date() + timedelta(days=number), time(), after.tzinfo)
    return Window(opens=opens, closes=opens + timedelta(hours=_hours(rules) or 24))


def _cron_window(rules: Mapping[str, Any], expression: str, after: datetime) -> Window | None:
    cron = _Cron.read(expression)
    for number in range(_LOOK_AHEAD_DAYS):
        day = after.date() + timedelta(days=number)
        if not cron.matches(day):
            continue
        for hour in sorted(cron.hours):
            opens = datetime.combine(day, time(hour), after.tzinfo)
            if opens > after:
                # A schedule in hours closes after one, a schedule in days with the day.
                hours = _hours(rules) or (1 if len(cron.hours) > 1 else 24 - hour)
                return Window(opens=opens, closes=opens + timedelta(hours=hours))
    return None


@dataclass(frozen=True, kw_only=True)
class _Cron:
    """``cron(0 hours day-of-month month day-of-week year)``."""

    hours: frozenset[int]
    days: str
    months: frozenset[int]
    weekdays: str
    years: frozenset[int]

    @classmethod
    def read(cls, expression: str) -> _Cron:
        found = _CRON.fullmatch(expression)
        fields = found[1].split() if found else []
        if len(fields) != _CRON_FIELDS:
            raise _refused(f"{expression!r} is neither rate(...) nor cron(...) with six fields")
        minutes, hours, days, months, weekdays, years = fields
        if minutes != "0":
            raise _refused(f"{expression}: windows begin on the hour, so the minutes are 0")
        if (days == "?") == (weekdays == "?"):
            raise _refused(f"{expression}: one of day-of-month and day-of-week is ?, not both")
        try:
            read = cls(
                hours=_numbers(hours, 0, 23),
                days=days,
                months=_numbers(months, 1, 12, _MONTHS),
                weekdays=weekdays,
                years=_numbers(years, 1970, 2199),
            )
            read.matches(date(2000, 1, 1))
        except ValueError as error:
            raise _refused(f"{expression}: {error}") from None
        return read

    def matches(self, day: date) -> bool:
        """Whether windows open on that day."""
        fits = self._in_month(day) if self.weekdays == "?" else self._in_week(day)
        return fits and day.month in self.months and day.year in self.years

    def _in_month(self, day: date) -> bool:
        if self.days == "L":
            return day.day == calendar.monthrange(day.year, day.month)[1]
        return day.day in _numbers(self.days, 1, 31)

    def _in_week(self, day: date) -> bool:
        """``5#2``: the second Thursday; ``5L``: the last one."""
        weekday = day.isoweekday() % 7 + 1
        if "#" in self.weekdays:
            wanted, _, which = self.weekdays.partition("#")
            return weekday in _numbers(wanted, 1, 7, _WEEK) and (day.day - 1) // 7 + 1 == int(which)
        if self.weekdays.endswith("L"):
            last = day.day + 7 > calendar.monthrange(day.year, day.month)[1]
            return last and weekday in _numbers(self.weekdays[:-1], 1, 7, _WEEK)
        return weekday in _numbers(self.weekdays, 1, 7, _WEEK)


def _numbers(field: str, least: int, most: int, names: tuple[str, ...] = ()) -> frozenset[int]:
    """``*``, ``2``, ``2-5``, ``*/8`` or ``/8``, ``1/6`` and lists of those. Raises `ValueError`."""
    found = frozenset(
        number for part in field.split(",") for number in _part(part, least, most, names)
    )
    if not found or not all(least <= one <= most for one in found):
        raise ValueError(f"{field!r} is not within {least} to {most}")
    return found


def _part(part: str, least: int, most: int, names: tuple[str, ...]) -> Iterator[int]:
    span, _, step = part.partition("/")
    first, _, last = span.partition("-")

    def number(text: str) -> int:
        return names.index(text.upper()) + 1 if text.upper() in names else int(text)

    begin = least if first in ("", "*") else number(first)
    end = number(last) if last else most if step or first == "*" else begin
    yield from range(begin, end + 1, int(step) if step else 1)


def _hours(rules: Mapping[str, Any]) -> int | None:
    """Of the window; None when the rules leave it open."""
    if "Duration" not in rules:
        return None
    found = _DURATION.fullmatch(str(rules["Duration"]))
    if found is None or int(found[1]) < 1:
        raise _refused(f"Duration {rules['Duration']!r}: allowed are whole hours, as 3h")
    return int(found[1])


def _refused(why: str) -> ApiError:
    return ApiError("InvalidParameterException", why)
