"""The services' keys of other parties' APIs: secret, management credential, rotation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from config.model.secrets import ApiKey
from config.model.service import Service
from config.rotation_time import longest_days, schedule_expression
from constructs_lib.acknowledge import acknowledge
from constructs_lib.readable_secret import ReadableSecret
from constructs_lib.rotated_secret import (
    RotatedSecret,
    RotatedSecretProps,
    RotationFunctionProps,
)
from constructs_lib.secret_policy import secret_policy
from constructs_lib.three_tier_network import pascal_case
from stacks.names import api_key_secret_name, provider_secret_name
from stacks.secrets_common import SecretsContext

TIMEOUT = Duration.minutes(2)
"""A provider is tried a few times, and may ask to be left alone for a while."""


class ApiKeySecrets:
    """Makes its resources directly in ``scope``.

    Attribute: ``secrets`` (service -> the variable that points to it -> secret).
    """

    def __init__(
        self, scope: Construct, *, context: SecretsContext, services: Mapping[str, Service]
    ) -> None:
        self._scope = scope
        self._context = context
        self._group: ec2.SecurityGroup | None = None
        self._ports = {key.port for service in services.values() for key in service.api_keys}
        self.secrets: Mapping[str, Mapping[str, ReadableSecret]] = {
            name: self._of_service(name, service.api_keys) for name, service in services.items()
        }

    def _of_service(self, name: str, keys: Sequence[ApiKey]) -> dict[str, ReadableSecret]:
        scope = Construct(self._scope, f"{pascal_case(name)}ApiKeys")
        return {key.variable: self._rotated(scope, name, key) for key in keys}

    def _security_group(self) -> ec2.SecurityGroup:
        """In the network, because providers like to know the addresses that their callers have."""
        if self._group is None:
            self._group = ec2.SecurityGroup(
                self._scope,
                "ApiKeyFunctionsSecurityGroup",
                vpc=self._context.vpc,
                description="Functions that rotate API keys",
                allow_all_outbound=False,
            )
            for port in sorted({443, *self._ports}):
                self._group.add_egress_rule(
                    ec2.Peer.any_ipv4(), ec2.Port.tcp(port), "AWS APIs and the keys' providers"
                )
        return self._group

    def _rotated(self, keys: Construct, service: str, key: ApiKey) -> ReadableSecret:
        context = self._context
        scope = Construct(keys, pascal_case(key.name))
        provider = self._provider(scope, service, key)
        secret = RotatedSecret(
            scope,
            "Key",
            props=RotatedSecretProps(
                name=api_key_secret_name(context.platform_name, service, key.name),
                description=f"The key {key.name} of {service}",
                encryption_key=context.encryption_key,
                removal_policy=context.removal_policy,
                schedule=schedule_expression(key),
                window_hours=key.window_hours,
                longest_days=longest_days(key),
                access=context.access(readers=[context.task_role(service)]),
                function=RotationFunctionProps(
                    package="api_key_rotation",
                    libraries=("rotation",),
                    environment={
                        "PROVIDER": key.provider,
                        "PROVIDER_SECRET_ARN": provider.arn,
                        "PROVIDER_URL": key.url,
                        "OVERLAP_SECONDS": str(key.overlap_hours * 3600),
                    },
                    reads=[provider],
                    timeout=TIMEOUT,
                    vpc=context.vpc,
                    security_group=self._security_group(),
                    log_group=context.rotation_logs,
                ),
                topic_arn=context.topic_arn,
            ),
        )
        secret_policy(
            scope,
            "ProviderPolicy",
            secret_arn=provider.arn,
            access=context.access(readers=[secret.role_arn]),
        )
        return secret.readable

    def _provider(self, scope: Construct, service: str, key: ApiKey) -> ReadableSecret:
        context = self._context
        secret = secretsmanager.Secret(
            scope,
            "Provider",
            secret_name=provider_secret_name(context.platform_name, service, key.name),
            description=f"What manages the key {key.name} of {service} at its provider; "
            "break-glass puts it here (docs/secrets.md)",
            encryption_key=context.encryption_key,
            secret_object_value={},
            removal_policy=context.removal_policy,
        )
        acknowledge(
            secret,
            "AwsSolutions-SMG4",
            "The provider gives it out by hand, so nothing can rotate it; the one function that "
            "rotates the key is all that may read it, and break-glass replaces it.",
        )
        return ReadableSecret(arn=secret.secret_arn, key_arn=context.encryption_key.key_arn)
