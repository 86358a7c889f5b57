"""The function that runs a service's checks from inside the VPC."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.blue_green_load_balancer import PRODUCTION_PORT, TEST_PORT
from constructs_lib.private_function import PrivateFunction, PrivateFunctionProps


@dataclass(frozen=True, kw_only=True)
class ReleaseChecksProps:
    """What the function is made of. ``checks`` are JSON values (``lambdas/release_checks``)."""

    function_name: str
    service: str
    environment_name: str
    domain_name: str
    checks: Sequence[Mapping[str, object]]
    timeout: Duration
    vpc: ec2.IVpc
    security_group: ec2.ISecurityGroup
    log_retention: logs.RetentionDays
    log_removal_policy: RemovalPolicy


class ReleaseChecks(Construct):
    """Runs the checks of a gate against a listener and answers with their results.

    Attribute: ``function``.
    """

    def __init__(self, scope: Construct, id: str, *, props: ReleaseChecksProps) -> None:
        super().__init__(scope, id)
        self.function = PrivateFunction(
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
                },
                vpc=props.vpc,
                security_group=props.security_group,
                log_retention=props.log_retention,
                log_removal_policy=props.log_removal_policy,
            ),
        ).function
