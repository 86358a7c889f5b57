"""Metric math.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rehearsal.cloudwatch.expression import Datapoints, ExpressionError, parse

GAP: float | None = None


def value(text: str, **series: Datapoints) -> Datapoints:
    """An expression's series."""
    return parse(text).evaluate(series)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("m1 < m2", (0, 0, 1, 0)),
        ("m1 >= 30", (1, 0, 0, 0)),
        ("m1 > 15 AND m2 > 15", (1, 0, 0, 0)),
        ("m1 > 15 && m2 > 15", (1, 0, 0, 0)),
        ("m1 > 15 OR m2 > 15", (1, 1, 1, 0)),
    ],
)
def test_comparisons_are_those_of_the_documentation(text: str, expected: Datapoints) -> None:
    assert value(text, m1=(30, 20, 0, 0), m2=(20, GAP, 20, GAP)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("IF(m1, m2, m3)", (30, 0, 20, GAP, GAP)),
        ("IF(m1, 5, m3)", (5, 5, 20, GAP, GAP)),
        ("IF(m1, m2, 5)", (30, 0, 5, 5, GAP)),
        ("IF(m1, m2)", (30, 0, GAP, GAP, GAP)),
        ("IF(1, m2, m3)", (30, GAP, 0, 0, 30)),
        ("IF(0, m2, m3)", (0, 0, 20, GAP, 20)),
    ],
)
def test_choices_are_those_of_the_documentation(text: str, expected: Datapoints) -> None:
    found = value(text, m1=(1, 1, 0, 0, GAP), m2=(30, GAP, 0, 0, 30), m3=(0, 0, 20, GAP, 20))
    assert found == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("m1 + m2", (3, 1, 2, GAP)),
        ("m1 - m2", (-1, 1, -2, GAP)),
        ("m1 * 2", (2, 2, GAP, GAP)),
        ("-m1", (-1, -1, GAP, GAP)),
        ("m1 / m2", (0.5, GAP, 0, GAP)),
        ("1 / m1", (1, 1, GAP, GAP)),
        ("m1 ^ 2 + m1", (2, 2, GAP, GAP)),
        ("1 + 2 * m1 ^ 2 > 2 AND -m1 - 1 < 0", (1, 1, GAP, GAP)),
    ],
)
def test_what_is_missing_in_one_series_counts_as_0_and_in_both_stays_missing(
    text: str, expected: Datapoints
) -> None:
    assert value(text, m1=(1, 1, GAP, GAP), m2=(2, GAP, 2, GAP)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FILL(m1, 7)", (7, 1, 7, 7, 4, 7)),
        ("FILL(m1, m2)", (9, 1, 9, 9, 4, 9)),
        ("FILL(m1, REPEAT)", (GAP, 1, 1, 1, 4, 4)),
        ("FILL(m1, LINEAR)", (GAP, 1, 2, 3, 4, GAP)),
        ("SUM(FILL([m1, m2], 0))", (9, 10, 9, 9, 13, 9)),
    ],
)
def test_fill_replaces_what_is_missing_only(text: str, expected: Datapoints) -> None:
    assert value(text, m1=(GAP, 1, GAP, GAP, 4, GAP), m2=(9,) * 6) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("m1 - MIN(m1)", (0, 2, GAP)),
        ("MAX(m1) / m1", (3, 1, GAP)),
        ("m1 + SUM(m1)", (5, 7, GAP)),
        ("MAX([m1, m2])", (1, 4, GAP)),
        ("MIN([m1, m2])", (-1, 3, GAP)),
        ("SUM([m1, m2])", (0, 7, GAP)),
        ("AVG([m1, m2])", (0, 3.5, GAP)),
        ("SUM(ABS([m1, m2]) * 2)", (4, 14, GAP)),
        ("ABS(m2)", (1, 4, GAP)),
        ("FLOOR(m1 / 2) + CEIL(m1 / 2)", (1, 3, GAP)),
    ],
)
def test_functions_are_over_time_for_a_series_and_across_for_an_array(
    text: str, expected: Datapoints
) -> None:
    assert value(text, m1=(1, 3, GAP), m2=(-1, 4, GAP)) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("RATE(m1)", "uses RATE, which is not evaluated; evaluated are ABS, AVG"),
        ("SEARCH(m1)", "uses SEARCH, which is not evaluated"),
        ("m1 +", "has the end at character 5, where a number, an id"),
        ("m1 m2", "has 'm2' at character 4, where an operator or the end"),
        ("(m1", "where '\\)' is expected"),
        ("IF(m1, 1, 0", "where '\\)' is expected"),
        ("m1 # m2", "has '#' after character 2"),
        ("", "has the end at character 1"),
        ("(" * 60 + "m1" + ")" * 60, "nested in more than 40 levels"),
    ],
)
def test_an_expression_that_cannot_be_read_says_what_is_wrong_and_where(
    text: str, why: str
) -> None:
    with pytest.raises(ExpressionError, match=why):
        parse(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("m1 + m9", "no metric or expression with the id 'm9'"),
        ("MAX(m1)", "gives a single number, and must give one time series"),
        ("[m1, m2]", "gives an array of time series"),
        ("FILL(m1)", "FILL takes 2 arguments, not 1"),
        ("FILL(m1, AVERAGE)", "FILL takes REPEAT, LINEAR"),
        ("FILL(1, 2)", "FILL takes a time series first"),
        ("ABS(2)", "ABS takes a time series"),
        ("IF([m1, m2], 1, 0)", "IF takes time series and numbers only"),
        ("[m1, m2] + [m1]", "between an array of 2 and one of 1"),
        ("SUM([])", "an array is empty"),
        ("m1 + REPEAT", "REPEAT stands where a value is expected"),
    ],
)
def test_an_expression_that_cannot_be_evaluated_names_itself_and_the_reason(
    text: str, why: str
) -> None:
    with pytest.raises(ExpressionError, match=why) as raised:
        value(text, m1=(1,), m2=(2,))
    assert repr(text) in str(raised.value)


