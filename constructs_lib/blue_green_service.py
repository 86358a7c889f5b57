"""An ECS service that CodeDeploy releases blue/green, and the deployment group that does it.

The service resource is frozen after its creation: CloudFormation may not change the task
definition, the network, the capacity or the load balancers of a service with this controller
(https://github.com/aws/aws-cdk/issues/23564), so nothing in it changes with a release or with the
configuration. The family stands in place of a revision; there is no desired count, which the scaler
owns; the first tasks run on demand in the first two zones. The revision, the share on Spot and
every zone's subnet travel in each deployment's AppSpec (``release.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.acknowledge import acknowledge_all
from constructs_lib.blue_green_load_balancer import BlueGreenLoadBalancer
from constructs_lib.release_alarms import ReleaseAlarms
from constructs_lib.release_checks import ReleaseChecks
from constructs_lib.service_task import CONTAINER, ServiceTask

Strategy = Literal["canary", "linear", "all_at_once"]

FROZEN_ZONES = 2
"""How many zones the first tasks are started in, before any release."""


@dataclass(frozen=True, kw_only=True)
class Shift:
    """How traffic moves. ``percent`` and ``interval`` do not apply to ``all_at_once``."""

    strategy: Strategy
    percent: int
    interval: Duration


@dataclass(frozen=True, kw_only=True)
class BlueGreenServiceProps:
    """What a released service is made of.

    ``approval_minutes`` zero: no approval. ``checks`` is the function CodeDeploy asks about green.
    """

    name: str
    cluster: ecs.ICluster
    cluster_name: str
    task: ServiceTask
    container_port: int
    load_balancer: BlueGreenLoadBalancer
    security_group: ec2.ISecurityGroup
    health_check_grace_seconds: int
    checks: ReleaseChecks
    shift: Shift
    approval_minutes: int
    hot_standby_minutes: int
    alarms: ReleaseAlarms


class BlueGreenService(Construct):
    """Attributes: ``service``, ``application``, ``deployment_config``, ``deployment_group``."""

    def __init__(self, scope: Construct, id: str, *, props: BlueGreenServiceProps) -> None:
        super().__init__(scope, id)
        self.service = self._service(props)
        self.application = codedeploy.EcsApplication(
            self, "Application", application_name=props.name
        )
        self.deployment_config = codedeploy.EcsDeploymentConfig(
            self, "Shift", traffic_routing=_routing(props.shift)
        )
        role = self._role(props)
        self.deployment_group = self._deployment_group(props, role)

    def _service(self, props: BlueGreenServiceProps) -> ecs.FargateService:
        service = ecs.FargateService(
            self,
            "Service",
            service_name=props.name,
            cluster=props.cluster,
            task_definition=props.task.definition,
            deployment_controller=ecs.DeploymentController(
                type=ecs.DeploymentControllerType.CODE_DEPLOY
            ),
            capacity_provider_strategies=[
                ecs.CapacityProviderStrategy(capacity_provider="FARGATE", weight=1)
            ],
            # A zone added later must not change this resource; every network has two.
            vpc_subnets=ec2.SubnetSelection(
                subnets=props.cluster.vpc.select_subnets(
                    subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS
                ).subnets[:FROZEN_ZONES]
            ),
            security_groups=[props.security_group],
            assign_public_ip=False,
            enable_execute_command=True,
            min_healthy_percent=100,
            max_healthy_percent=200,
        )
        # Written out, because the CDK's own attachment adds security group rules whose logical ids
        # hold the stage's name (constructs_lib/traffic.py).
        resource = service.node.default_child
        assert isinstance(resource, ecs.CfnService)
        resource.load_balancers = [
            ecs.CfnService.LoadBalancerProperty(
                container_name=CONTAINER,
                container_port=props.container_port,
                target_group_arn=props.load_balancer.blue.target_group_arn,
            )
        ]
        resource.health_check_grace_period_seconds = props.health_check_grace_seconds
        # ECS refuses a target group that no listener knows yet.
        service.node.add_dependency(
            props.load_balancer.production,
            props.load_balancer.test,
            # The first task pulls its image under this role: its policy must be attached.
            props.task.execution_role,
        )
        return service

    def _deployment_group(
        self, props: BlueGreenServiceProps, role: iam.Role
    ) -> codedeploy.CfnDeploymentGroup:
        # Level 1: the level-2 group insists on a managed policy that may invoke every function
        # and change every listener of the account.
        group = codedeploy.CfnDeploymentGroup
        wait = props.approval_minutes
        balancer = props.load_balancer
        resource = group(
            self,
            "DeploymentGroup",
            application_name=self.application.application_name,
            deployment_group_name=props.name,
            deployment_config_name=self.deployment_config.deployment_config_name,
            service_role_arn=role.role_arn,
            deployment_style=group.DeploymentStyleProperty(
                deployment_type="BLUE_GREEN", deployment_option="WITH_TRAFFIC_CONTROL"
            ),
            ecs_services=[
                group.ECSServiceProperty(cluster_name=props.cluster_name, service_name=props.name)
            ],
            load_balancer_info=group.LoadBalancerInfoProperty(
                target_group_pair_info_list=[
                    group.TargetGroupPairInfoProperty(
                        prod_traffic_route=group.TrafficRouteProperty(
                            listener_arns=[balancer.production.listener_arn]
                        ),
                        test_traffic_route=group.TrafficRouteProperty(
                            listener_arns=[balancer.test.listener_arn]
                        ),
                        target_groups=[
                            group.TargetGroupInfoProperty(name=target.target_group_name)
                            for target in (balancer.blue, balancer.green)
                        ],
                    )
                ]
            ),
            blue_green_deployment_configuration=group.BlueGreenDeploymentConfigurationProperty(
                deployment_ready_option=group.DeploymentReadyOptionProperty(
                    action_on_timeout="STOP_DEPLOYMENT", wait_time_in_minutes=wait
                )
                if wait
                else group.DeploymentReadyOptionProperty(
                    action_on_timeout="CONTINUE_DEPLOYMENT", wait_time_in_minutes=0
                ),
                terminate_blue_instances_on_deployment_success=group.BlueInstanceTerminationOptionProperty(
                    action="TERMINATE",
                    termination_wait_time_in_minutes=props.hot_standby_minutes,
                ),
            ),
            auto_rollback_configuration=group.AutoRollbackConfigurationProperty(
                enabled=True,
                events=[
                    "DEPLOYMENT_FAILURE",
                    "DEPLOYMENT_STOP_ON_ALARM",
                    "DEPLOYMENT_STOP_ON_REQUEST",
                ],
            ),
            alarm_configuration=group.AlarmConfigurationProperty(
                enabled=True,
                # An alarm that cannot be read stops the release instead of being passed over.
                ignore_poll_alarm_failure=False,
                alarms=[group.AlarmProperty(name=name) for name in props.alarms.names],
            ),
        )
        resource.node.add_dependency(self.service, role, props.alarms)
        return resource

    def _role(self, props: BlueGreenServiceProps) -> iam.Role:
        """CodeDeploy's role: the actions of AWSCodeDeployRoleForECS, on this service only.

        https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSCodeDeployRoleForECS.html
        """
        role = iam.Role(
            self,
            "DeploymentRole",
            assumed_by=iam.ServicePrincipal("codedeploy.amazonaws.com"),
            description=f"CodeDeploy releases {props.name}",
        )
        cluster = props.cluster_name
        task_sets = self._ecs_arn(f"task-set/{cluster}/{props.name}/*")
        listeners = (props.load_balancer.production, props.load_balancer.test)
        statements = [
            iam.PolicyStatement(
                actions=[
                    "ecs:CreateTaskSet",
                    "ecs:DeleteTaskSet",
                    "ecs:DescribeServices",
                    "ecs:UpdateServicePrimaryTaskSet",
                ],
                resources=[
                    self._ecs_arn(f"service/{cluster}/{props.name}"),
                    task_sets,
                ],
            ),
            iam.PolicyStatement(
                actions=["elasticloadbalancing:ModifyListener"],
                resources=[listener.listener_arn for listener in listeners],
            ),
            iam.PolicyStatement(
                actions=[
                    "elasticloadbalancing:DescribeListeners",
                    "elasticloadbalancing:DescribeRules",
                    "elasticloadbalancing:DescribeTargetGroups",
                ],
                resources=["*"],
            ),
            iam.PolicyStatement(
                actions=["cloudwatch:DescribeAlarms"],
                resources=["*"],
            ),
            iam.PolicyStatement(
                actions=["lambda:InvokeFunction"],
                resources=[props.checks.function.function_arn],
            ),
            iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=[props.task.task_role.role_arn, props.task.execution_role.role_arn],
                conditions={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
            ),
        ]
        for statement in statements:
            role.add_to_policy(statement)
        acknowledge_all(
            role,
            {
                "AwsSolutions-IAM5[Resource::*]": "Elastic Load Balancing's Describe actions know "
                "no resource, and DescribeAlarms is asked for several alarms at once; both only "
                "read. Everything CodeDeploy changes is named: one service, two listeners.",
                f"AwsSolutions-IAM5[Resource::{task_sets}]": "The task sets of this one service: "
                "CodeDeploy makes them, so their ids are not known before a release.",
            },
        )
        return role

    def _ecs_arn(self, resource: str) -> str:
        return Stack.of(self).format_arn(
            service="ecs", resource=resource, arn_format=ArnFormat.NO_RESOURCE_NAME
        )


def _routing(shift: Shift) -> codedeploy.TrafficRouting:
    if shift.strategy == "canary":
        return codedeploy.TrafficRouting.time_based_canary(
            percentage=shift.percent, interval=shift.interval
        )
    if shift.strategy == "linear":
        return codedeploy.TrafficRouting.time_based_linear(
            percentage=shift.percent, interval=shift.interval
        )
    return codedeploy.TrafficRouting.all_at_once()


def capacity_strategy(spot_percent: int) -> list[dict[str, str | int]]:
    """An AppSpec's CapacityProviderStrategy for that share of tasks on Fargate Spot.

    The first task is on demand unless all are on Spot.
    https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-resources.html
    """
    strategies: list[dict[str, str | int]] = []
    if spot_percent < 100:
        strategies.append({"CapacityProvider": "FARGATE", "Weight": 100 - spot_percent, "Base": 1})
    if spot_percent > 0:
        strategies.append({"CapacityProvider": "FARGATE_SPOT", "Weight": spot_percent, "Base": 0})
    return strategies
