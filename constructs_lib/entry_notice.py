"""Tells people when somebody enters one of the roles that few enter.

STS writes the event where its endpoint is asked: the Region of the CLI's and the SDKs' default, and
us-east-1 for the old global endpoint, of whose entries the organization's trail alone tells
(https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html).
"""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_events as events
from constructs import Construct

from constructs_lib.notification_topic import NotificationTopic


class EntryNotice(Construct):
    """A rule of EventBridge that publishes to ``topic`` when one of ``roles`` (ARNs) is entered."""

    def __init__(
        self, scope: Construct, id: str, *, roles: Sequence[str], topic: NotificationTopic
    ) -> None:
        super().__init__(scope, id)
        topic.allow_rules()
        events.CfnRule(
            self,
            "Rule",
            description="Somebody enters a role that few enter",
            # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
            event_pattern={
                "source": ["aws.sts"],
                "detail-type": ["AWS API Call via CloudTrail"],
                "detail": {
                    "eventName": ["AssumeRole"],
                    "requestParameters": {"roleArn": list(roles)},
                },
            },
            targets=[
                events.CfnRule.TargetProperty(
                    id="Topic",
                    arn=topic.topic.topic_arn,
                    input_transformer=events.CfnRule.InputTransformerProperty(
                        input_paths_map={
                            "role": "$.detail.requestParameters.roleArn",
                            "person": "$.detail.requestParameters.sourceIdentity",
                            "tags": "$.detail.requestParameters.tags",
                            "caller": "$.detail.userIdentity.arn",
                            "from": "$.detail.sourceIPAddress",
                            "time": "$.time",
                            "refused": "$.detail.errorCode",
                        },
                        input_template='"<person> (<caller>, from <from>) asked for <role> at '
                        '<time> with the tags <tags>. Refused: <refused>."',
                    ),
                )
            ],
        )
