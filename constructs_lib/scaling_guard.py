"""Suspends a service's scaling while a release runs, and gives it back afterwards.

A scaling that changes the task count during a release scales blue and green together, and
CodeDeploy fails a deployment whose green does not settle in time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import ArnFormat, Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.acknowledge import acknowledge_all
from constructs_lib.function_rule import FunctionRule
from constructs_lib.private_function import PrivateFunction, PrivateFunctionProps

WATCHDOG_MINUTES = 5


@dataclass(frozen=True, kw_only=True)
class ScalingGuardProps:
    """Whose scaling is guarded. ``marker_parameters`` is the pattern of the markers' names."""

    platform: str
    cluster_name: str
    services: Sequence[str]
    marker_parameters: str
    log_retention: logs.RetentionDays
    log_removal_policy: RemovalPolicy


class ScalingGuard(Construct):
    """The guard. Attribute: ``function``, which wants CodeDeploy's state changes as well.

    A watchdog mends every few minutes what a lost event or a crash left behind.
    """

    def __init__(self, scope: Construct, id: str, *, props: ScalingGuardProps) -> None:
        super().__init__(scope, id)
        groups = self._arn("codedeploy", "deploymentgroup", "*", ArnFormat.COLON_RESOURCE_NAME)
        markers = self._arn(
            "ssm", f"parameter{props.marker_parameters}", None, ArnFormat.NO_RESOURCE_NAME
        )
        services = self._arn(
            "ecs", f"service/{props.cluster_name}/*", None, ArnFormat.NO_RESOURCE_NAME
        )
        alarms = [
            self._arn("cloudwatch", "alarm", f"{service}-*", ArnFormat.COLON_RESOURCE_NAME)
            for service in props.services
        ]
        function = PrivateFunction(
            self,
            "Guard",
            props=PrivateFunctionProps(
                package="scaling_guard",
                description="Suspends scaling while a release runs, and resumes it",
                timeout=Duration.minutes(5),
                environment={
                    "CLUSTER": props.cluster_name,
                    "PLATFORM": props.platform,
                    "SERVICES": ",".join(props.services),
                },
                statements=_statements(groups, markers, services, alarms),
                any_resource="Application Auto Scaling gives targets ids of its own, so they are "
                "named by condition: task counts of ECS services, nothing else; the Describe "
                "actions know no resource and only read. It also tries its caller's rights to "
                "alarms, naming none; the alarms that judge releases are denied by name.",
                log_retention=props.log_retention,
                log_removal_policy=props.log_removal_policy,
            ),
        )
        acknowledge_all(
            function.role,
            {
                f"AwsSolutions-IAM5[Resource::{groups}]": "The deployment groups of this "
                "environment's services, which stacks after this one make; the action only lists.",
                f"AwsSolutions-IAM5[Resource::{services}]": "The services of this cluster; "
                "Application Auto Scaling asks its caller for the right to what it does with their "
                "task counts, and the function itself never calls ECS.",
                f"AwsSolutions-IAM5[Resource::{markers}]": "One marker for each service of this "
                "environment, under a name that nothing else has.",
            },
        )
        self.function: lambda_.Function = function.function
        FunctionRule(
            self,
            "Watchdog",
            description="Mends the scaling that a lost event or a crash left suspended",
            schedule=f"rate({WATCHDOG_MINUTES} minutes)",
            functions={"Guard": self.function},
            event={"watchdog": True},
        )

    def _arn(self, service: str, resource: str, name: str | None, form: ArnFormat) -> str:
        return Stack.of(self).format_arn(
            service=service, resource=resource, resource_name=name, arn_format=form
        )


def _statements(
    groups: str, markers: str, services: str, alarms: Sequence[str]
) -> list[iam.PolicyStatement]:
    return [
        iam.PolicyStatement(actions=["codedeploy:ListDeployments"], resources=[groups]),
        iam.PolicyStatement(
            actions=[
                "application-autoscaling:DescribeScalableTargets",
                "application-autoscaling:DescribeScheduledActions",
            ],
            resources=["*"],
        ),
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsapplicationautoscaling.html
        iam.PolicyStatement(
            actions=["application-autoscaling:RegisterScalableTarget"],
            resources=["*"],
            conditions={
                "StringEquals": {
                    "application-autoscaling:service-namespace": "ecs",
                    "application-autoscaling:scalable-dimension": "ecs:service:DesiredCount",
                }
            },
        ),
        # What RegisterScalableTarget tries of its caller's rights, and is refused without:
        # https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_permission_validation.html
        iam.PolicyStatement(
            actions=["ecs:DescribeServices", "ecs:UpdateService"], resources=[services]
        ),
        iam.PolicyStatement(
            actions=[
                "cloudwatch:DeleteAlarms",
                "cloudwatch:DescribeAlarms",
                "cloudwatch:PutMetricAlarm",
            ],
            resources=["*"],
        ),
        iam.PolicyStatement(
            effect=iam.Effect.DENY,
            actions=["cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm"],
            resources=list(alarms),
        ),
        iam.PolicyStatement(
            actions=["ssm:DeleteParameter", "ssm:GetParameter", "ssm:PutParameter"],
            resources=[markers],
        ),
    ]
