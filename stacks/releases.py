"""What watches over the releases of an environment's services, beside the services themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import ArnFormat, Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from config.model.environment import Environment
from constructs_lib.acknowledge import acknowledge
from constructs_lib.function_rule import FunctionRule
from constructs_lib.private_function import PrivateFunction, PrivateFunctionProps
from constructs_lib.release_notifications import ReleaseNotifications, ReleaseNotificationsProps
from constructs_lib.rollback_command import RollbackCommand, RollbackCommandProps
from constructs_lib.scaling_guard import ScalingGuard, ScalingGuardProps
from stacks.names import (
    RELEASE_CHECKS,
    SCALING_SUSPENDED,
    TASK_DEFINITION,
    release_parameter,
    releases_topic_name,
    rollback_name,
)
from stacks.retention import log_retention, removal_policy


class ReleasesStack(Stack):
    """Live target group look-up, scaling guard, notifications, and rollback from the console.

    Attribute: ``live_target_group_token``, the look-up's ARN.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        platform_name: str,
        environment_name: str,
        environment: Environment,
        services: Sequence[str],
        emails: Sequence[str],
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id, **kwargs)
        self._retention: logs.RetentionDays = log_retention(environment.logs.retention_days)
        self._removal: RemovalPolicy = removal_policy(environment)
        self.live_target_group_token = self._live_target_group(platform_name)
        guard = ScalingGuard(
            self,
            "ScalingGuard",
            props=ScalingGuardProps(
                platform=platform_name,
                cluster_name=platform_name,
                services=services,
                marker_parameters=release_parameter(platform_name, "*", SCALING_SUSPENDED),
                log_retention=self._retention,
                log_removal_policy=self._removal,
            ),
        )
        notifications = ReleaseNotifications(
            self,
            "Notifications",
            props=ReleaseNotificationsProps(
                platform=platform_name,
                environment_name=environment_name,
                cluster_name=platform_name,
                topic_name=releases_topic_name(platform_name),
                emails=emails,
                parameters=[
                    release_parameter(platform_name, "*", name)
                    for name in (RELEASE_CHECKS, TASK_DEFINITION)
                ],
                log_retention=self._retention,
                log_removal_policy=self._removal,
            ),
        )
        FunctionRule(
            self,
            "StateChanges",
            description="A release has started, waits, has ended or was taken back",
            # https://docs.aws.amazon.com/codedeploy/latest/userguide/monitoring-cloudwatch-events.html
            event_pattern={
                "source": ["aws.codedeploy"],
                "detail-type": ["CodeDeploy Deployment State-change Notification"],
            },
            functions={"Guard": guard.function, "Notifier": notifications.function},
        )
        RollbackCommand(
            self,
            "Rollback",
            props=RollbackCommandProps(
                name=rollback_name(platform_name),
                cluster_name=platform_name,
                services=services,
                log_retention=self._retention,
                log_removal_policy=self._removal,
            ),
        )

    def _live_target_group(self, platform_name: str) -> str:
        services = self.format_arn(
            service="ecs",
            resource=f"service/{platform_name}/*",
            arn_format=ArnFormat.NO_RESOURCE_NAME,
        )
        function = PrivateFunction(
            self,
            "LiveTargetGroup",
            props=PrivateFunctionProps(
                package="live_target_group",
                description="Says which target group of a service is live",
                timeout=Duration.minutes(2),
                statements=[
                    iam.PolicyStatement(actions=["ecs:DescribeServices"], resources=[services])
                ],
                log_retention=self._retention,
                log_removal_policy=self._removal,
            ),
        )
        acknowledge(
            function.role,
            f"AwsSolutions-IAM5[Resource::{services}]",
            "The services of this cluster and no others; they are made in stacks that come after "
            "this one. The function only reads.",
        )
        return function.function.function_arn
