"""When scheduled actions fall due: days, time zones, and the two days a year that are odd."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.model.service import ScheduledPeak
from lambdas.scaling_guard.schedule import (
    NotEvaluated,
    ScheduledAction,
    due_in,
    moments_of,
)
from stacks.cron import peak_end, peak_start

WEEK = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
# A Monday, and the Monday after.
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
WEEK_LATER = MONDAY + timedelta(days=7)


def action(schedule: str, zone: str = "UTC", *, name: str = "a") -> ScheduledAction:
    return ScheduledAction(name=name, schedule=schedule, time_zone=zone, minimum=1, maximum=2)


def instants(schedule: str, zone: str, after: datetime, until: datetime) -> list[str]:
    moments = moments_of(action(schedule, zone), after=after, until=until)
    return [moment.instant.strftime("%m-%d %H:%M") for moment in moments]


def days(field: str) -> list[str]:
    moments = moments_of(
        action(f"cron(30 6 ? * {field} *)"),
        after=MONDAY - timedelta(seconds=1),
        until=WEEK_LATER - timedelta(seconds=1),
    )
    assert all(moment.instant.strftime("%H:%M") == "06:30" for moment in moments)
    return [WEEK[moment.instant.weekday()] for moment in moments]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("FRI", ["FRI"]),
        ("MON,TUE", ["MON", "TUE"]),
        ("MON-FRI", ["MON", "TUE", "WED", "THU", "FRI"]),
        ("SAT-MON", ["MON", "SAT", "SUN"]),
        ("1", ["SUN"]),
        ("2-6", ["MON", "TUE", "WED", "THU", "FRI"]),
        ("7,1", ["SAT", "SUN"]),
        ("mon,WED-THU", ["MON", "WED", "THU"]),
        ("*", list(WEEK)),
    ],
)
def test_days_are_named_listed_ranged_and_numbered_from_sunday(
    field: str, expected: list[str]
) -> None:
    assert days(field) == expected


def test_the_hour_and_the_day_are_those_of_the_time_zone() -> None:
    # Friday 19:00 in Tokyo is 10:00 UTC; Monday 08:00 there is Sunday 23:00 UTC.
    assert instants("cron(0 19 ? * FRI *)", "Asia/Tokyo", MONDAY, WEEK_LATER) == ["03-06 10:00"]
    assert instants("cron(0 8 ? * MON *)", "Asia/Tokyo", MONDAY, WEEK_LATER) == ["03-08 23:00"]
    # Sunday 22:00 in Honolulu is Monday 08:00 UTC.
    sunday = "cron(0 22 ? * SUN *)"
    assert instants(sunday, "Pacific/Honolulu", MONDAY, MONDAY + timedelta(days=1)) == [
        "03-02 08:00"
    ]
    # Kiritimati is 14 hours ahead.
    ahead = instants("cron(0 13 ? * TUE *)", "Pacific/Kiritimati", MONDAY, WEEK_LATER)
    assert ahead == ["03-02 23:00"]


def test_the_end_of_the_span_is_in_it_and_its_beginning_is_not() -> None:
    at = MONDAY + timedelta(hours=6, minutes=30)
    schedule = action("cron(30 6 ? * MON *)")
    assert moments_of(schedule, after=at - timedelta(seconds=1), until=at)
    assert not moments_of(schedule, after=at, until=at + timedelta(days=1))
    assert not moments_of(schedule, after=at, until=at)


def test_the_same_time_on_the_wall_is_another_instant_in_summer() -> None:
    daily = "cron(0 19 ? * * *)"
    winter = instants(
        daily, "Europe/Berlin", datetime(2026, 3, 27, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC)
    )
    assert winter == ["03-27 18:00", "03-28 18:00", "03-29 17:00"]


def test_a_time_that_the_clocks_skip_falls_due_at_the_change() -> None:
    # In New York 02:00 becomes 03:00 on 8 March 2026, at 07:00 UTC.
    day = datetime(2026, 3, 8, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC)
    assert instants("cron(30 2 ? * SUN *)", "America/New_York", *day) == ["03-08 07:00"]
    assert instants("cron(59 1 ? * SUN *)", "America/New_York", *day) == ["03-08 06:59"]
    assert instants("cron(0 3 ? * SUN *)", "America/New_York", *day) == ["03-08 07:00"]


def test_a_time_that_the_clocks_repeat_falls_due_twice() -> None:
    # In New York 02:00 becomes 01:00 on 1 November 2026, at 06:00 UTC.
    day = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)
    repeated = instants("cron(30 1 ? * SUN *)", "America/New_York", *day)
    assert repeated == ["11-01 05:30", "11-01 06:30"]
    assert instants("cron(0 2 ? * SUN *)", "America/New_York", *day) == ["11-01 07:00"]


@pytest.mark.parametrize("end", ["15 2", "30 2", "0 3", "10 3"])
def test_a_peak_that_begins_in_a_skipped_hour_still_ends_after_its_beginning(end: str) -> None:
    day = datetime(2026, 3, 8, tzinfo=UTC)
    peak = [
        action(f"cron({end} ? * SUN *)", "America/New_York", name="end"),
        action("cron(10 2 ? * SUN *)", "America/New_York", name="start"),
    ]
    due, _ = due_in(peak, after=day, until=day + timedelta(days=1))
    assert [one.action.name for one in due] == ["start", "end"]


def test_the_schedules_that_our_stacks_write_are_evaluated() -> None:
    peak = ScheduledPeak(
        name="Night",
        time_zone="Asia/Singapore",
        days=("FRI", "SUN"),
        start="22:30",
        end="01:15",
        min_tasks=4,
        max_tasks=9,
    )
    start = f"cron({peak_start(peak)})"
    end = f"cron({peak_end(peak)})"
    span = MONDAY, WEEK_LATER
    assert instants(start, peak.time_zone, *span) == ["03-06 14:30", "03-08 14:30"]
    # Monday's 01:15 is the end of Sunday's.
    assert instants(end, peak.time_zone, *span) == ["03-06 17:15", "03-08 17:15"]


@pytest.mark.parametrize(
    "schedule",
    [
        "rate(5 minutes)",
        "at(2026-03-02T10:00:00)",
        "cron(0/15 * ? * MON *)",
        "cron(0 10 * * ? *)",
        "cron(0 10 1 * ? *)",
        "cron(0 10 ? 3 MON *)",
        "cron(0 10 ? * MON 2026)",
        "cron(0 0 10 ? * MON *)",
        "cron(60 10 ? * MON *)",
        "cron(0 24 ? * MON *)",
        "cron(0 10 ? * MON#1 *)",
        "cron(0 10 ? * 6L *)",
        "cron(0 10 ? * 0 *)",
        "cron(0 10 ? * 8 *)",
        "cron(0 10 ? * MON- *)",
        "cron(0 10 ? * ? *)",
        "cron(0 10 ? * MON *",
    ],
)
def test_a_schedule_of_another_form_is_named_and_not_guessed_at(schedule: str) -> None:
    due, unknown = due_in([action(schedule)], after=MONDAY, until=WEEK_LATER)
    assert due == []
    assert len(unknown) == 1
    assert unknown[0].startswith("a: its schedule ")
    assert schedule in unknown[0]


@pytest.mark.parametrize("zone", ["Asia/Tokio", "../etc/passwd", "/etc/localtime", ""])
def test_a_time_zone_that_is_not_there_is_named_and_not_guessed_at(zone: str) -> None:
    with pytest.raises(NotEvaluated, match="time zone data has no"):
        moments_of(action("cron(0 10 ? * MON *)", zone), after=MONDAY, until=WEEK_LATER)


def test_an_action_with_a_start_or_an_end_time_is_named_and_not_guessed_at() -> None:
    limited = ScheduledAction(
        name="sale",
        schedule="cron(0 10 ? * MON *)",
        time_zone="UTC",
        minimum=1,
        maximum=2,
        limited=True,
    )
    due, unknown = due_in([limited], after=MONDAY, until=WEEK_LATER)
    assert due == []
    assert unknown == ["sale: it has a start or an end time, which are not evaluated"]


def test_a_weekly_action_is_found_up_to_the_day_before_its_next_time() -> None:
    weekly = action("cron(0 10 ? * SUN *)")
    saturday = MONDAY + timedelta(days=5, hours=23)
    due, _ = due_in([weekly], after=MONDAY - timedelta(days=60), until=saturday)
    assert due[-1].moment.instant == MONDAY - timedelta(hours=14)


@given(
    st.datetimes(min_value=datetime(2025, 1, 1), max_value=datetime(2027, 1, 1)),
    st.integers(min_value=0, max_value=60 * 24 * 60),
    st.sampled_from(["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Tokyo"]),
    st.sampled_from(["cron(30 1 ? * * *)", "cron(15 2 ? * SUN *)", "cron(0 12 ? * MON-FRI *)"]),
)
def test_the_last_time_before_now_is_found_however_long_the_span(
    until: datetime, minutes: int, zone: str, schedule: str
) -> None:
    end = until.replace(tzinfo=UTC)
    begin = end - timedelta(minutes=minutes)
    whole = moments_of(action(schedule, zone), after=begin, until=end)
    due, _ = due_in([action(schedule, zone)], after=begin, until=end)
    assert [one.moment for one in due][-1:] == whole[-1:]
    assert len(due) <= 10
    assert all(begin < moment.instant <= end for moment in whole)
