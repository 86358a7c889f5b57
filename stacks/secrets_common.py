"""What the parts of the Secrets stack share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs

from constructs_lib.secret_policy import SecretAccess
from stacks.names import (
    break_glass_role_name,
    cloudformation_role_name,
    execution_role_name,
    role_arn,
    task_role_name,
)


@dataclass(frozen=True, kw_only=True)
class SecretsContext:
    """Where the secrets are, what encrypts them, and who hears of what is wrong with them.

    ``rotation_logs`` takes the lines of all rotations, each of which names its secret.
    """

    platform_name: str
    account: str
    region: str
    encryption_key: kms.IKey
    topic_arn: str
    vpc: ec2.IVpc
    rotation_logs: logs.ILogGroup
    log_retention: logs.RetentionDays
    removal_policy: RemovalPolicy

    @property
    def cloudformation_role(self) -> str:
        """The role that deploys, by ARN."""
        return role_arn(self.account, cloudformation_role_name(self.account, self.region))

    @property
    def break_glass_role(self) -> str:
        """The role of those who repair, by ARN."""
        return role_arn(self.account, break_glass_role_name(self.platform_name))

    def task_role(self, service: str) -> str:
        """The role under which the service runs, by ARN."""
        return role_arn(self.account, task_role_name(self.platform_name, service, self.region))

    def execution_role(self, service: str) -> str:
        """The role under which ECS starts the service, by ARN."""
        name = execution_role_name(self.platform_name, service, self.region)
        return role_arn(self.account, name)

    def access(self, *, readers: Sequence[str]) -> SecretAccess:
        """Read by these roles; repaired by break-glass; managed by the stack."""
        return SecretAccess(
            readers=readers,
            changers=[self.break_glass_role],
            managers=[self.cloudformation_role, self.break_glass_role],
        )
