"""Tells people what becomes of a release: one readable message for each change of its state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import ArnFormat, Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.acknowledge import acknowledge_all
from constructs_lib.notification_topic import NotificationTopic, NotificationTopicProps
from constructs_lib.private_function import PrivateFunction, PrivateFunctionProps


@dataclass(frozen=True, kw_only=True)
class ReleaseNotificationsProps:
    """Who hears of what. ``parameters``: patterns of the SSM parameters the message is made of."""

    platform: str
    environment_name: str
    cluster_name: str
    topic_name: str
    emails: Sequence[str]
    parameters: Sequence[str]
    log_retention: logs.RetentionDays
    log_removal_policy: RemovalPolicy


class ReleaseNotifications(Construct):
    """An encrypted topic and what writes to it.

    Attributes: ``topic``; ``function``, which wants CodeDeploy's state changes.
    """

    def __init__(self, scope: Construct, id: str, *, props: ReleaseNotificationsProps) -> None:
        super().__init__(scope, id)
        notifications = NotificationTopic(
            self,
            props=NotificationTopicProps(
                topic_name=props.topic_name,
                display_name=f"Releases in {props.environment_name}",
                key_alias=f"{props.platform}/releases",
                key_description="Encrypts what releases say of themselves",
                emails=props.emails,
                removal_policy=props.log_removal_policy,
            ),
        )
        self.topic = notifications.topic
        self.function = self._function(props, notifications)

    def _function(
        self, props: ReleaseNotificationsProps, notifications: NotificationTopic
    ) -> lambda_.Function:
        stack = Stack.of(self)
        colon, whole = ArnFormat.COLON_RESOURCE_NAME, ArnFormat.NO_RESOURCE_NAME
        groups, applications, alarms = (
            stack.format_arn(service=service, resource=kind, resource_name="*", arn_format=colon)
            for service, kind in (
                ("codedeploy", "deploymentgroup"),
                ("codedeploy", "application"),
                ("cloudwatch", "alarm"),
            )
        )
        services = stack.format_arn(
            service="ecs", resource=f"service/{props.cluster_name}/*", arn_format=whole
        )
        parameters = [
            stack.format_arn(service="ssm", resource=f"parameter{name}", arn_format=whole)
            for name in props.parameters
        ]
        function = PrivateFunction(
            self,
            "Notifier",
            props=PrivateFunctionProps(
                package="release_notifications",
                description="Writes a message for each change of a release's state",
                timeout=Duration.minutes(3),
                environment={
                    "CLUSTER": props.cluster_name,
                    "PLATFORM": props.platform,
                    "ENVIRONMENT": props.environment_name,
                    "TOPIC_ARN": self.topic.topic_arn,
                },
                statements=[
                    iam.PolicyStatement(
                        actions=["codedeploy:GetDeployment", "codedeploy:GetDeploymentGroup"],
                        resources=[groups],
                    ),
                    iam.PolicyStatement(
                        actions=["codedeploy:GetApplicationRevision"], resources=[applications]
                    ),
                    iam.PolicyStatement(
                        actions=[
                            "codedeploy:BatchGetDeploymentTargets",
                            "ecs:DescribeTaskDefinition",
                        ],
                        resources=["*"],
                    ),
                    iam.PolicyStatement(actions=["ecs:DescribeServices"], resources=[services]),
                    iam.PolicyStatement(actions=["cloudwatch:DescribeAlarms"], resources=[alarms]),
                    iam.PolicyStatement(actions=["ssm:GetParameter"], resources=parameters),
                    *notifications.publish_statements(),
                ],
                any_resource="A deployment's targets and task definitions know no resource "
                "(Service Authorization Reference); these actions only read.",
                log_retention=props.log_retention,
                log_removal_policy=props.log_removal_policy,
            ),
        )
        why = (
            "The releases of this environment's services, which stacks after this one make; the "
            "function reads about them and writes messages."
        )
        acknowledge_all(
            function.role,
            {
                f"AwsSolutions-IAM5[Resource::{resource}]": why
                for resource in (groups, applications, alarms, services, *parameters)
            },
        )
        return function.function
