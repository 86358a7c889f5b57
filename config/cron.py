"""Cron expressions as Secrets Manager takes them, and how far apart their times are.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html: six
fields, minutes 0, one hour or increments of hours, year *; times are UTC.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

_FIELDS = ("minutes", "hours", "day of month", "month", "day of week", "year")
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
_WHOLE = re.compile(r"cron\(([^()]*)\)")
_HOURS = re.compile(r"([0-9]{1,2})(?:/([0-9]{1,2}))?")
_NTH = re.compile(r"([1-7]|[A-Z]{3})(?:#([1-5])|L)")
_WEEK = 7
_LAST_HOUR = 23
# Through two leap days, so that the longest time between two dates is in it.
_FIRST_DAY = date(2028, 1, 1)
_DAYS = 8 * 366

Matches = Callable[[date], bool]


class CronInvalid(ValueError):
    """What is wrong with the expression, in words."""


@dataclass(frozen=True, kw_only=True)
class Times:
    """When an expression comes due: the hours of a day, and days (most, least) between two days."""

    hours: tuple[int, ...]
    longest_days: int
    shortest_days: int

    @property
    def shortest_hours(self) -> int:
        """The least time between two of them."""
        overnight = self.shortest_days * 24 + self.hours[0] - self.hours[-1]
        return min([overnight, *(after - before for before, after in pairwise(self.hours))])


def times(expression: str) -> Times:
    """When the expression comes due. Raises `CronInvalid`."""
    found = _WHOLE.fullmatch(expression)
    fields = found[1].split() if found else []
    if len(fields) != len(_FIELDS):
        raise CronInvalid(f"it is not cron(...) with the fields {', '.join(_FIELDS)}")
    minutes, hours, day, month, weekday, year = fields
    if minutes != "0":
        raise CronInvalid(f"minutes are {minutes}; a rotation begins on the hour, so they are 0")
    if year != "*":
        raise CronInvalid(f"the year is {year}; it can only be *")
    if (day == "?") == (weekday == "?"):
        raise CronInvalid("one of day of month and day of week is ?, and the other one is not")
    on_day = _weekday(weekday) if day == "?" else _day(day)
    in_month = _values(month, "month", 1, 12, _MONTHS)
    every = [_FIRST_DAY + timedelta(days=count) for count in range(_DAYS)]
    due = [one for one in every if one.month in in_month and on_day(one)]
    if not due:
        raise CronInvalid("no day of the calendar fits it")
    gaps = [(after - before).days for before, after in pairwise(due)]
    return Times(hours=_hours(hours), longest_days=max(gaps), shortest_days=min(gaps))


def _hours(text: str) -> tuple[int, ...]:
    found = _HOURS.fullmatch(text)
    first, step = (int(found[1]), int(found[2] or 24)) if found else (-1, 0)
    if not 0 <= first <= _LAST_HOUR or step < 1:
        raise CronInvalid(f"hours are {text}; they are 0-23, or a first hour and a step: 2/12")
    return tuple(range(first, 24, step))


def _day(text: str) -> Matches:
    if text == "L":
        return lambda one: (one + timedelta(days=1)).month != one.month
    days = _values(text, "day of month", 1, 31, [])
    return lambda one: one.day in days


def _weekday(text: str) -> Matches:
    if text == "L":
        text = "SAT"
    if found := _NTH.fullmatch(text):
        (wanted,) = _values(found[1], "day of week", 1, 7, _WEEKDAYS)
        if found[2] is None:
            return lambda one: (
                _number(one) == wanted and (one + timedelta(days=_WEEK)).month != one.month
            )
        return lambda one: _number(one) == wanted and (one.day - 1) // _WEEK + 1 == int(found[2])
    days = _values(text, "day of week", 1, 7, _WEEKDAYS)
    return lambda one: _number(one) in days


def _number(one: date) -> int:
    """Sunday is 1."""
    return one.isoweekday() % _WEEK + 1


def _values(text: str, field: str, low: int, high: int, names: list[str]) -> frozenset[int]:
    """What a list of numbers, names, ranges and steps stands for."""
    return frozenset(
        value for part in text.split(",") for value in _part(part, field, low, high, names)
    )


def _part(part: str, field: str, low: int, high: int, names: list[str]) -> range:
    span, slash, step = part.partition("/")
    first, dash, last = span.partition("-")
    numbers = [
        names.index(one) + 1 if one in names else int(one) if re.fullmatch("[0-9]{1,2}", one) else 0
        for one in (first, last or first, step or "1")
    ]
    begin, end, by = numbers
    if first == "*" and not dash:
        begin, end = low, high
    elif slash and not dash:
        end = high
    if not low <= begin <= end <= high or by < 1:
        allowed = f"{low}-{high}" + (f" or {names[0]}-{names[-1]}" if names else "")
        raise CronInvalid(f"{field} has {part}; it is made of {allowed}, with , - * and /")
    return range(begin, end + 1, by)
