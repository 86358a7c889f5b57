"""Policy documents as they are written, statement by statement, and no larger than IAM takes them.

A statement keeps its place and its ``Sid``, so that a denial can be traced to it.
Limits: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import IntEnum
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

REFERENCE_LENGTH = 128
"""What a value known only at deployment is counted as; an ARN is seldom longer."""


class PolicyLimit(IntEnum):
    """The most characters of a policy, white space not counted.

    ``INLINE`` is for all inline policies of a role together. ``TRUST`` can be raised to 4,096 for
    an account on request; the default is what every account has.
    """

    TRUST = 2_048
    MANAGED = 6_144
    INLINE = 10_240


class PolicyTooLong(ValueError):
    """IAM would not take the policy; the message says whose, how long it is and what is allowed."""


def policy_document(
    scope: Construct, statements: Sequence[iam.PolicyStatement], *, limit: PolicyLimit, of: str
) -> iam.PolicyDocument:
    """The statements as one document. ``of`` says in an error whose policy it is.

    `PolicyTooLong` if it is larger than IAM takes it.
    """
    document = iam.PolicyDocument(statements=list(statements), minimize=False)
    length = _length(Stack.of(scope).resolve(document.to_json()))
    if length > limit:
        raise PolicyTooLong(
            f"{of}: the {limit.name.lower()} policy has {length:,} characters without white space; "
            f"allowed are {limit:,}. Shorten its lists or make two of it."
        )
    return document


def role_rights(
    scope: Construct, statements: Sequence[iam.PolicyStatement], *, role_name: str
) -> list[iam.CfnRole.PolicyProperty]:
    """The statements as the one inline policy of a role; of no statements, none."""
    if not statements:
        return []
    document = policy_document(
        scope, statements, limit=PolicyLimit.INLINE, of=f"the role {role_name}"
    )
    return [iam.CfnRole.PolicyProperty(policy_name="Rights", policy_document=document)]


def _length(document: Any) -> int:
    text = json.dumps(_rendered(document), separators=(",", ":"))
    return len("".join(text.split()))


def _rendered(value: Any) -> Any:
    match value:
        case {"Fn::Join": [str(separator), list(parts)]}:
            return separator.join(str(_rendered(part)) for part in parts)
        case {"Ref": "AWS::Partition"}:
            return "aws"
        case dict() if len(value) == 1 and next(iter(value)).startswith(("Fn::", "Ref")):
            return "x" * REFERENCE_LENGTH
        case dict():
            return {key: _rendered(item) for key, item in value.items()}
        case list():
            return [_rendered(item) for item in value]
    return value
