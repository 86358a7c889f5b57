"""A role that deletes a database, and policies about that: what the tests of the simulator vary."""

from __future__ import annotations

import dataclasses
from typing import Any

from tests.iam.simulator import Policy, Request, Verdict, decide
from tests.support.templates import Json

ACCOUNT = "222222222222"
OTHER = "333333333333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/dev"
DATABASE = f"arn:aws:rds:eu-west-1:{ACCOUNT}:db:orders"


def document(*statements: Json) -> Json:
    """A policy document of these statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def statement(sid: str, effect: str = "Allow", action: Any = "*", **rest: Any) -> Json:
    """A statement, about everything unless told otherwise."""
    return {"Sid": sid, "Effect": effect, "Action": action, "Resource": "*", **rest}


def trust(sid: str, principal: Json, action: str = "sts:AssumeRole", **rest: Any) -> Policy:
    """A role's trust policy."""
    one = {"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": action, **rest}
    return Policy("trust", document(one))


FULL = Policy("full", document(statement("Everything")))
DELETE = Policy("delete", document(statement("Delete", action="rds:DeleteDBInstance")))
READ = Policy("read", document(statement("Read", action="rds:Describe*")))


def deletion(**changes: Any) -> Request:
    """A role deletes a database in its own account."""
    request = Request(
        principal=ROLE,
        action="rds:DeleteDBInstance",
        resource=DATABASE,
        resource_account=ACCOUNT,
        context={},
    )
    return dataclasses.replace(request, **changes)


def assumption(**changes: Any) -> Request:
    """A role assumes another one of its account."""
    role = f"arn:aws:iam::{ACCOUNT}:role/operator"
    return deletion(action="sts:AssumeRole", resource=role, **changes)


def denying(name: str, condition: Json | None = None, **rest: Any) -> Policy:
    """A policy that denies, in a statement of the policy's name, beside one that allows all."""
    deny = statement(name, "Deny", **rest)
    if "NotAction" in rest:
        del deny["Action"]
    if condition:
        deny["Condition"] = condition
    return Policy(name, document(statement("Everything"), deny))


def with_condition(condition: Json, context: Json, effect: str = "Deny") -> Verdict:
    """Tagging a database, under a statement with that condition."""
    one = statement("Conditional", effect, Condition=condition)
    return decide(
        deletion(
            action="rds:AddTagsToResource",
            identity=[Policy("conditional", document(one)), *([FULL] if effect == "Deny" else [])],
            context=context,
        )
    )


REGIONS = denying(
    "Regions",
    {
        "StringNotEquals": {"aws:RequestedRegion": ["eu-west-1"]},
        "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"},
    },
    NotAction=["iam:*", "sts:*"],
)
