"""Whether a synthesized policy allows something: yes, no, or on a condition that is not known here.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html as far as
the table of `assembly.access` needs it. The tests compare every cell with an IAM simulator.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

Statement = Mapping[str, Any]


class Answer(StrEnum):
    """``IF``: it depends on something that only the request says."""

    YES = "yes"
    NO = "no"
    IF = "if"


def granted(statements: Sequence[Statement], use: Use) -> Answer:
    """Whether some statement allows it and none denies it."""
    allowed = _any(statements, "Allow", use)
    denied = _any(statements, "Deny", use)
    if denied is Answer.YES or allowed is Answer.NO:
        return Answer.NO
    return Answer.IF if Answer.IF in (allowed, denied) else Answer.YES


class Use:
    """Somebody does ``action`` to ``resource``; ``known`` are the context's keys, all in lower
    case, as far as they are known.
    """

    def __init__(self, *, action: str, resource: str, known: Mapping[str, str]) -> None:
        self.action = action
        self.resource = resource
        self.known = {key.lower(): value for key, value in known.items()}


def _any(statements: Sequence[Statement], effect: str, use: Use) -> Answer:
    answers = {_matches(one, use) for one in statements if one["Effect"] == effect}
    return next((one for one in (Answer.YES, Answer.IF) if one in answers), Answer.NO)


def _matches(statement: Statement, use: Use) -> Answer:
    action = any(like(use.action, one) for one in listed(statement.get("Action", ())))
    if "NotAction" in statement:
        action = not any(like(use.action, one) for one in listed(statement["NotAction"]))
    on = any(like(use.resource, one) for one in listed(statement.get("Resource", "*")))
    if not action or not on:
        return Answer.NO
    answers = [_holds(test, key, values, use) for test, key, values in _conditions(statement)]
    if Answer.NO in answers:
        return Answer.NO
    return Answer.IF if Answer.IF in answers else Answer.YES


def _conditions(statement: Statement) -> Iterator[tuple[str, str, list[str]]]:
    for test, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            yield test, key, [str(one) for one in listed(values)]


def _holds(test: str, key: str, values: Sequence[str], use: Use) -> Answer:
    found = use.known.get(key.lower())
    if found is None:
        return Answer.IF
    base = test.removesuffix("IfExists")
    matches = any(like(found, one) if "Like" in base else found == one for one in values)
    if base in ("StringEquals", "StringLike", "ArnEquals", "ArnLike", "Bool"):
        return Answer.YES if matches else Answer.NO
    if base in ("StringNotEquals", "StringNotLike", "ArnNotEquals", "ArnNotLike"):
        return Answer.NO if matches else Answer.YES
    return Answer.IF


def like(value: str, pattern: str) -> bool:
    """Whether the value is as the pattern with ``*`` and ``?`` says; actions in any case."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, value, re.IGNORECASE | re.DOTALL) is not None


def listed(value: Any) -> list[Any]:
    """A value that may stand alone, as a list."""
    return list(value) if isinstance(value, (list, tuple)) else [value]
