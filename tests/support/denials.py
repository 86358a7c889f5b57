"""Whom the policy on a secret turns away: what IAM would decide, for the conditions used here.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.support.templates import Json, actions


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who calls, as the request's context says it. ``arn`` is the role's, empty for a service."""

    arn: str
    service: bool = False

    @property
    def context(self) -> dict[str, str]:
        """The condition keys that the request has."""
        arn = {} if self.service else {"aws:PrincipalArn": self.arn}
        return {**arn, "aws:PrincipalIsAWSService": str(self.service).lower()}


def role(name: str, *, account: str) -> Caller:
    """A session of that role."""
    return Caller(arn=f"arn:aws:iam::{account}:role/{name}")


def denied(policy: Json, caller: Caller, action: str) -> bool:
    """Whether a statement of the policy denies the caller the action."""
    return any(
        statement["Effect"] == "Deny"
        and statement["Principal"] == "*"
        and statement["Resource"] == "*"
        and action in actions(statement)
        and all(
            _holds(operator, key, wanted, caller.context)
            for operator, keys in statement["Condition"].items()
            for key, wanted in keys.items()
        )
        for statement in policy["Statement"]
    )


def _holds(operator: str, key: str, wanted: Any, context: dict[str, str]) -> bool:
    values = wanted if isinstance(wanted, list) else [wanted]
    if operator == "StringNotEquals":
        # A negated operator holds when the request does not have the key.
        return context.get(key) not in values
    if operator == "BoolIfExists":
        return key not in context or context[key] in values
    raise AssertionError(f"the evaluator does not know {operator}")


def resolved(policy: Json, *, account: str) -> Json:
    """The policy with each role of its own stack named ``<logical id>``."""

    def replace(value: Any) -> Any:
        match value:
            case {"Fn::GetAtt": [logical_id, "Arn"]}:
                return role(logical_id, account=account).arn
            case dict():
                return {key: replace(item) for key, item in value.items()}
            case list():
                return [replace(item) for item in value]
        return value

    result: Json = replace(policy)
    return result
