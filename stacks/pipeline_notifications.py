"""Who hears when the pipeline fails or waits for a person."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct


class PipelineNotifications(Construct):
    """An encrypted topic with the pipeline's failures and approvals. Attribute: ``topic``."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        pipeline: codepipeline.Pipeline,
        emails: Sequence[str],
    ) -> None:
        super().__init__(scope, id)
        # The CDK lets the notification service use the key when the topic becomes its target.
        key = kms.Key(
            self, "Key", description="Encrypts pipeline notifications", enable_key_rotation=True
        )
        self.topic = sns.Topic(
            self,
            "Topic",
            display_name="Pipeline: failures and approvals",
            master_key=key,
            enforce_ssl=True,
        )
        for email in emails:
            self.topic.add_subscription(subscriptions.EmailSubscription(email))
        pipeline.notify_on(
            "PipelineNotification",
            self.topic,
            events=[
                codepipeline.PipelineNotificationEvents.PIPELINE_EXECUTION_FAILED,
                codepipeline.PipelineNotificationEvents.MANUAL_APPROVAL_NEEDED,
                codepipeline.PipelineNotificationEvents.MANUAL_APPROVAL_FAILED,
            ],
        )
