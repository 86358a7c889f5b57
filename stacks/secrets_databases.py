"""The services' logins to their databases: secret, access in the database, rotation."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Duration, Token
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from config.model.secrets import DatabaseAccess as DatabaseSettings
from config.model.service import Service
from config.rotation_time import longest_days, restart_minutes, schedule_expression
from constructs_lib.database_access import DatabaseAccess, DatabaseAccessProps
from constructs_lib.database_drivers import database_drivers
from constructs_lib.postgres_cluster import PORT
from constructs_lib.readable_secret import ReadableSecret
from constructs_lib.rotated_secret import (
    RotatedSecret,
    RotatedSecretProps,
    RotationFunctionProps,
)
from constructs_lib.secret_policy import SecretAccess, secret_policy
from constructs_lib.three_tier_network import pascal_case
from constructs_lib.traffic import allow
from stacks.data import DataStack
from stacks.names import database_secret_name, role_stem
from stacks.secrets_common import SecretsContext

LIBRARIES = ("rotation", "databases")
TIMEOUT = Duration.minutes(2)
"""A step makes a handful of calls, of which one that is not answered is given up within 20 s."""


class DatabaseSecrets:
    """Makes its resources directly in ``scope``. Attribute: ``secrets`` (service -> secret)."""

    def __init__(
        self,
        scope: Construct,
        *,
        context: SecretsContext,
        data: DataStack,
        services: Mapping[str, Service],
    ) -> None:
        self._scope = scope
        self._context = context
        self._data = data
        self._admin = ReadableSecret(
            arn=data.database.admin_secret.secret_arn, key_arn=context.encryption_key.key_arn
        )
        self._drivers = database_drivers(scope, "DatabaseDrivers")
        self._traffic = Construct(scope, "DatabaseTraffic")
        self._security_group = self._reach_database()
        self._access = DatabaseAccess(
            scope,
            "DatabaseAccess",
            props=DatabaseAccessProps(
                admin=self._admin,
                layers=[self._drivers],
                vpc=context.vpc,
                security_group=self._security_group,
                log_retention=context.log_retention,
                log_removal_policy=context.removal_policy,
            ),
        )
        rotated = {
            name: self._rotated(name, service, service.database)
            for name, service in services.items()
            if service.database is not None
        }
        self.secrets: Mapping[str, ReadableSecret] = {
            name: one.readable for name, one in rotated.items()
        }
        self._guard_admin([one.role_arn for one in rotated.values()])

    def _reach_database(self) -> ec2.SecurityGroup:
        group = ec2.SecurityGroup(
            self._scope,
            "DatabaseFunctionsSecurityGroup",
            vpc=self._context.vpc,
            description="Functions that make and rotate logins to the database",
            allow_all_outbound=False,
        )
        group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.HTTPS, "AWS APIs")
        allow(
            self._traffic,
            "Functions",
            source=group.security_group_id,
            target=self._data.database.security_group.security_group_id,
            port=PORT,
            description="Functions that make and rotate logins to the database",
        )
        return group

    def _rotated(self, name: str, service: Service, database: DatabaseSettings) -> RotatedSecret:
        context, endpoint = self._context, self._data.database.cluster.cluster_endpoint
        stem, rotation = role_stem(name), database.rotation
        single = rotation.users == "single"
        logins = [f"{stem}_a"] if single else [f"{stem}_a", f"{stem}_b"]
        injected = database.delivery == "environment"
        reader = context.execution_role(name) if injected else context.task_role(name)
        environment = {
            "ADMIN_SECRET_ARN": self._admin.arn,
            "LOGINS": ",".join(logins),
            "OWNER": f"{stem}_owner",
        }
        if injected:
            # Tasks that are not restarted yet hold the login that would be given another password.
            seconds = restart_minutes(service=service) * 60
            environment["MINIMUM_AGE_SECONDS"] = str(seconds)
        secret = RotatedSecret(
            self._scope,
            f"{pascal_case(name)}Database",
            props=RotatedSecretProps(
                name=database_secret_name(context.platform_name, name),
                description=f"The login of {name} to its database {database.name}",
                # https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
                content={
                    "engine": "postgres",
                    "host": endpoint.hostname,
                    "port": Token.as_string(endpoint.port),
                    "dbname": database.name,
                    "username": logins[0],
                },
                generated="password",
                encryption_key=context.encryption_key,
                removal_policy=context.removal_policy,
                schedule=schedule_expression(rotation),
                window_hours=rotation.window_hours,
                longest_days=longest_days(rotation),
                access=context.access(readers=[reader, self._access.role_arn]),
                function=RotationFunctionProps(
                    package="secret_rotation",
                    libraries=LIBRARIES,
                    layers=[self._drivers],
                    environment=environment,
                    reads=[self._admin],
                    timeout=TIMEOUT,
                    vpc=context.vpc,
                    security_group=self._security_group,
                    log_group=context.rotation_logs,
                ),
                topic_arn=context.topic_arn,
            ),
        )
        made = self._access.make(
            self._scope,
            f"{pascal_case(name)}DatabaseAccess",
            secret=secret.readable,
            database=database.name,
            owner=f"{stem}_owner",
            logins=logins,
        )
        made.node.add_dependency(self._traffic, self._security_group)
        # Its first test logs in.
        secret.rotates_after(made)
        return secret

    def _guard_admin(self, rotations: list[str]) -> None:
        context = self._context
        secret_policy(
            self._scope,
            "AdminSecretPolicy",
            secret_arn=self._admin.arn,
            access=SecretAccess(
                readers=[self._access.role_arn, *rotations],
                # CloudFormation reads it for the cluster, and writes the endpoint into it:
                # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secrettargetattachment.html
                changers=[context.cloudformation_role, context.break_glass_role],
                managers=[context.cloudformation_role, context.break_glass_role],
            ),
        )
