"""What a stack's roles may do, as data for whoever evaluates it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .stack_state import Resource


def statements_of(role_arn: str, resources: Iterable[Resource]) -> list[dict[str, Any]]:
    """Every statement of the policies within a role and attached to it, resolved.

    Raises `KeyError` when none of the resources is that role.
    """
    found = list(resources)
    roles = [
        one for one in found if one.type == "AWS::IAM::Role" and one.attributes["Arn"] == role_arn
    ]
    if not roles:
        raise KeyError(f"no role of this stack is {role_arn}")
    role = roles[0]
    documents = [one["PolicyDocument"] for one in role.properties.get("Policies", [])]
    documents += [
        one.properties["PolicyDocument"]
        for one in found
        if one.type == "AWS::IAM::Policy" and role.physical_id in one.properties.get("Roles", [])
    ]
    return [statement for document in documents for statement in document["Statement"]]
