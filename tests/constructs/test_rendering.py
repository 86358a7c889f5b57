"""The snapshots' form loses nothing: it is JSON, and it shows every difference."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.rendering import WIDTH, differing_paths, render

scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=60)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=20), inner, max_size=6)
    ),
    max_leaves=40,
)
names = st.sampled_from(["a", "b", "c"])
documents = st.dictionaries(
    names, st.integers(0, 2) | st.dictionaries(names, st.integers(0, 2) | st.lists(scalars))
)


@given(value=values)
def test_what_is_rendered_is_the_same_value(value: Any) -> None:
    assert json.loads(render(value)) == value


def test_short_values_share_a_line_and_long_ones_have_their_own() -> None:
    rendered = render({"Type": "AWS::X", "Name": "n", "List": ["x" * 50] * 5, "Deep": {"A": 1}})

    assert rendered.splitlines()[1] == ' "Type": "AWS::X", "Name": "n",'
    assert ' "Deep": {"A": 1}' in rendered.splitlines()
    assert all(len(line) <= WIDTH for line in rendered.splitlines())


@given(value=documents)
def test_equal_documents_have_no_differing_path(value: Any) -> None:
    assert differing_paths(value, value, name="Dev", reference_name="Prod") == {}


@given(one=documents, other=documents)
def test_documents_without_a_differing_path_are_equal(one: Any, other: Any) -> None:
    if not differing_paths(one, other, name="Dev", reference_name="Prod"):
        assert one == other


def test_a_side_that_lacks_a_value_is_left_out() -> None:
    found = differing_paths(
        {"a": {"x": 1}, "list": [1]}, {"a": {"y": 2}, "list": [1, 2]}, name="D", reference_name="P"
    )

    assert found == {"a/x": {"D": 1}, "a/y": {"P": 2}, "list": {"D": [1], "P": [1, 2]}}
