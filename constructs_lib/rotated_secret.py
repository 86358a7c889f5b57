"""A secret with the function that rotates it, and the alarms that say when that does not happen.

What the secret opens is the function's business: this construct is the same for a database's login
and for a provider's API key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct, IDependable

from constructs_lib.private_function import PrivateFunction, PrivateFunctionProps
from constructs_lib.readable_secret import ReadableSecret, via_secrets_manager
from constructs_lib.secret_alarms import SecretAlarms, SecretAlarmsProps
from constructs_lib.secret_policy import SecretAccess, secret_policy

GENERATED_LENGTH = 48
MEMORY_MIB = 512
"""CPU comes with memory, and most of a step is TLS and key derivation."""


@dataclass(frozen=True, kw_only=True)
class RotationFunctionProps:
    """The function that takes the steps of a rotation: see ``PrivateFunctionProps``.

    It gets the right to its own secret, and ``SECRET_ARN``, from ``RotatedSecret``.
    """

    package: str
    libraries: Sequence[str]
    layers: Sequence[lambda_.ILayerVersion] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    reads: Sequence[ReadableSecret] = ()
    timeout: Duration
    vpc: ec2.IVpc
    security_group: ec2.ISecurityGroup
    log_group: logs.ILogGroup


@dataclass(frozen=True, kw_only=True)
class RotatedSecretProps:
    """The secret, when it is rotated, by what, and who may touch it.

    Its first value is a JSON object of ``content`` and, under the key ``generated``, something made
    up; without ``generated`` it is empty. ``schedule`` is an expression in the form of Secrets
    Manager, ``longest_days`` the longest time between two of its rotations. ``access``: who may
    touch it beside the function.
    """

    name: str
    description: str
    content: Mapping[str, object] = field(default_factory=dict)
    generated: str | None = None
    encryption_key: kms.IKey
    removal_policy: RemovalPolicy
    schedule: str
    window_hours: int
    longest_days: int
    access: SecretAccess
    function: RotationFunctionProps
    topic_arn: str


class RotatedSecret(Construct):
    """The secret, its policy, its function, its schedule and its alarms.

    Attributes: ``readable``, ``role_arn`` (the function's). Nothing rotates it when it is made or
    changed: Secrets Manager then only lets the function test what is there
    (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html).
    """

    def __init__(self, scope: Construct, id: str, *, props: RotatedSecretProps) -> None:
        super().__init__(scope, id)
        secret = secretsmanager.Secret(
            self,
            "Secret",
            secret_name=props.name,
            description=props.description,
            encryption_key=props.encryption_key,
            **_first_value(self, props),
            removal_policy=props.removal_policy,
        )
        self.readable = ReadableSecret(arn=secret.secret_arn, key_arn=props.encryption_key.key_arn)
        rotation = self._function(props)
        self.role_arn = rotation.role.role_arn
        self._policy = secret_policy(
            self,
            "Policy",
            secret_arn=self.readable.arn,
            access=replace(props.access, changers=[*props.access.changers, rotation.role.role_arn]),
        )
        self._schedule = self._rotate(props, rotation.function)
        SecretAlarms(
            self,
            "Alarms",
            props=SecretAlarmsProps(
                secret_name=props.name,
                function_name=rotation.function.function_name,
                longest_days=props.longest_days,
                topic_arn=props.topic_arn,
            ),
        )

    def rotates_after(self, dependency: IDependable) -> None:
        """Begin to rotate only when ``dependency`` is deployed."""
        self._schedule.node.add_dependency(dependency)

    def _function(self, props: RotatedSecretProps) -> PrivateFunction:
        function = props.function
        own = self.readable
        return PrivateFunction(
            self,
            "Rotation",
            props=PrivateFunctionProps(
                package=function.package,
                libraries=function.libraries,
                layers=function.layers,
                description=f"Rotates {props.name}",
                timeout=function.timeout,
                memory_mib=MEMORY_MIB,
                environment={**function.environment, "SECRET_ARN": own.arn},
                statements=[
                    iam.PolicyStatement(
                        actions=[
                            "secretsmanager:DescribeSecret",
                            "secretsmanager:GetSecretValue",
                            "secretsmanager:PutSecretValue",
                            "secretsmanager:UpdateSecretVersionStage",
                        ],
                        resources=[own.arn],
                    ),
                    iam.PolicyStatement(
                        actions=["kms:Decrypt", "kms:GenerateDataKey"],
                        resources=[own.key_arn],
                        conditions=via_secrets_manager(self),
                    ),
                    *(
                        statement
                        for secret in function.reads
                        for statement in secret.read_statements(self)
                    ),
                ],
                vpc=function.vpc,
                security_group=function.security_group,
                log_group=function.log_group,
                rights_in_role=True,
            ),
        )

    def _rotate(
        self, props: RotatedSecretProps, function: lambda_.IFunction
    ) -> secretsmanager.CfnRotationSchedule:
        # https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-required-permissions-function.html
        permission = lambda_.CfnPermission(
            self,
            "AllowRotation",
            action="lambda:InvokeFunction",
            function_name=function.function_arn,
            principal="secretsmanager.amazonaws.com",
            source_account=Stack.of(self).account,
            source_arn=self.readable.arn,
        )
        schedule = secretsmanager.CfnRotationSchedule(
            self,
            "Schedule",
            secret_id=self.readable.arn,
            rotation_lambda_arn=function.function_arn,
            rotation_rules=secretsmanager.CfnRotationSchedule.RotationRulesProperty(
                schedule_expression=props.schedule, duration=f"{props.window_hours}h"
            ),
            rotate_immediately_on_update=False,
        )
        # It is invoked at once, and needs all of its rights by then.
        for needed in (permission, function, self._policy):
            schedule.node.add_dependency(needed)
        return schedule


def _first_value(scope: Construct, props: RotatedSecretProps) -> dict[str, Any]:
    if props.generated is None:
        return {"secret_object_value": {}}
    return {
        "generate_secret_string": secretsmanager.SecretStringGenerator(
            secret_string_template=Stack.of(scope).to_json_string(props.content),
            generate_string_key=props.generated,
            password_length=GENERATED_LENGTH,
            exclude_punctuation=True,
        )
    }
