"""Taking a release back with one click: an SSM Automation document and the function it runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import ArnFormat, Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from constructs_lib.acknowledge import acknowledge_all
from constructs_lib.private_function import PrivateFunction, PrivateFunctionProps


@dataclass(frozen=True, kw_only=True)
class RollbackCommandProps:
    """``name`` is the function's and the document's; ``services`` are those it can take back."""

    name: str
    cluster_name: str
    services: Sequence[str]
    log_retention: logs.RetentionDays
    log_removal_policy: RemovalPolicy


class RollbackCommand(Construct):
    """The document and its function, which does what ``python -m ops rollback`` does."""

    def __init__(self, scope: Construct, id: str, *, props: RollbackCommandProps) -> None:
        super().__init__(scope, id)
        stack = Stack.of(self)
        colon, whole = ArnFormat.COLON_RESOURCE_NAME, ArnFormat.NO_RESOURCE_NAME
        groups, applications, configs = (
            stack.format_arn(
                service="codedeploy", resource=kind, resource_name="*", arn_format=colon
            )
            for kind in ("deploymentgroup", "application", "deploymentconfig")
        )
        alarms = stack.format_arn(
            service="cloudwatch", resource="alarm", resource_name="*", arn_format=colon
        )
        services = stack.format_arn(
            service="ecs", resource=f"service/{props.cluster_name}/*", arn_format=whole
        )
        function = PrivateFunction(
            self,
            "Rollback",
            props=PrivateFunctionProps(
                package="rollback",
                description="Takes a service's release back",
                function_name=props.name,
                timeout=Duration.minutes(2),
                environment={"CLUSTER": props.cluster_name},
                statements=[
                    iam.PolicyStatement(
                        actions=[
                            "codedeploy:BatchGetDeployments",
                            "codedeploy:CreateDeployment",
                            "codedeploy:GetDeploymentGroup",
                            "codedeploy:ListDeployments",
                            # A deployment that leaves out alarms which are in ALARM already:
                            # API_CreateDeployment, overrideAlarmConfiguration.
                            "codedeploy:UpdateDeploymentGroup",
                        ],
                        resources=[groups],
                    ),
                    iam.PolicyStatement(
                        actions=[
                            "codedeploy:GetApplicationRevision",
                            "codedeploy:RegisterApplicationRevision",
                        ],
                        resources=[applications],
                    ),
                    iam.PolicyStatement(
                        actions=["codedeploy:GetDeploymentConfig"], resources=[configs]
                    ),
                    iam.PolicyStatement(
                        actions=[
                            "codedeploy:StopDeployment",
                            "ecs:DescribeTaskDefinition",
                            "ecs:ListTaskDefinitions",
                        ],
                        resources=["*"],
                    ),
                    iam.PolicyStatement(actions=["ecs:DescribeServices"], resources=[services]),
                    iam.PolicyStatement(actions=["cloudwatch:DescribeAlarms"], resources=[alarms]),
                ],
                any_resource="Stopping a deployment and reading task definitions know no resource "
                "(Service Authorization Reference); every deployment of this account is a release "
                "of one of its services.",
                log_retention=props.log_retention,
                log_removal_policy=props.log_removal_policy,
            ),
        )
        why = (
            "The releases of this environment's services, which stacks after this one make; "
            "taking any of them back is what the function is for."
        )
        acknowledge_all(
            function.role,
            {
                f"AwsSolutions-IAM5[Resource::{resource}]": why
                for resource in (groups, applications, configs, alarms, services)
            },
        )
        role = iam.Role(
            self,
            "AutomationRole",
            assumed_by=iam.ServicePrincipal(
                "ssm.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
            ),
            description="Lets the rollback document run its function, and nothing else",
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["lambda:InvokeFunction"], resources=[function.function.function_arn]
            )
        )
        ssm.CfnDocument(
            self,
            "Document",
            name=props.name,
            document_type="Automation",
            document_format="JSON",
            update_method="NewVersion",
            content=_content(
                function=function.function.function_arn,
                role=role.role_arn,
                services=props.services,
            ),
        )


def _content(*, function: str, role: str, services: Sequence[str]) -> dict[str, object]:
    """https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-lamb.html"""
    return {
        "schemaVersion": "0.3",
        "description": "Takes a service's release back: stops it with rollback while it runs or "
        "while blue stands by, else starts a deployment of the previous revision.",
        "assumeRole": role,
        "parameters": {
            "Service": {
                "type": "String",
                "description": "The service whose release is taken back.",
                "allowedValues": list(services),
            },
            "To": {
                "type": "String",
                "description": "A revision or digest to go to when no release runs; empty: the "
                "one that served before.",
                "default": "",
            },
        },
        "mainSteps": [
            {
                "name": "TakeBack",
                "action": "aws:invokeLambdaFunction",
                "inputs": {
                    "FunctionName": function,
                    "InvocationType": "RequestResponse",
                    "InputPayload": {"service": "{{ Service }}", "to": "{{ To }}"},
                },
                "outputs": [
                    {"Name": "Answer", "Selector": "$.Payload", "Type": "String"},
                ],
                "isEnd": True,
            }
        ],
        "outputs": ["TakeBack.Answer"],
    }
