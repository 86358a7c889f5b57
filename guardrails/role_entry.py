"""The bootstrap's roles are entered by the pipeline alone.

The bootstrap trusts the tools account as a whole
(https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html), so anybody there who may assume
roles could deploy. A resource control policy binds callers from other accounts too:
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html. AWS's own
services, CloudFormation among them, are not meant.
"""

from __future__ import annotations

from collections.abc import Sequence

from guardrails.facts import Facts, role_arn
from guardrails.guardrail import Guardrail
from guardrails.statement import Deny


def _statements(facts: Facts) -> Sequence[Deny]:
    return [
        Deny(
            sid="BootstrapRoleEntry",
            actions=["sts:AssumeRole"],
            resources=[role_arn("*", "cdk-hnb659fds-*")],
            conditions={
                "ArnNotLike": {"aws:PrincipalArn": [*facts.pipeline_roles, *facts.repairer_arns()]},
                "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
            },
        )
    ]


GUARDRAIL = Guardrail(
    name="role-entry",
    sentence="Only the pipeline enters the roles with which it deploys.",
    statements=_statements,
    of_resources=True,
)
