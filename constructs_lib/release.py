"""Starts a CodeDeploy deployment when the stack names another revision, and waits for it.

A custom resource in the service's own stack, so that ``cdk deploy`` and the pipeline do the same
and nothing outside the account is needed. Its function answers each of CloudFormation's requests by
starting a state machine, which takes one step of the function after another with pauses between
them: a release lasts up to an hour, a function at most 15 minutes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import ArnFormat, CustomResource, Duration, RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_ssm as ssm
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct, IDependable

from constructs_lib.acknowledge import acknowledge_all
from constructs_lib.blue_green_service import BlueGreenService, capacity_strategy
from constructs_lib.private_function import PrivateFunction, PrivateFunctionProps
from constructs_lib.release_checks import ReleaseChecks
from constructs_lib.service_task import CONTAINER, ServiceTask

STEP_RETRIES = 6


@dataclass(frozen=True, kw_only=True)
class ReleaseNames:
    """Names that programs outside the stack know as well."""

    state_machine: str
    checks_parameter: str
    task_definition_parameter: str


@dataclass(frozen=True, kw_only=True)
class ReleaseProps:
    """What a release is made of.

    ``bake``: time at 100 % before the release counts as done. ``install``: time for green to be
    healthy. ``timeout``: from the start until the release is taken back; below the hour that
    CloudFormation gives a custom resource. ``repeat``: a number that, when it is changed, has the
    same revision released again. ``after`` is deployed before the release starts.
    """

    cluster_name: str
    service_name: str
    released: BlueGreenService
    task: ServiceTask
    image: str
    container_port: int
    checks: ReleaseChecks
    spot_percent: int
    subnets: Sequence[str]
    security_group: ec2.ISecurityGroup
    install: Duration
    bake: Duration
    timeout: Duration
    repeat: int
    names: ReleaseNames
    after: Sequence[IDependable]
    log_retention: logs.RetentionDays
    log_removal_policy: RemovalPolicy


class Release(Construct):
    """The release of one service. Attribute: ``resource``."""

    def __init__(self, scope: Construct, id: str, *, props: ReleaseProps) -> None:
        super().__init__(scope, id)
        machine_arn = Stack.of(self).format_arn(
            service="states",
            resource="stateMachine",
            resource_name=props.names.state_machine,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        function = self._function(props, machine_arn)
        machine = self._state_machine(props, function)
        self.resource = self._resource(props, function)
        self.resource.node.add_dependency(machine, *props.after)
        asked = ssm.CfnParameter(
            self,
            "TaskDefinitionParameter",
            name=props.names.task_definition_parameter,
            type="String",
            value=props.task.definition.task_definition_arn,
            description=f"The revision of {props.service_name} that the stack asked for last",
        )
        # Written when the release has succeeded, and so what the stack says is true.
        asked.node.add_dependency(self.resource)

    def _function(self, props: ReleaseProps, machine_arn: str) -> PrivateFunction:
        function = PrivateFunction(
            self,
            "Provider",
            props=PrivateFunctionProps(
                package="release",
                description=f"Starts and awaits the deployments of {props.service_name}",
                timeout=Duration.minutes(5),
                environment={"STATE_MACHINE_ARN": machine_arn},
                statements=self._statements(props, machine_arn),
                any_resource="Stopping and continuing a deployment, reading its targets and "
                "listing tasks know no resource (Service Authorization Reference); tasks are "
                "listed in this cluster only, and the function stops and continues deployments of "
                "its own group only, whose ids it has from that group.",
                log_retention=props.log_retention,
                log_removal_policy=props.log_removal_policy,
            ),
        )
        tasks = self._arn("ecs", f"task/{props.cluster_name}/*")
        acknowledge_all(
            function.role,
            {
                f"AwsSolutions-IAM5[Resource::{tasks}]": "The ids of green's tasks are not known "
                "before they run; the action only reads why they stopped.",
                f"AwsSolutions-IAM5[Resource::{self._alarms(props)}]": "The alarms of this one "
                "service, whose names begin with its name; the action only reads their state.",
            },
        )
        return function

    def _statements(self, props: ReleaseProps, machine_arn: str) -> list[iam.PolicyStatement]:
        """What the function calls, and what CreateDeployment asks for besides itself.

        https://docs.aws.amazon.com/codedeploy/latest/userguide/auth-and-access-control-permissions-reference.html
        """
        application = props.released.application.application_name
        group = f"{application}/{props.service_name}"
        config = props.released.deployment_config.deployment_config_name
        return [
            iam.PolicyStatement(
                actions=[
                    "codedeploy:BatchGetDeployments",
                    "codedeploy:CreateDeployment",
                    "codedeploy:GetDeploymentGroup",
                    "codedeploy:ListDeployments",
                ],
                resources=[self._codedeploy_arn("deploymentgroup", group)],
            ),
            iam.PolicyStatement(
                actions=["codedeploy:GetDeploymentConfig"],
                resources=[self._codedeploy_arn("deploymentconfig", config)],
            ),
            iam.PolicyStatement(
                actions=["codedeploy:RegisterApplicationRevision"],
                resources=[self._codedeploy_arn("application", application)],
            ),
            iam.PolicyStatement(
                actions=[
                    "codedeploy:ContinueDeployment",
                    "codedeploy:GetDeploymentTarget",
                    "codedeploy:StopDeployment",
                ],
                resources=["*"],
            ),
            iam.PolicyStatement(
                actions=["ecs:DescribeServices"],
                resources=[self._arn("ecs", f"service/{props.cluster_name}/{props.service_name}")],
            ),
            iam.PolicyStatement(
                actions=["ecs:ListTasks"],
                resources=["*"],
                conditions={
                    "ArnEquals": {"ecs:cluster": self._arn("ecs", f"cluster/{props.cluster_name}")}
                },
            ),
            iam.PolicyStatement(
                actions=["ecs:DescribeTasks"],
                resources=[self._arn("ecs", f"task/{props.cluster_name}/*")],
            ),
            iam.PolicyStatement(
                actions=["cloudwatch:DescribeAlarms"], resources=[self._alarms(props)]
            ),
            iam.PolicyStatement(
                actions=["ssm:GetParameter"],
                resources=[
                    self._arn("ssm", f"parameter{name}")
                    for name in (
                        props.names.checks_parameter,
                        props.names.task_definition_parameter,
                    )
                ],
            ),
            iam.PolicyStatement(actions=["states:StartExecution"], resources=[machine_arn]),
        ]

    def _state_machine(
        self, props: ReleaseProps, function: PrivateFunction
    ) -> stepfunctions.CfnStateMachine:
        # Level 1, because the definition is a page of JSON that the rehearsal plays as it stands.
        role = iam.Role(
            self,
            "StepsRole",
            assumed_by=iam.ServicePrincipal("states.amazonaws.com"),
            description=f"Takes the steps of the releases of {props.service_name}",
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["lambda:InvokeFunction"], resources=[function.function.function_arn]
            )
        )
        machine = stepfunctions.CfnStateMachine(
            self,
            "Steps",
            state_machine_name=props.names.state_machine,
            state_machine_type="STANDARD",
            role_arn=role.role_arn,
            definition_string=json.dumps(definition()),
            definition_substitutions={"Function": function.function.function_arn},
        )
        machine.node.add_dependency(role)
        acknowledge_all(
            machine,
            {
                "AwsSolutions-SF1": "Each step is a call of one function, which logs what it found "
                "and did; the execution's own history is kept for 90 days by Step Functions.",
                "AwsSolutions-SF2": "A loop of one function with pauses has nothing to trace: its "
                "history shows every step with its time, input and answer.",
            },
        )
        return machine

    def _resource(self, props: ReleaseProps, function: PrivateFunction) -> CustomResource:
        return CustomResource(
            self,
            "Resource",
            resource_type="Custom::Release",
            service_token=function.function.function_arn,
            service_timeout=Duration.hours(1),
            properties={
                "Cluster": props.cluster_name,
                "Service": props.service_name,
                "Application": props.released.application.application_name,
                "DeploymentGroup": props.service_name,
                "TaskDefinition": props.task.definition.task_definition_arn,
                "Image": props.image,
                "ContainerName": CONTAINER,
                "ContainerPort": str(props.container_port),
                "HookFunction": props.checks.function.function_arn,
                "Capacity": json.dumps(capacity_strategy(props.spot_percent)),
                "Subnets": list(props.subnets),
                "SecurityGroups": [props.security_group.security_group_id],
                "InstallMinutes": str(props.install.to_minutes()),
                "BakeMinutes": str(props.bake.to_minutes()),
                "TimeoutMinutes": str(props.timeout.to_minutes()),
                "Repeat": str(props.repeat),
                "ChecksParameter": props.names.checks_parameter,
                "AskedParameter": props.names.task_definition_parameter,
            },
        )

    def _alarms(self, props: ReleaseProps) -> str:
        return Stack.of(self).format_arn(
            service="cloudwatch",
            resource="alarm",
            resource_name=f"{props.service_name}-*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )

    def _codedeploy_arn(self, resource: str, name: str) -> str:
        return Stack.of(self).format_arn(
            service="codedeploy",
            resource=resource,
            resource_name=name,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )

    def _arn(self, service: str, resource: str) -> str:
        return Stack.of(self).format_arn(
            service=service, resource=resource, arn_format=ArnFormat.NO_RESOURCE_NAME
        )


def definition() -> dict[str, object]:
    """The state machine in the Amazon States Language; ``${Function}`` is the function's ARN.

    A step that fails is taken again: it only looks at what is and does the next thing. When it
    keeps failing, the last state tells CloudFormation, so that the stack need not wait for an hour.
    """
    retry = [
        {
            "ErrorEquals": ["States.ALL"],
            "IntervalSeconds": 5,
            "BackoffRate": 2,
            "MaxAttempts": STEP_RETRIES,
        }
    ]
    request = {
        "request.$": "$$.Execution.Input",
        "startedAt.$": "$$.Execution.StartTime",
        "enteredAt.$": "$$.State.EnteredTime",
    }
    return {
        "StartAt": "Step",
        "States": {
            "Step": {
                "Type": "Task",
                "Resource": "${Function}",
                "Parameters": request,
                "Retry": retry,
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "GiveUp"}],
                "Next": "Ended",
            },
            "Ended": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.wait", "BooleanEquals": True, "Next": "Wait"}],
                "Default": "Done",
            },
            "Wait": {"Type": "Wait", "SecondsPath": "$.seconds", "Next": "Step"},
            "GiveUp": {
                "Type": "Task",
                "Resource": "${Function}",
                "Parameters": {**request, "error.$": "$"},
                "Retry": retry,
                "End": True,
            },
            "Done": {"Type": "Succeed"},
        },
    }
