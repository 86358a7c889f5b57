"""What must not be lost: the database cluster, its key and every service's database secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import Duration, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from constructs import Construct

from config.model.environment import Environment
from config.model.service import Service
from constructs_lib.database_secret import database_secret
from constructs_lib.postgres_cluster import PORT, PostgresCluster, PostgresClusterProps
from constructs_lib.readable_secret import ReadableSecret
from constructs_lib.three_tier_network import pascal_case
from stacks.retention import log_retention, removal_policy


class DataStack(Stack):
    """Customer key, Aurora PostgreSQL, admin secret, one secret for each service with a database.

    Attributes: ``encryption_key``, ``database``, ``service_secrets`` (service name -> secret).
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        platform_name: str,
        environment: Environment,
        services: Mapping[str, Service],
        vpc: ec2.IVpc,
        log_key: kms.IKey,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id, **kwargs)
        removal = removal_policy(environment)
        self.encryption_key = kms.Key(
            self,
            "DataKey",
            alias=f"alias/{platform_name}/data",
            description="Encrypts the database, its backups and its secrets",
            enable_key_rotation=True,
            removal_policy=removal,
        )
        sizes = environment.database
        self.database = PostgresCluster(
            self,
            "Database",
            props=PostgresClusterProps(
                identifier=platform_name,
                vpc=vpc,
                encryption_key=self.encryption_key,
                log_key=log_key,
                admin_secret_name=f"{platform_name}/database-admin",
                engine_version=sizes.engine_version,
                min_capacity=sizes.min_capacity,
                max_capacity=sizes.max_capacity,
                readers=sizes.readers,
                backup_retention=Duration.days(sizes.backup_retention_days),
                backup_window=sizes.preferred_backup_window,
                deletion_protection=sizes.deletion_protection,
                log_retention=log_retention(environment.logs.retention_days),
                removal_policy=removal,
            ),
        )
        endpoint = self.database.cluster.cluster_endpoint
        self.service_secrets: dict[str, ReadableSecret] = {
            name: ReadableSecret(
                arn=database_secret(
                    self,
                    f"{pascal_case(name)}DatabaseSecret",
                    name=f"{platform_name}/{name}/database",
                    service=name,
                    database=service.database.name,
                    host=endpoint.hostname,
                    port=PORT,
                    encryption_key=self.encryption_key,
                    removal_policy=removal,
                ).secret_arn,
                key_arn=self.encryption_key.key_arn,
            )
            for name, service in services.items()
            if service.database is not None
        }
