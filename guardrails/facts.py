"""What the guardrails name: Regions, accounts, roles, the trail's bucket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Facts:
    """``accounts`` are those that have the guardrails: the environments', tools and log account.

    ``administrators`` are role names, with their path if it is not ``/``, that exist in these
    accounts for those who repair; ``break_glass`` is Pase's own. ``pipeline_roles`` are patterns of
    ARNs of the roles under which the pipeline runs, all in the tools account.
    """

    platform: str
    allowed_regions: Sequence[str]
    accounts: Sequence[str]
    break_glass: str
    administrators: Sequence[str]
    pipeline_roles: Sequence[str]
    trail_bucket: str
    trail_key_alias: str

    def administrator_arns(self) -> list[str]:
        """The administrators in each of the accounts, by their complete ARNs.

        A pattern such as ``*:role/Admin*`` would let anybody through who may name a role.
        """
        return [
            role_arn(account, name) for account in self.accounts for name in self.administrators
        ]

    def repairer_arns(self) -> list[str]:
        """Break-glass and the administrators, in the same way."""
        broken = [role_arn(account, self.break_glass) for account in self.accounts]
        return [*broken, *self.administrator_arns()]

    def deployers(self) -> str:
        """The CDK bootstrap's roles with which CloudFormation deploys, in any account and Region.

        https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html (default qualifier)
        """
        return role_arn("*", "cdk-hnb659fds-cfn-exec-role-*")


def role_arn(account: str, name: str) -> str:
    """The ARN of a role; ``name`` with its path if that is not ``/``."""
    return f"arn:aws:iam::{account}:role/{name}"
