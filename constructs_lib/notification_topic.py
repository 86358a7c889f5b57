"""An encrypted topic on which the platform tells people something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

_USE = ("kms:Decrypt", "kms:GenerateDataKey")
"""What publishing to an encrypted topic needs:
https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html"""


@dataclass(frozen=True, kw_only=True)
class NotificationTopicProps:
    """``key_alias`` without ``alias/``; ``emails`` are subscribed."""

    topic_name: str
    display_name: str
    key_alias: str
    key_description: str
    emails: Sequence[str]
    removal_policy: RemovalPolicy


class NotificationTopic:
    """Makes its resources, ``Key`` and ``Topic``, directly in ``scope``. Attribute: ``topic``."""

    def __init__(self, scope: Construct, *, props: NotificationTopicProps) -> None:
        self._key = kms.Key(
            scope,
            "Key",
            alias=f"alias/{props.key_alias}",
            description=props.key_description,
            enable_key_rotation=True,
            removal_policy=props.removal_policy,
        )
        self.topic = sns.Topic(
            scope,
            "Topic",
            topic_name=props.topic_name,
            display_name=props.display_name,
            master_key=self._key,
            enforce_ssl=True,
        )
        for email in props.emails:
            self.topic.add_subscription(subscriptions.EmailSubscription(email))

    def publish_statements(self) -> list[iam.PolicyStatement]:
        """What a role needs that publishes to the topic."""
        return [
            iam.PolicyStatement(actions=["sns:Publish"], resources=[self.topic.topic_arn]),
            iam.PolicyStatement(actions=list(_USE), resources=[self._key.key_arn]),
        ]

    def allow_alarms(self) -> None:
        """Let CloudWatch's alarms of this account and Region publish to the topic.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
        """
        stack = Stack.of(self.topic)
        alarms = f"arn:{stack.partition}:cloudwatch:{stack.region}:{stack.account}:alarm:*"
        self._allow("Alarms", "cloudwatch.amazonaws.com", alarms)

    def allow_rules(self) -> None:
        """Let EventBridge's rules of this account and Region publish to the topic.

        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
        """
        stack = Stack.of(self.topic)
        rules = f"arn:{stack.partition}:events:{stack.region}:{stack.account}:rule/*"
        self._allow("Rules", "events.amazonaws.com", rules)

    def _allow(self, sid: str, service: str, source_arn: str) -> None:
        principal = iam.ServicePrincipal(
            service,
            conditions={
                "ArnLike": {"aws:SourceArn": source_arn},
                "StringEquals": {"aws:SourceAccount": Stack.of(self.topic).account},
            },
        )
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid=sid,
                principals=[principal],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
            )
        )
        self._key.add_to_resource_policy(
            iam.PolicyStatement(
                sid=sid, principals=[principal], actions=list(_USE), resources=["*"]
            )
        )
