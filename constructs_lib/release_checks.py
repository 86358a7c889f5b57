"""The function that runs a service's checks from inside the VPC: for gates and for CodeDeploy."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import ArnFormat, Duration, RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.blue_green_load_balancer import PRODUCTION_PORT, TEST_PORT
from constructs_lib.private_function import PrivateFunction, PrivateFunctionProps


@dataclass(frozen=True, kw_only=True)
class ReleaseChecksProps:
    """What the function is made of. ``checks`` are JSON values (``lambdas/release_checks``).

    ``report_parameter``: the SSM parameter that holds what CodeDeploy's last question came to.
    ``test_listener_arn``: the listener through which CodeDeploy's questions are answered.
    """

    function_name: str
    report_parameter: str
    service: str
    environment_name: str
    domain_name: str
    test_listener_arn: str
    checks: Sequence[Mapping[str, object]]
    timeout: Duration
    vpc: ec2.IVpc
    security_group: ec2.ISecurityGroup
    log_retention: logs.RetentionDays
    log_removal_policy: RemovalPolicy


class ReleaseChecks(Construct):
    """Runs the checks of a gate against a listener and answers with their results.

    As CodeDeploy's AfterAllowTestTraffic hook it runs those of the gate "release" against green.
    Attribute: ``function``.
    """

    def __init__(self, scope: Construct, id: str, *, props: ReleaseChecksProps) -> None:
        super().__init__(scope, id)
        parameter = Stack.of(self).format_arn(
            service="ssm",
            resource=f"parameter{props.report_parameter}",
            arn_format=ArnFormat.NO_RESOURCE_NAME,
        )
        function = PrivateFunction(
            self,
            "Checks",
            props=PrivateFunctionProps(
                package="release_checks",
                description=f"Checks {props.service} through its load balancer",
                function_name=props.function_name,
                timeout=props.timeout,
                environment={
                    "SERVICE": props.service,
                    "ENVIRONMENT": props.environment_name,
                    "PRODUCTION_URL": f"https://{props.domain_name}:{PRODUCTION_PORT}",
                    "TEST_URL": f"https://{props.domain_name}:{TEST_PORT}",
                    "CHECKS": json.dumps(list(props.checks), separators=(",", ":")),
                    "REPORT_PARAMETER": props.report_parameter,
                    "TEST_LISTENER": props.test_listener_arn,
                },
                statements=[
                    iam.PolicyStatement(
                        actions=[
                            "codedeploy:PutLifecycleEventHookExecutionStatus",
                            "elasticloadbalancing:DescribeListeners",
                            "elasticloadbalancing:DescribeTargetHealth",
                        ],
                        resources=["*"],
                    ),
                    iam.PolicyStatement(actions=["ssm:PutParameter"], resources=[parameter]),
                ],
                any_resource="Answering CodeDeploy knows no resource (Service Authorization "
                "Reference); it takes the id of a hook's run, which CodeDeploy gives to the "
                "function it asks and to nobody else. Nor does looking at listeners and targets, "
                "which changes nothing.",
                vpc=props.vpc,
                security_group=props.security_group,
                log_retention=props.log_retention,
                log_removal_policy=props.log_removal_policy,
            ),
        )
        self.function = function.function
