"""Operators and functions of metric math on scalars, time series and arrays of them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .math_syntax import ExpressionError, Keyword

Datum = float | None
"""One value; None: missing."""


@dataclass(frozen=True)
class Scalar:
    """A number, or none where a division by zero or an empty series left none."""

    value: Datum


@dataclass(frozen=True)
class Series:
    """A value for each period, oldest first."""

    values: tuple[Datum, ...]


@dataclass(frozen=True)
class SeriesArray:
    """Several series."""

    members: tuple[Series, ...]


Value = Scalar | Series | SeriesArray
Argument = Value | Keyword


def operate(symbol: str, left: Value, right: Value) -> Value:
    """`left symbol right`. A pair of arrays is of the same length, or `ExpressionError`.

    Of two series of which only one has a value, the other counts as 0. A data point that would
    divide by zero is dropped. Not documented: so is one that is no finite number.
    """
    of = _OPERATORS[symbol]
    match left, right:
        case Scalar(one), Scalar(other):
            return Scalar(_of_present(of, one, other))
        case Series(ones), Series(others):
            pairs = zip(ones, others, strict=True)
            return Series(tuple(_of_either(of, one, other) for one, other in pairs))
        case Series(ones), Scalar(other):
            return Series(tuple(_of_present(of, one, other) for one in ones))
        case Scalar(one), Series(others):
            return Series(tuple(_of_present(of, one, other) for other in others))
    return _operate_on_arrays(symbol, left, right)


def negate(value: Value) -> Value:
    """`-value`."""
    return operate("-", Scalar(0.0), value)


def call(function: str, arguments: Sequence[Argument]) -> Value:
    """A function's result. Raises `ExpressionError` for arguments that it does not take."""
    least, most, of = _FUNCTIONS[function]
    if not least <= len(arguments) <= most:
        expected = str(least) if least == most else f"{least} or {most}"
        raise ExpressionError(
            f"{function} takes {expected} argument{'' if expected == '1' else 's'}, "
            f"not {len(arguments)}"
        )
    return of(*arguments)


def functions() -> tuple[str, ...]:
    """The functions that are evaluated."""
    return tuple(_FUNCTIONS)


def _operate_on_arrays(symbol: str, left: Value, right: Value) -> SeriesArray:
    lefts = left.members if isinstance(left, SeriesArray) else None
    rights = right.members if isinstance(right, SeriesArray) else None
    if lefts is not None and rights is not None and len(lefts) != len(rights):
        raise ExpressionError(
            f"{symbol} stands between an array of {len(lefts)} and one of {len(rights)} series"
        )
    length = len(lefts if lefts is not None else rights or ())
    results = [
        operate(symbol, lefts[at] if lefts else left, rights[at] if rights else right)
        for at in range(length)
    ]
    return SeriesArray(tuple(one for one in results if isinstance(one, Series)))


def _of_present(of: Callable[[float, float], Datum], left: Datum, right: Datum) -> Datum:
    return None if left is None or right is None else _finite(of(left, right))


def _of_either(of: Callable[[float, float], Datum], left: Datum, right: Datum) -> Datum:
    return None if left is None and right is None else _finite(of(left or 0.0, right or 0.0))


def _finite(value: Datum) -> Datum:
    return value if value is not None and math.isfinite(value) else None


def _divide(left: float, right: float) -> Datum:
    return left / right if right else None


def _power(left: float, right: float) -> Datum:
    try:
        result = left**right
    except (OverflowError, ZeroDivisionError):
        return None
    return result if isinstance(result, float) else None


def _truth(of: Callable[[float, float], bool]) -> Callable[[float, float], Datum]:
    return lambda left, right: 1.0 if of(left, right) else 0.0


_OPERATORS: Mapping[str, Callable[[float, float], Datum]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "^": _power,
    ">": _truth(operator.gt),
    ">=": _truth(operator.ge),
    "<": _truth(operator.lt),
    "<=": _truth(operator.le),
    "==": _truth(operator.eq),
    "!=": _truth(operator.ne),
    "AND": _truth(lambda left, right: bool(left and right)),
    "OR": _truth(lambda left, right: bool(left or right)),
}


