"""The pure decisions: what bounds to leave, and what a marker's text says."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.scaling_guard.guard import (
    SUSPENDED,
    Bounds,
    Flags,
    InvalidMarker,
    Marker,
    caught_up,
    flags_from,
    flags_to,
    marker_from,
    marker_text,
)
from lambdas.scaling_guard.schedule import Due, Moment, ScheduledAction
from tests.lambdas.scaling_guard.memory import FREE, PEAK, START, USUAL

FLAGS = st.builds(Flags, scale_in=st.booleans(), scale_out=st.booleans(), scheduled=st.booleans())
BOUNDS = st.builds(
    lambda minimum, more: Bounds(minimum=minimum, maximum=minimum + more),
    st.integers(min_value=0, max_value=500),
    st.integers(min_value=0, max_value=500),
)
MARKERS = st.builds(
    Marker,
    deployment_id=st.text(min_size=1),
    suspended_at=st.datetimes(timezones=st.just(UTC)),
    before=FLAGS,
    bounds=BOUNDS,
)
WRITTEN = {
    "deploymentId": "d-1",
    "suspendedAt": "2026-03-02T12:00:00+00:00",
    "before": {
        "DynamicScalingInSuspended": False,
        "DynamicScalingOutSuspended": False,
        "ScheduledScalingSuspended": True,
    },
    "min": 3,
    "max": 20,
}


def due(minimum: int | None, maximum: int | None) -> Due:
    return Due(
        moment=Moment(instant=START, wall=START.replace(tzinfo=None)),
        action=ScheduledAction(
            name="any",
            schedule="cron(0 12 ? * * *)",
            time_zone="UTC",
            minimum=minimum,
            maximum=maximum,
        ),
    )


def marker(bounds: Bounds = USUAL) -> Marker:
    return Marker(deployment_id="d-1", suspended_at=START, before=FREE, bounds=bounds)


@pytest.mark.parametrize(
    ("missed", "left"),
    [
        ([], USUAL),
        ([due(8, 40)], PEAK),
        ([due(8, 40), due(3, 20)], USUAL),
        ([due(8, None)], Bounds(minimum=8, maximum=20)),
        ([due(None, 40)], Bounds(minimum=3, maximum=40)),
        ([due(1, 2)], Bounds(minimum=1, maximum=2)),
    ],
)
def test_missed_actions_leave_what_they_would_have_left(missed: list[Due], left: Bounds) -> None:
    assert caught_up(marker=marker(), bounds=USUAL, due=missed) == left


def test_bounds_that_somebody_changed_meanwhile_are_raised_and_never_lowered() -> None:
    changed = Bounds(minimum=5, maximum=60)
    assert caught_up(marker=marker(), bounds=changed, due=[due(8, 40)]) == Bounds(
        minimum=8, maximum=60
    )


def test_a_bound_that_no_missed_action_sets_stays_as_somebody_set_it() -> None:
    changed = Bounds(minimum=2, maximum=9)
    assert caught_up(marker=marker(), bounds=changed, due=[]) == changed
    assert caught_up(marker=marker(), bounds=changed, due=[due(8, None)]) == Bounds(
        minimum=8, maximum=9
    )


def test_bounds_that_an_action_changed_meanwhile_are_no_change_by_somebody() -> None:
    missed = [due(8, 40), due(3, 20)]
    assert caught_up(marker=marker(), bounds=PEAK, due=missed) == USUAL


def test_actions_that_make_no_valid_bounds_change_nothing() -> None:
    assert caught_up(marker=marker(), bounds=USUAL, due=[due(21, None)]) == USUAL


@given(MARKERS)
def test_a_marker_is_read_as_it_was_written(written: Marker) -> None:
    text = marker_text(written)
    assert marker_from(text) == written


def test_the_longest_marker_fits_a_standard_parameter() -> None:
    longest = marker_text(marker(Bounds(minimum=10_000, maximum=10_000)))
    assert len(longest.encode()) < 4096


def test_a_marker_is_written_as_others_read_it() -> None:
    written = Marker(
        deployment_id="d-1",
        suspended_at=datetime(2026, 3, 2, 12, tzinfo=UTC),
        before=Flags(scale_in=False, scale_out=False, scheduled=True),
        bounds=USUAL,
    )
    assert json.loads(marker_text(written)) == WRITTEN


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("oops", "no JSON"),
        ("[]", "no JSON object"),
        (json.dumps({**WRITTEN, "deploymentId": None}), "deploymentId must be a str, got None"),
        (json.dumps({**WRITTEN, "suspendedAt": "soon"}), "suspendedAt must be an ISO 8601 time"),
        (json.dumps({**WRITTEN, "suspendedAt": "2026-03-02T12:00:00"}), "UTC offset"),
        (json.dumps({**WRITTEN, "before": {}}), "DynamicScalingInSuspended must be a bool"),
        (json.dumps({**WRITTEN, "min": True}), "min must be a int, got True"),
        (json.dumps({**WRITTEN, "max": "20"}), "max must be a int, got '20'"),
    ],
)
def test_a_text_that_is_no_marker_says_what_is_wrong(text: str, says: str) -> None:
    with pytest.raises(InvalidMarker, match=says):
        marker_from(text)


@given(FLAGS)
def test_flags_come_back_from_the_api_as_they_went(flags: Flags) -> None:
    assert flags_from(flags_to(flags)) == flags


@pytest.mark.parametrize("state", [{}, {"DynamicScalingInSuspended": False}])
def test_a_flag_that_the_api_leaves_out_is_not_suspended(state: dict[str, Any]) -> None:
    assert flags_from(state) == FREE


@given(FLAGS, FLAGS)
def test_only_flags_that_were_never_seen_clear_stay_to_be_suspended(one: Flags, two: Flags) -> None:
    seen = Marker(deployment_id="d", suspended_at=START, before=one, bounds=USUAL).having_seen(two)
    assert seen.before == one & two
    assert seen.having_seen(SUSPENDED) == seen
