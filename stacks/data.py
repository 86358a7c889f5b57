"""What must not be lost: the database cluster, its key and its administrator."""

from __future__ import annotations

from typing import Any

from aws_cdk import Duration, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from constructs import Construct

from config.model.environment import Environment
from constructs_lib.postgres_cluster import PostgresCluster, PostgresClusterProps
from stacks.retention import log_retention, removal_policy


class DataStack(Stack):
    """Customer key, Aurora PostgreSQL, admin secret.

    Attributes: ``encryption_key`` (of the services' secrets too), ``database``.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        platform_name: str,
        environment: Environment,
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
