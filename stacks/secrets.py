"""Every service's secrets: made, rotated, guarded and watched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from constructs import Construct

from config.model.environment import Environment
from config.model.service import Service
from constructs_lib.notification_topic import NotificationTopic, NotificationTopicProps
from constructs_lib.readable_secret import ReadableSecret
from stacks.data import DataStack
from stacks.names import api_key_secret_name, database_secret_name, secrets_topic_name
from stacks.retention import log_retention, removal_policy
from stacks.secrets_api_keys import ApiKeySecrets
from stacks.secrets_common import SecretsContext
from stacks.secrets_databases import DatabaseSecrets
from stacks.secrets_watch import watch_age, watch_services


class SecretsStack(Stack):
    """Database logins, API keys, their rotation, and the topic on which their alarms are told.

    Attributes: ``databases`` (service -> secret) and ``api_keys`` (service -> variable -> secret).
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        platform_name: str,
        environment_name: str,
        environment: Environment,
        services: Mapping[str, Service],
        emails: Sequence[str],
        vpc: ec2.IVpc,
        data: DataStack,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id, **kwargs)
        retention: logs.RetentionDays = log_retention(environment.logs.retention_days)
        removal: RemovalPolicy = removal_policy(environment)
        notifications = NotificationTopic(
            self,
            props=NotificationTopicProps(
                topic_name=secrets_topic_name(platform_name),
                display_name=f"Secrets in {environment_name}",
                key_alias=f"{platform_name}/secrets",
                key_description="Encrypts what alarms say about secrets",
                emails=emails,
                removal_policy=removal,
            ),
        )
        notifications.allow_alarms()
        context = SecretsContext(
            platform_name=platform_name,
            account=self.account,
            region=self.region,
            encryption_key=data.encryption_key,
            topic_arn=notifications.topic.topic_arn,
            vpc=vpc,
            rotation_logs=logs.LogGroup(
                self, "RotationLogs", retention=retention, removal_policy=removal
            ),
            log_retention=retention,
            removal_policy=removal,
        )
        self.databases: Mapping[str, ReadableSecret] = DatabaseSecrets(
            self, context=context, data=data, services=services
        ).secrets
        keys = ApiKeySecrets(self, context=context, services=services)
        self.api_keys: Mapping[str, Mapping[str, ReadableSecret]] = keys.secrets
        rotated = {
            **{
                database_secret_name(platform_name, name): one
                for name, one in self.databases.items()
            },
            **{
                api_key_secret_name(platform_name, name, key.name): self.api_keys[name][
                    key.variable
                ]
                for name, service in services.items()
                for key in service.api_keys
            },
        }
        if rotated:
            watch_age(self, context=context, secrets=rotated)
        injected = {
            name: {database_secret_name(platform_name, name): self.databases[name]}
            for name, service in services.items()
            if service.database is not None and service.database.delivery == "environment"
        }
        if injected:
            watch_services(self, context=context, injected=injected)
