"""Whom a role's trust lets in: what STS would decide, for the conditions used here.

An operator that holds when its key is missing (``...IfExists``, ``Null``, the negated ones) is not
known here and fails the test: a trust must not use one.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.support.templates import Json, actions

TAG = "aws:RequestTag/"

Context = Mapping[str, str]


def enters(trust: Json, context: Context, *, by: str = "sts:AssumeRole") -> bool:
    """Whether a request with that context gets a session.

    Tags and a source identity are each an action of their own, which has to be allowed too.
    """
    wanted = {by}
    if any(key.startswith(TAG) for key in context):
        wanted.add("sts:TagSession")
    if "sts:SourceIdentity" in context:
        wanted.add("sts:SetSourceIdentity")
    return all(_allows(trust, context, action) for action in wanted)


def _allows(trust: Json, context: Context, action: str) -> bool:
    return any(
        action in actions(statement)
        and all(
            _holds(operator, key, expected, context)
            for operator, keys in statement["Condition"].items()
            for key, expected in keys.items()
        )
        for statement in trust["Statement"]
        if statement["Effect"] == "Allow"
    )


def _holds(operator: str, key: str, expected: Any, context: Context) -> bool:
    every = expected if isinstance(expected, list) else [expected]
    if (operator, key) == ("ForAllValues:StringEquals", "aws:TagKeys"):
        passed = [each.removeprefix(TAG) for each in context if each.startswith(TAG)]
        return all(tag in every for tag in passed)
    if key not in context:
        return False
    given = context[key]
    match operator:
        case "StringEquals" | "ArnEquals":
            return any(_filled(each, context) == given for each in every)
        case "StringLike" | "ArnLike":
            return any(_like(_filled(each, context), given) for each in every)
        case "Bool":
            return given in every
        case "NumericLessThan":
            return any(float(given) < float(each) for each in every)
    raise AssertionError(f"the evaluator does not know {operator}")


def _filled(pattern: str, context: Context) -> str | None:
    """With the values of its variables; ``None``, which matches nothing, where one is missing."""
    names = re.findall(r"\$\{([^}]+)\}", pattern)
    if not all(name in context for name in names):
        return None
    return re.sub(r"\$\{([^}]+)\}", lambda found: context[found[1]], pattern)


def _like(pattern: str | None, given: str) -> bool:
    if pattern is None:
        return False
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, given) is not None
