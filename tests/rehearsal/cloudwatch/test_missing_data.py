"""States of alarms whose data is incomplete.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rehearsal.cloudwatch.missing_data import Rule, State, Treatment, judge

TREATMENTS: tuple[Treatment, ...] = get_args(Treatment)
_SIGNS = {"0": False, "X": True, "-": None}


def state(signs: str, *, datapoints: int, missing: Treatment, periods: int = 3) -> State | None:
    """The state that the data points make, as the documentation writes them."""
    rule = Rule(periods=periods, datapoints=datapoints, missing=missing)
    return judge([_SIGNS[sign] for sign in signs.split()], rule).state


# Columns as in the documentation: missing, ignore, breaching, not breaching. None: it stays.
@pytest.mark.parametrize(
    ("datapoints", "signs", "expected"),
    [
        (3, "0 - X - X", ("OK", "OK", "OK", "OK")),
        (3, "0 - - - -", ("OK", "OK", "OK", "OK")),
        (3, "- - - - -", ("INSUFFICIENT_DATA", None, "ALARM", "OK")),
        (3, "0 X X - X", ("ALARM", "ALARM", "ALARM", "ALARM")),
        (3, "- - X - -", ("ALARM", None, "ALARM", "OK")),
        (2, "0 - X - X", ("ALARM", "ALARM", "ALARM", "ALARM")),
        (2, "0 0 X 0 X", ("ALARM", "ALARM", "ALARM", "ALARM")),
        (2, "0 - X - -", ("OK", "OK", "ALARM", "OK")),
        (2, "- - - - 0", ("OK", "OK", "ALARM", "OK")),
        (2, "- - - X -", ("ALARM", None, "ALARM", "OK")),
        # Of an earlier edition of the page; today's only says that there is no alarm yet.
        (3, "- - - - X", ("INSUFFICIENT_DATA", None, "ALARM", "OK")),
        (3, "- - - X -", ("INSUFFICIENT_DATA", None, "ALARM", "OK")),
    ],
)
def test_the_tables_of_the_documentation(
    datapoints: int, signs: str, expected: tuple[State | None, ...]
) -> None:
    found = [state(signs, datapoints=datapoints, missing=one) for one in TREATMENTS]
    assert tuple(found) == expected


RULES = st.integers(1, 6).flatmap(
    lambda periods: st.builds(
        Rule,
        periods=st.just(periods),
        datapoints=st.integers(1, periods),
        missing=st.sampled_from(TREATMENTS),
    )
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Rule, list[bool | None]]:
    """A rule and as many data points as it looks at."""
    rule = draw(RULES)
    length = rule.periods + 2
    data = st.sampled_from([True, False, None])
    return rule, draw(st.lists(data, min_size=length, max_size=length))


@given(cases())
def test_enough_real_data_decides_alone_and_only_its_latest(
    case: tuple[Rule, list[bool | None]],
) -> None:
    rule, data = case
    real = [one for one in data if one is not None][-rule.periods :]
    assume(len(real) == rule.periods)
    assert judge(data, rule).state == ("ALARM" if sum(real) >= rule.datapoints else "OK")


@given(cases())
def test_missing_data_that_counts_as_good_never_raises_an_alarm_by_itself(
    case: tuple[Rule, list[bool | None]],
) -> None:
    rule, data = case
    good = Rule(periods=rule.periods, datapoints=rule.datapoints, missing="notBreaching")
    if judge(data, good).state == "ALARM":
        assert data.count(True) >= rule.datapoints
        assert judge(data, rule).state == "ALARM", "then it is one however it is treated"


@given(cases())
def test_missing_data_that_counts_as_bad_raises_an_alarm_whenever_any_treatment_does(
    case: tuple[Rule, list[bool | None]],
) -> None:
    rule, data = case
    bad = Rule(periods=rule.periods, datapoints=rule.datapoints, missing="breaching")
    if judge(data, rule).state == "ALARM":
        assert judge(data, bad).state == "ALARM"


@given(cases())
def test_as_many_count_as_there_are_periods_and_all_real_ones_before_any_is_filled_in(
    case: tuple[Rule, list[bool | None]],
) -> None:
    rule, data = case
    judged = judge(data, rule)
    assert len(judged.used) + judged.filled == rule.periods
    if judged.filled:
        assert [data[at] for at in judged.used] == [one for one in data if one is not None]


@given(cases())
def test_without_any_data_the_treatment_alone_decides(
    case: tuple[Rule, list[bool | None]],
) -> None:
    rule, data = case
    expected = {"missing": "INSUFFICIENT_DATA", "breaching": "ALARM", "notBreaching": "OK"}
    assert judge([None] * len(data), rule).state == expected.get(rule.missing)
