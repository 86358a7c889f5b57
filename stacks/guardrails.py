"""What watches over an environment's account where no policy can: and who entered it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import Stack
from constructs import Construct

from config.model.environment import Environment
from constructs_lib.entry_notice import EntryNotice
from constructs_lib.notification_topic import NotificationTopic, NotificationTopicProps
from constructs_lib.public_database_detector import (
    PublicDatabaseDetector,
    PublicDatabaseDetectorProps,
)
from stacks.names import (
    break_glass_role_name,
    guardrails_topic_name,
    person_role_name,
    public_databases_path,
    role_arn,
)
from stacks.retention import log_retention, removal_policy


class GuardrailsStack(Stack):
    """The detector of public databases, the notice of entries, and their topic."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        platform_name: str,
        environment_name: str,
        environment: Environment,
        emails: Sequence[str],
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id, **kwargs)
        topic = NotificationTopic(
            self,
            props=NotificationTopicProps(
                topic_name=guardrails_topic_name(platform_name),
                display_name=f"Guardrails in {environment_name}",
                key_alias=f"{platform_name}/guardrails",
                key_description="Encrypts what is told of guardrails",
                emails=emails,
                removal_policy=removal_policy(environment),
            ),
        )
        topic.allow_alarms()
        PublicDatabaseDetector(
            self,
            "PublicDatabases",
            props=PublicDatabaseDetectorProps(
                topic_arn=topic.topic.topic_arn,
                publish=topic.publish_statements(),
                parameters=public_databases_path(platform_name),
                log_retention=log_retention(environment.logs.retention_days),
                log_removal_policy=removal_policy(environment),
            ),
        )
        names = (person_role_name(platform_name, "operator"), break_glass_role_name(platform_name))
        EntryNotice(
            self,
            "Entries",
            roles=[role_arn(environment.account, name) for name in names],
            topic=topic,
        )
