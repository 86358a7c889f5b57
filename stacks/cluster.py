"""Where services run, and what the platform itself runs beside them in each environment."""

from __future__ import annotations

from typing import Any

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from config.model.environment import Environment
from constructs_lib.acknowledge import acknowledge
from constructs_lib.private_function import PrivateFunction, PrivateFunctionProps
from constructs_lib.service_cluster import ServiceCluster, ServiceClusterProps
from stacks.names import (
    checks_function_name,
    gate_role_name,
    pipeline_gate_role_name,
    role_arn,
)
from stacks.retention import log_retention, removal_policy


class ClusterStack(Stack):
    """ECS cluster, the function that applies task counts, and the role of the pipeline's gates.

    Attributes: ``cluster``, ``session_log_group``, ``session_key``, ``task_count``.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        platform_name: str,
        tools_account: str,
        environment_name: str,
        environment: Environment,
        vpc: ec2.IVpc,
        log_key: kms.IKey,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id, **kwargs)
        retention = log_retention(environment.logs.retention_days)
        removal = removal_policy(environment)
        services = ServiceCluster(
            self,
            "Services",
            props=ServiceClusterProps(
                name=platform_name,
                vpc=vpc,
                namespace=f"{platform_name}.internal",
                enhanced_insights=environment.container_insights == "enhanced",
                session_key=log_key,
                log_retention=retention,
                removal_policy=removal,
            ),
        )
        self.cluster = services.cluster
        self.session_log_group = services.session_log_group
        self.session_key = log_key
        self.task_count = self._task_count(platform_name, retention, removal)
        self._gate_role(platform_name, tools_account, environment_name)

    def _task_count(self, platform_name: str, retention: Any, removal: Any) -> PrivateFunction:
        service = self.format_arn(
            service="ecs",
            resource=f"service/{platform_name}/*",
            arn_format=ArnFormat.NO_RESOURCE_NAME,
        )
        function = PrivateFunction(
            self,
            "TaskCount",
            props=PrivateFunctionProps(
                package="task_count",
                description="Applies a configured task count when it is created or changed",
                timeout=Duration.minutes(15),
                statements=[
                    iam.PolicyStatement(
                        actions=["ecs:DescribeServices", "ecs:UpdateService"], resources=[service]
                    )
                ],
                log_retention=retention,
                log_removal_policy=removal,
            ),
        )
        acknowledge(
            function.role,
            f"AwsSolutions-IAM5[Resource::{service}]",
            "The services of this cluster and no others; they are made in stacks that come after "
            "this one. The function changes a desired count and nothing else.",
        )
        return function

    def _gate_role(self, platform_name: str, tools_account: str, environment_name: str) -> None:
        functions = self.format_arn(
            service="lambda",
            resource="function",
            resource_name=checks_function_name(platform_name, "*"),
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        caller = role_arn(tools_account, pipeline_gate_role_name(platform_name, environment_name))
        role = iam.Role(
            self,
            "GateRole",
            role_name=gate_role_name(platform_name, self.region),
            description="Lets the pipeline's gates run the services' checks, and nothing else",
            assumed_by=iam.AccountPrincipal(tools_account).with_conditions(
                {"ArnEquals": {"aws:PrincipalArn": caller}}
            ),
            max_session_duration=Duration.hours(1),
        )
        role.add_to_policy(
            iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[functions])
        )
        acknowledge(
            role,
            f"AwsSolutions-IAM5[Resource::{functions}]",
            "The check functions of this environment's services, which stacks after this one "
            "make; they answer with results and change nothing.",
        )
