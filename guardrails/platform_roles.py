"""The roles of bootstrap and platform are changed by deployments only, never by hand.

So nobody makes oneself a way in: neither by a wider trust of one of these roles, nor by a new role
that is named like one which another guardrail leaves out.
"""

from __future__ import annotations

from collections.abc import Sequence

from guardrails.facts import Facts, role_arn
from guardrails.guardrail import Guardrail
from guardrails.statement import Deny

CHANGES = (
    "iam:AttachRolePolicy",
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
    "iam:UpdateRoleDescription",
)


PEOPLE = ("break-glass", "developer", "github-*", "operator", "qa")


def _statements(facts: Facts) -> Sequence[Deny]:
    platform = facts.platform
    by_administrators = {"ArnNotEquals": {"aws:PrincipalArn": facts.administrator_arns()}}
    by_repairers = {"ArnNotEquals": {"aws:PrincipalArn": facts.repairer_arns()}}
    return [
        Deny(
            sid="BootstrapRoles",
            actions=CHANGES,
            resources=[role_arn("*", "cdk-hnb659fds-*")],
            conditions=by_repairers,
        ),
        Deny(
            # No deployment changes who comes in: these are made by people (stacks/access.py).
            sid="PeoplesRoles",
            actions=CHANGES,
            resources=[role_arn("*", f"{platform}-{kind}") for kind in PEOPLE],
            conditions=by_administrators,
        ),
        Deny(
            sid="PlatformRoles",
            actions=CHANGES,
            resources=[role_arn("*", f"{platform}-*"), role_arn("*", "Pipeline-*")],
            conditions={
                "ArnNotLike": {"aws:PrincipalArn": [facts.deployers(), *facts.administrator_arns()]}
            },
        ),
        Deny(
            sid="PeoplesBoundary",
            actions=[
                "iam:CreatePolicy",
                "iam:CreatePolicyVersion",
                "iam:DeletePolicy",
                "iam:DeletePolicyVersion",
                "iam:SetDefaultPolicyVersion",
            ],
            resources=[f"arn:aws:iam::*:policy/{platform}-people"],
            conditions=by_administrators,
        ),
        Deny(
            sid="BootstrapStack",
            # Its parameter and stack are what deployments begin with.
            actions=[
                "cloudformation:CreateChangeSet",
                "cloudformation:DeleteStack",
                "cloudformation:ExecuteChangeSet",
                "cloudformation:SetStackPolicy",
                "cloudformation:UpdateStack",
            ],
            resources=["arn:aws:cloudformation:*:*:stack/CDKToolkit/*"],
            conditions=by_repairers,
        ),
    ]


GUARDRAIL = Guardrail(
    name="platform-roles",
    sentence="Nobody changes the roles of bootstrap and platform by hand.",
    statements=_statements,
)
