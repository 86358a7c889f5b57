"""Databases, owner roles and logins of services, made from the stacks that deploy them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import CustomResource, Duration, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.private_function import PrivateFunction, PrivateFunctionProps
from constructs_lib.readable_secret import ReadableSecret

TIMEOUT = Duration.minutes(2)
ANSWER_AFTER = Duration.minutes(10)
"""Lambda runs an event that failed twice more, after one and after two minutes:
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html"""


@dataclass(frozen=True, kw_only=True)
class DatabaseAccessProps:
    """``admin`` is the cluster's administrator; ``layers`` have the database drivers."""

    admin: ReadableSecret
    layers: Sequence[lambda_.ILayerVersion]
    vpc: ec2.IVpc
    security_group: ec2.ISecurityGroup
    log_retention: logs.RetentionDays
    log_removal_policy: RemovalPolicy


class DatabaseAccess(Construct):
    """The function behind the custom resources. Attribute: ``role_arn``, of the function's role."""

    def __init__(self, scope: Construct, id: str, *, props: DatabaseAccessProps) -> None:
        super().__init__(scope, id)
        self._function = PrivateFunction(
            self,
            "Access",
            props=PrivateFunctionProps(
                package="database_access",
                libraries=("rotation", "databases"),
                layers=props.layers,
                description="Makes services' databases, their owners and their logins",
                timeout=TIMEOUT,
                memory_mib=512,
                environment={"ADMIN_SECRET_ARN": props.admin.arn},
                statements=props.admin.read_statements(self),
                vpc=props.vpc,
                security_group=props.security_group,
                log_retention=props.log_retention,
                log_removal_policy=props.log_removal_policy,
            ),
        )
        self.role_arn: str = self._function.role.role_arn

    def make(
        self,
        scope: Construct,
        id: str,
        *,
        secret: ReadableSecret,
        database: str,
        owner: str,
        logins: Sequence[str],
    ) -> CustomResource:
        """Make the database, its owner and the logins, of which the secret's is usable at once.

        Deleting the resource deletes nothing in the database.
        """
        for statement in secret.read_statements(scope):
            self._function.role.add_to_policy(statement)
        return CustomResource(
            scope,
            id,
            resource_type="Custom::DatabaseAccess",
            service_token=self._function.function.function_arn,
            service_timeout=ANSWER_AFTER,
            properties={
                "SecretArn": secret.arn,
                "Database": database,
                "Owner": owner,
                "Logins": list(logins),
            },
        )
