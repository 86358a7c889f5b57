"""IAM policy documents as JSON values: their statements, actions, and condition keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.support.templates import Json

_NAMES = ("Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase", "Like", "NotLike")
_ARNS = ("Equals", "NotEquals", "Like", "NotLike")
_SIZES = (
    *("Equals", "NotEquals"),
    *("LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"),
)

OPERATORS = frozenset(
    {
        *(f"String{name}" for name in _NAMES),
        *(f"Arn{name}" for name in _ARNS),
        *(f"{kind}{name}" for kind in ("Numeric", "Date") for name in _SIZES),
        *("Bool", "BinaryEquals", "IpAddress", "NotIpAddress", "Null"),
    }
)
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html"""


def listed(value: Any) -> list[Any]:
    """A value that may stand alone, as a list."""
    return list(value) if isinstance(value, list) else [value]


def statements(document: Json) -> list[Json]:
    """The document's statements, a single one too."""
    return listed(document.get("Statement", []))


def conditions(statement: Json) -> Iterator[tuple[str, str]]:
    """(operator, condition key) of each test of a statement."""
    for operator, tests in statement.get("Condition", {}).items():
        for key in tests:
            yield operator, key


def principals(statement: Json) -> list[str]:
    """Everyone in the statement's Principal, of whatever kind."""
    given = statement.get("Principal", [])
    values = given.values() if isinstance(given, dict) else [given]
    return [principal for value in values for principal in listed(value)]


def unknown_operator(operator: str) -> bool:
    """Whether IAM has no such condition operator; set operators and IfExists included.

    The simulator takes a test with such an operator as not passed, whatever the request.
    """
    base = operator
    for prefix in ("ForAllValues:", "ForAnyValue:"):
        base = base.removeprefix(prefix)
    if base != "Null":
        base = base.removesuffix("IfExists")
    return base not in OPERATORS
