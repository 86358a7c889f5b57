"""Scheduled peaks: real time zones, and never two at once."""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Iterator
from functools import cache
from typing import get_args

from config.errors import shown
from config.model.service import Day, ScheduledPeak, Service
from config.rules.finding import Finding
from config.suggest import suggestion

MINUTES_A_DAY = 24 * 60
MINUTES_A_WEEK = 7 * MINUTES_A_DAY
# Mondays on which the northern and the southern summer time hold: peaks in two time zones may be
# apart in one half of the year and overlap in the other.
_MONDAYS = (datetime.date(2026, 1, 5), datetime.date(2026, 7, 6))
_DAYS: tuple[str, ...] = get_args(Day)


def check_peaks(*, service: Service) -> Iterator[Finding]:
    """Names once, a real time zone, an end that is not the start, and no two peaks at once.

    An end before the start is on the next day. Of two peaks at once, the first one's end would undo
    the second.
    """
    usable: list[tuple[int, ScheduledPeak]] = []
    names: dict[str, int] = {}
    for index, peak in enumerate(service.scaling.peaks):
        key = f"scaling.peaks.{index}"
        if peak.name in names:
            yield Finding(
                keys=(f"{key}.name",),
                message=f"The peak {names[peak.name]} has this name already.",
                given=shown(peak.name),
                hint="Peaks need names of their own: they become ids of resources.",
            )
        names.setdefault(peak.name, index)
        if len(set(peak.days)) < len(peak.days):
            yield Finding(
                keys=(f"{key}.days",), message="A day is named twice.", given=shown(peak.days)
            )
        if peak.start == peak.end:
            yield Finding(
                keys=(f"{key}.end",),
                message=f"The peak {peak.name} ends when it starts.",
                given=shown(peak.end),
                allowed="Another time than start; one before it is on the next day.",
            )
        zone = _zone(peak.time_zone)
        if zone is None:
            yield _no_zone(key=f"{key}.time_zone", given=peak.time_zone)
        elif peak.start != peak.end:
            usable.append((index, peak))
    for place, (_, one) in enumerate(usable):
        for index, other in usable[place + 1 :]:
            if overlap(one, other):
                yield Finding(
                    keys=(f"scaling.peaks.{index}",),
                    message=f"The peaks {one.name} and {other.name} overlap or touch.",
                    given=f"{_said(one)}; {_said(other)}",
                    allowed="Peaks a minute apart or more: the end of one would undo the other.",
                    hint="Make one peak of them, or move one.",
                )


def overlap(one: ScheduledPeak, other: ScheduledPeak) -> bool:
    """Whether the two peaks are ever on at once, or one begins in the minute the other ends in.

    Their time zones must exist. In that minute the order of the two changes would be open.
    """
    return any(
        start <= other_end + shift and other_start + shift <= end
        for monday in _MONDAYS
        for start, end in _spans(one, monday)
        for other_start, other_end in _spans(other, monday)
        for shift in (-MINUTES_A_WEEK, 0, MINUTES_A_WEEK)
    )


def _spans(peak: ScheduledPeak, monday: datetime.date) -> Iterator[tuple[int, int]]:
    """(start, end) in minutes of UTC after the Monday's first one, for each of the peak's days."""
    midnight = datetime.datetime.combine(
        monday, datetime.time(), tzinfo=zoneinfo.ZoneInfo(peak.time_zone)
    )
    offset = midnight.utcoffset() or datetime.timedelta()
    ahead = int(offset.total_seconds() // 60)
    start, end = _minutes(peak.start), _minutes(peak.end)
    length = (end - start) % MINUTES_A_DAY
    for day in peak.days:
        begins = (_DAYS.index(day) * MINUTES_A_DAY + start - ahead) % MINUTES_A_WEEK
        yield begins, begins + length


def _minutes(time: str) -> int:
    hours, minutes = time.split(":")
    return int(hours) * 60 + int(minutes)


def _said(peak: ScheduledPeak) -> str:
    return f"{peak.name} {'/'.join(peak.days)} {peak.start}-{peak.end} {peak.time_zone}"


def _zone(name: str) -> zoneinfo.ZoneInfo | None:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


@cache
def _known_zones() -> tuple[str, ...]:
    return tuple(sorted(zoneinfo.available_timezones()))


def _no_zone(*, key: str, given: str) -> Finding:
    known = _known_zones()
    if not known:
        hint = "This computer has no time zone database: install the package tzdata."
    else:
        hint = suggestion(given, known) or suggestion(given, [z.split("/")[-1] for z in known])
    return Finding(
        keys=(key,),
        message="There is no time zone of that name.",
        given=shown(given),
        allowed='An IANA time zone, written like "Asia/Tokyo".',
        hint=hint,
    )
