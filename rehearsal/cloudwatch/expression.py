"""Metric math as far as alarms and target tracking need it, evaluated for a range of periods.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .math_syntax import (
    Array,
    Call,
    ExpressionError,
    Keyword,
    Name,
    Negation,
    Node,
    Number,
    Operation,
    read,
    visit,
)
from .math_values import (
    Argument,
    Datum,
    Scalar,
    Series,
    SeriesArray,
    Value,
    call,
    functions,
    negate,
    operate,
)

__all__ = ["Datapoints", "Expression", "ExpressionError", "parse"]

Datapoints = tuple[Datum, ...]
"""A value for each period, oldest first; None: missing."""


@dataclass(frozen=True)
class Expression:
    """An expression that can be read. ``ids``: the metrics and expressions it is made of."""

    text: str
    ids: frozenset[str]
    root: Node

    def evaluate(self, series: Mapping[str, Datapoints]) -> Datapoints:
        """The expression's own series, as long as those of its ids.

        Raises `ExpressionError` when an id is not given, a function does not take what it is
        given, or the result is no single time series.
        """
        try:
            result = _evaluate(self.root, series)
        except ExpressionError as error:
            raise ExpressionError(f"{self.text!r}: {error}") from error
        if isinstance(result, Series):
            return result.values
        what = "a single number" if isinstance(result, Scalar) else "an array of time series"
        raise ExpressionError(f"{self.text!r} gives {what}, and must give one time series")


def parse(text: str) -> Expression:
    """Read an expression. Raises `ExpressionError`, also for a function not evaluated here."""
    root = read(text)
    ids: set[str] = set()

    def see(node: Node) -> None:
        match node:
            case Name(id):
                ids.add(id)
            case Call(function) if function not in functions():
                raise ExpressionError(
                    f"{text!r} uses {function}, which is not evaluated; evaluated are "
                    f"{', '.join(functions())}"
                )

    visit(root, see)
    return Expression(text, frozenset(ids), root)


def _evaluate(node: Node, series: Mapping[str, Datapoints]) -> Value:
    match node:
        case Number(value):
            return Scalar(value)
        case Name(id):
            if id not in series:
                raise ExpressionError(f"there is no metric or expression with the id {id!r}")
            return Series(series[id])
        case Array(()):
            raise ExpressionError("an array is empty")
        case Array(members):
            return SeriesArray(tuple(_member(one, series) for one in members))
        case Negation(operand):
            return negate(_evaluate(operand, series))
        case Operation(symbol, left, right):
            return operate(symbol, _evaluate(left, series), _evaluate(right, series))
        case Call(function, arguments):
            return call(function, [_argument(one, series) for one in arguments])
        case Keyword(word):
            raise ExpressionError(f"{word} stands where a value is expected")


def _argument(node: Node, series: Mapping[str, Datapoints]) -> Argument:
    return node if isinstance(node, Keyword) else _evaluate(node, series)


def _member(node: Node, series: Mapping[str, Datapoints]) -> Series:
    value = _evaluate(node, series)
    if not isinstance(value, Series):
        raise ExpressionError("an array contains time series only")
    return value