def _if(condition: Argument, yes: Argument, no: Argument | None = None) -> Value:
    """A missing condition leaves nothing; a missing value of the chosen `yes` is 0."""
    for one in (condition, yes, no):
        if isinstance(one, SeriesArray | Keyword):
            raise ExpressionError("IF takes time series and numbers only")
    assert isinstance(yes, Scalar | Series)
    assert no is None or isinstance(no, Scalar | Series)
    if isinstance(condition, Scalar):
        chosen = no if condition.value is None or not condition.value else yes
        return Scalar(None) if chosen is None else chosen
    assert isinstance(condition, Series)
    return Series(
        tuple(
            None if truth is None else (_at(yes, at) or 0.0) if truth else _at(no, at)
            for at, truth in enumerate(condition.values)
        )
    )


def _at(value: Scalar | Series | None, at: int) -> Datum:
    if value is None:
        return None
    return value.values[at] if isinstance(value, Series) else value.value


def _fill(value: Argument, filler: Argument) -> Value:
    """Not documented: that a series without any value is filled, too, and that what REPEAT and
    LINEAR have no value before or after for stays missing."""
    if isinstance(value, SeriesArray):
        filled = (_fill(one, filler) for one in value.members)
        return SeriesArray(tuple(one for one in filled if isinstance(one, Series)))
    if not isinstance(value, Series):
        raise ExpressionError("FILL takes a time series first")
    if isinstance(filler, Keyword):
        if filler.word not in _FILLERS:
            raise ExpressionError(
                f"FILL takes REPEAT, LINEAR, a number or a time series, not {filler.word}"
            )
        return Series(_FILLERS[filler.word](value.values))
    if isinstance(filler, SeriesArray):
        raise ExpressionError("FILL takes one filler, not an array of them")
    return Series(
        tuple(_at(filler, at) if one is None else one for at, one in enumerate(value.values))
    )


def _repeat(values: tuple[Datum, ...]) -> tuple[Datum, ...]:
    filled: list[Datum] = []
    for one in values:
        filled.append(one if one is not None or not filled else filled[-1])
    return tuple(filled)


def _linear(values: tuple[Datum, ...]) -> tuple[Datum, ...]:
    filled = list(values)
    known = [(at, one) for at, one in enumerate(values) if one is not None]
    for (start, first), (end, last) in pairwise(known):
        for at in range(start + 1, end):
            filled[at] = first + (last - first) * (at - start) / (end - start)
    return tuple(filled)


_FILLERS = {"REPEAT": _repeat, "LINEAR": _linear}


def _each(name: str, of: Callable[[float], float]) -> Callable[..., Value]:
    def apply(value: Argument) -> Value:
        match value:
            case Series(values):
                return Series(tuple(None if one is None else float(of(one)) for one in values))
            case SeriesArray(members):
                applied = (apply(one) for one in members)
                return SeriesArray(tuple(one for one in applied if isinstance(one, Series)))
        raise ExpressionError(f"{name} takes a time series or an array of them")

    return apply


def _all(name: str, of: Callable[[Sequence[Datum]], Datum]) -> Callable[..., Value]:
    """Of a series the scalar of its values, of an array the series over its members."""

    def apply(value: Argument) -> Value:
        match value:
            case Series(values):
                return Scalar(of(values))
            case SeriesArray(members):
                columns = zip(*(one.values for one in members), strict=True)
                return Series(tuple(of(column) for column in columns))
        raise ExpressionError(f"{name} takes a time series or an array of them")

    return apply


def _present(of: Callable[[list[float]], float]) -> Callable[[Sequence[Datum]], Datum]:
    """Not documented for MAX and MIN: that missing values are left out."""

    def apply(values: Sequence[Datum]) -> Datum:
        present = [one for one in values if one is not None]
        return _finite(of(present)) if present else None

    return apply


def _average(values: Sequence[Datum]) -> Datum:
    """Missing values are treated as 0."""
    if all(one is None for one in values):
        return None
    return _finite(sum(one or 0.0 for one in values) / len(values))


_FUNCTIONS: Mapping[str, tuple[int, int, Callable[..., Value]]] = {
    "ABS": (1, 1, _each("ABS", abs)),
    "AVG": (1, 1, _all("AVG", _average)),
    "CEIL": (1, 1, _each("CEIL", math.ceil)),
    "FILL": (2, 2, _fill),
    "FLOOR": (1, 1, _each("FLOOR", math.floor)),
    "IF": (2, 3, _if),
    "MAX": (1, 1, _all("MAX", _present(max))),
    "MIN": (1, 1, _all("MIN", _present(min))),
    "SUM": (1, 1, _all("SUM", _present(sum))),
}