Tree = float | str | tuple[str, "Tree", "Tree"]
DATUM = st.none() | st.integers(-9, 9).map(float)
SERIES = st.lists(st.tuples(DATUM, DATUM, DATUM), min_size=1, max_size=5)
TREES: st.SearchStrategy[Tree] = st.recursive(
    st.sampled_from(["m1", "m2", "m3"]) | st.integers(0, 9).map(float),
    lambda inner: st.tuples(st.sampled_from(["+", "-", "*", "/", "<", ">="]), inner, inner),
    max_leaves=8,
)


def written(tree: Tree) -> str:
    """The tree with all its brackets."""
    if isinstance(tree, tuple):
        return f"({written(tree[1])}{tree[0]} {written(tree[2])})"
    return str(tree)


OPERATORS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "<": operator.lt,
    ">=": operator.ge,
}


def single(tree: Tree, values: Mapping[str, float | None]) -> tuple[float | None, bool]:
    """What one period gives, calculated without the code under test; and whether it is a series."""
    if isinstance(tree, str):
        return values[tree], True
    if not isinstance(tree, tuple):
        return tree, False
    symbol, (left, of_left), (right, of_right) = tree[0], *(single(one, values) for one in tree[1:])
    series = of_left or of_right
    nothing = left is None and right is None
    if nothing or (None in (left, right) and not (of_left and of_right)):
        return None, series
    if symbol == "/" and not right:
        return None, series
    found = float(OPERATORS[symbol](left or 0.0, right or 0.0))
    return (found if math.isfinite(found) else None), series


@given(TREES, SERIES)
def test_any_arithmetic_of_any_series_is_that_of_each_period(
    tree: Tree, rows: list[tuple[float | None, ...]]
) -> None:
    ids = ("m1", "m2", "m3")
    expected = [single(tree, dict(zip(ids, row, strict=True))) for row in rows]
    assume(all(series for _, series in expected))
    found = value(written(tree), **dict(zip(ids, zip(*rows, strict=True), strict=True)))
    assert found == tuple(one for one, _ in expected)


@given(st.text("m1 23.+-*/()<>=![],FILIFREPEAT", max_size=30))
def test_any_text_is_evaluated_or_refused_with_one_kind_of_error(text: str) -> None:
    def outcome() -> Datapoints | str:
        try:
            return value(text, m1=(1.0, GAP), m2=(GAP, 2.0))
        except ExpressionError as error:
            return str(error)

    found = outcome()
    assert repr(text) in found if isinstance(found, str) else len(found) == 2
