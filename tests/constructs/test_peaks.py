"""A peak's times become the cron expressions of Application Auto Scaling."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.model.service import ScheduledPeak
from stacks.cron import peak_end, peak_start

WEEK = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")

times = st.builds(
    lambda hour, minute: f"{hour:02}:{minute:02}", st.integers(0, 23), st.integers(0, 59)
)


def peak(**given_: Any) -> ScheduledPeak:
    """A peak with these times."""
    return ScheduledPeak.model_validate(
        {
            "name": "Sale",
            "time_zone": "Asia/Tokyo",
            "days": ("FRI",),
            "start": "19:00",
            "end": "23:00",
            "min_tasks": 3,
            "max_tasks": 6,
            **given_,
        }
    )


@pytest.mark.parametrize(
    ("given_", "start", "end"),
    [
        ({}, "0 19 ? * FRI *", "0 23 ? * FRI *"),
        ({"start": "09:05", "end": "17:30"}, "5 9 ? * FRI *", "30 17 ? * FRI *"),
        # Past midnight: the end is the next day's.
        ({"start": "22:00", "end": "02:00"}, "0 22 ? * FRI *", "0 2 ? * SAT *"),
        ({"start": "22:00", "end": "00:00"}, "0 22 ? * FRI *", "0 0 ? * SAT *"),
        (
            {"days": ("SUN", "FRI"), "start": "22:00", "end": "02:00"},
            "0 22 ? * FRI,SUN *",
            "0 2 ? * MON,SAT *",
        ),
        ({"days": WEEK}, f"0 19 ? * {','.join(WEEK)} *", f"0 23 ? * {','.join(WEEK)} *"),
    ],
)
def test_start_and_end_of_a_peak(given_: dict[str, Any], start: str, end: str) -> None:
    assert (peak_start(peak(**given_)), peak_end(peak(**given_))) == (start, end)


@given(
    start=times,
    end=times,
    days=st.lists(st.sampled_from(WEEK), min_size=1, unique=True),
)
def test_a_peak_ends_once_for_each_time_it_starts_within_a_day(
    start: str, end: str, days: list[str]
) -> None:
    whole = peak(start=start, end=end, days=tuple(days))
    began, ended = _moments(peak_start(whole)), _moments(peak_end(whole))
    week = 7 * 24 * 60

    assert len(began) == len(ended) == len(days)
    for moment in began:
        after = min((other - moment - 1) % week + 1 for other in ended)
        assert 0 < after <= 24 * 60


def _moments(expression: str) -> list[int]:
    """Minutes since Monday's midnight at which a cron expression of this form fires."""
    minute, hour, _, _, days, _ = expression.split(" ")
    return [WEEK.index(day) * 1440 + int(hour) * 60 + int(minute) for day in days.split(",")]
