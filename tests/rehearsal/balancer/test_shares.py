"""Turns: exact shares, well mixed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.balancer import Group
from rehearsal.balancer.shares import TURNS, turns


def group(name: str, weight: int, count: int) -> Group:
    """A group whose targets have ports of its own: 1xx, 2xx or 3xx."""
    first = {"b": 100, "g": 200, "c": 300}[name]
    targets = tuple(f"127.0.0.1:{first + number}" for number in range(count))
    return Group(name=name, weight=weight, targets=targets)


def share(group: Group, order: Sequence[str | None]) -> float:
    """Percent of the turns that targets of the group have."""
    return 100 * sum(target in group.targets for target in order) / len(order)


@given(percent=st.integers(0, 100), blue=st.integers(1, 7), green=st.integers(1, 7))
def test_whole_percents_are_exact_whatever_the_numbers_of_targets(
    percent: int, blue: int, green: int
) -> None:
    groups = [group("b", 100 - percent, blue), group("g", percent, green)]
    order = turns(groups)
    assert share(groups[0], order) == 100 - percent
    assert share(groups[1], order) == percent


@given(weights=st.lists(st.integers(0, 999), min_size=3, max_size=3).filter(any))
def test_other_weights_are_exact_to_a_turn(weights: list[int]) -> None:
    groups = [group(name, weight, 2) for name, weight in zip("bgc", weights, strict=True)]
    order = turns(groups)
    for one in groups:
        exact = 100 * one.weight / sum(weights)
        assert share(one, order) == pytest.approx(exact, abs=100 * 1.5 / TURNS)


@given(percent=st.integers(1, 99))
def test_targets_of_a_group_get_the_same_each_to_a_turn(percent: int) -> None:
    counts = Counter(turns([group("b", 100 - percent, 4), group("g", percent, 3)]))
    blue = [counts[f"127.0.0.1:{100 + number}"] for number in range(4)]
    green = [counts[f"127.0.0.1:{200 + number}"] for number in range(3)]
    assert max(blue) - min(blue) <= 1
    assert len(set(green)) == 1


def test_the_smaller_share_is_never_far_away() -> None:
    smaller = group("g", 20, 2)
    order = turns([group("b", 80, 3), smaller])
    runs = [
        len(list(run)) for _, run in groupby(order, key=lambda target: target in smaller.targets)
    ]
    assert max(runs) == 4


def test_a_group_without_targets_keeps_its_share() -> None:
    blue = group("b", 75, 1)
    assert Counter(turns([blue, group("g", 25, 0)])) == {blue.targets[0]: 225, None: 75}


def test_a_group_of_weight_zero_gets_nothing() -> None:
    green = group("g", 100, 1)
    assert set(turns([group("b", 0, 2), green])) == set(green.targets)


def test_without_weights_nobody_gets_anything() -> None:
    assert set(turns([])) == set(turns([group("b", 0, 2)])) == {None}
