"""A Lambda function with a role of its own and an encrypted, expiring log group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.acknowledge import acknowledge
from constructs_lib.function_code import RUNTIME, function_code, function_handler


@dataclass(frozen=True, kw_only=True)
class PrivateFunctionProps:
    """What a function is made of. ``package`` is a folder of ``lambdas/`` with a ``handler.py``;
    ``libraries`` are further folders of ``lambdas/`` that it imports.

    With ``vpc`` the function runs in its private subnets under ``security_group``.
    ``any_resource`` says why those of its ``statements`` that know no resource are safe.
    ``log_group`` is one that several functions share; without it there is one of its own, kept for
    ``log_retention``. With ``rights_in_role`` the role holds its
    policy itself: one resource less, for functions of which a stack has many.
    """

    package: str
    libraries: Sequence[str] = ()
    layers: Sequence[lambda_.ILayerVersion] = ()
    description: str
    timeout: Duration
    memory_mib: int = 256
    function_name: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    statements: Sequence[iam.PolicyStatement] = ()
    any_resource: str = ""
    vpc: ec2.IVpc | None = None
    security_group: ec2.ISecurityGroup | None = None
    log_group: logs.ILogGroup | None = None
    rights_in_role: bool = False
    log_retention: logs.RetentionDays | None = None
    log_removal_policy: RemovalPolicy | None = None


class PrivateFunction(Construct):
    """The function. Attributes: ``function``, ``role``."""

    def __init__(self, scope: Construct, id: str, *, props: PrivateFunctionProps) -> None:
        super().__init__(scope, id)
        log_group = props.log_group or logs.LogGroup(
            self,
            "LogGroup",
            retention=props.log_retention,
            removal_policy=props.log_removal_policy,
        )
        reasons = [props.any_resource] if props.any_resource else []
        statements = [
            iam.PolicyStatement(
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[log_group.log_group_arn],
            ),
            *props.statements,
        ]
        if props.vpc is not None:
            statements.append(_network_interfaces())
            reasons.append(_WHY_NETWORK_INTERFACES)
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=props.description,
            inline_policies={"Rights": iam.PolicyDocument(statements=statements)}
            if props.rights_in_role
            else None,
        )
        if not props.rights_in_role:
            for statement in statements:
                self.role.add_to_policy(statement)
        if reasons:
            acknowledge(self.role, "AwsSolutions-IAM5[Resource::*]", " ".join(reasons))
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=props.function_name,
            description=props.description,
            runtime=RUNTIME,
            architecture=lambda_.Architecture.ARM_64,
            code=function_code(props.package, props.libraries),
            handler=function_handler(props.package),
            layers=list(props.layers) or None,
            timeout=props.timeout,
            memory_size=props.memory_mib,
            environment=dict(props.environment),
            role=self.role.without_policy_updates(),
            log_group=log_group,
            vpc=props.vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)
            if props.vpc is not None
            else None,
            security_groups=[props.security_group] if props.security_group is not None else None,
        )
        # Without the policy the first invocation could neither log nor attach to the network.
        self.function.node.add_dependency(self.role)


_WHY_NETWORK_INTERFACES = (
    "Lambda's service makes the function's network interfaces under this role before any "
    "of their ids exist; the function's own code calls no EC2 API."
)


def _network_interfaces() -> iam.PolicyStatement:
    """What a function in a VPC needs, in place of the managed policy.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
    """
    return iam.PolicyStatement(
        actions=[
            "ec2:AssignPrivateIpAddresses",
            "ec2:CreateNetworkInterface",
            "ec2:DeleteNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSubnets",
            "ec2:UnassignPrivateIpAddresses",
        ],
        resources=["*"],
    )
