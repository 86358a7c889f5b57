"""How a service of the configuration is released: checks, deployment group, and the release."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from constructs import Construct, IDependable

from config.model.service import Service
from config.release_time import CUSTOM_RESOURCE_MINUTES, release_minutes
from constructs_lib.blue_green_load_balancer import BlueGreenLoadBalancer
from constructs_lib.blue_green_service import BlueGreenService, BlueGreenServiceProps, Shift
from constructs_lib.release import Release, ReleaseNames, ReleaseProps
from constructs_lib.release_alarms import ReleaseAlarms
from constructs_lib.release_checks import ReleaseChecks, ReleaseChecksProps
from constructs_lib.released_image import ReleasedImage
from constructs_lib.service_task import ServiceTask
from stacks.cluster import ClusterStack
from stacks.names import (
    RELEASE_CHECKS,
    TASK_DEFINITION,
    checks_function_name,
    release_parameter,
    release_state_machine_name,
)

ANSWER_MINUTES = 3
"""From taking a release back until CloudFormation has the answer: stopping, rollback, one poll."""

HOOK_MINUTES = 1
"""What the function keeps of its time to tell CodeDeploy (``lambdas/release_checks/hook.py``)."""


@dataclass(frozen=True, kw_only=True)
class ServiceReleaseProps:
    """What is released (``name``, ``service``), where, and what it is made of."""

    platform_name: str
    environment_name: str
    name: str
    service: Service
    image: ReleasedImage
    domain_name: str
    vpc: ec2.IVpc
    cluster: ClusterStack
    load_balancer: BlueGreenLoadBalancer
    task: ServiceTask
    alarms: ReleaseAlarms
    task_security_group: ec2.ISecurityGroup
    checks_security_group: ec2.ISecurityGroup
    log_retention: logs.RetentionDays
    log_removal_policy: RemovalPolicy


class ServiceRelease:
    """Makes its resources directly in ``scope``. Attribute: ``released``."""

    def __init__(self, scope: Construct, *, props: ServiceReleaseProps) -> None:
        self._scope = scope
        self._props = props
        self._checks = self._release_checks()
        self.released = self._service()

    def start(self, *, after: Sequence[IDependable]) -> None:
        """Add the release itself, which is deployed when everything in ``after`` is."""
        props, release = self._props, self._props.service.release
        parameter = props.platform_name, props.name
        Release(
            self._scope,
            "Deployment",
            props=ReleaseProps(
                cluster_name=props.platform_name,
                service_name=props.name,
                released=self.released,
                task=props.task,
                image=props.image.uri,
                container_port=props.service.container.port,
                checks=self._checks,
                spot_percent=props.service.capacity.spot_percent,
                subnets=props.vpc.select_subnets(
                    subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS
                ).subnet_ids,
                security_group=props.task_security_group,
                install=Duration.minutes(release.install_minutes),
                bake=Duration.minutes(release.bake_minutes),
                timeout=Duration.minutes(
                    min(
                        release_minutes(release=release) + ANSWER_MINUTES,
                        CUSTOM_RESOURCE_MINUTES - ANSWER_MINUTES,
                    )
                ),
                repeat=release.repeat,
                names=ReleaseNames(
                    state_machine=release_state_machine_name(*parameter),
                    checks_parameter=release_parameter(*parameter, RELEASE_CHECKS),
                    task_definition_parameter=release_parameter(*parameter, TASK_DEFINITION),
                ),
                after=[self.released, self._checks, props.load_balancer, *after],
                log_retention=props.log_retention,
                log_removal_policy=props.log_removal_policy,
            ),
        )

    def _release_checks(self) -> ReleaseChecks:
        props = self._props
        return ReleaseChecks(
            self._scope,
            "ReleaseChecks",
            props=ReleaseChecksProps(
                function_name=checks_function_name(props.platform_name, props.name),
                report_parameter=release_parameter(props.platform_name, props.name, RELEASE_CHECKS),
                service=props.name,
                environment_name=props.environment_name,
                domain_name=props.domain_name,
                test_listener_arn=props.load_balancer.test.listener_arn,
                checks=[
                    check.model_dump(mode="json", by_alias=True, exclude_defaults=True)
                    for check in props.service.checks
                ],
                timeout=Duration.minutes(props.service.release.check_minutes + HOOK_MINUTES),
                vpc=props.vpc,
                security_group=props.checks_security_group,
                log_retention=props.log_retention,
                log_removal_policy=props.log_removal_policy,
            ),
        )

    def _service(self) -> BlueGreenService:
        props, release = self._props, self._props.service.release
        return BlueGreenService(
            self._scope,
            "Release",
            props=BlueGreenServiceProps(
                name=props.name,
                cluster=props.cluster.cluster,
                cluster_name=props.platform_name,
                task=props.task,
                container_port=props.service.container.port,
                load_balancer=props.load_balancer,
                security_group=props.task_security_group,
                health_check_grace_seconds=props.service.health_check.grace_period_seconds,
                checks=self._checks,
                shift=Shift(
                    strategy=release.strategy,
                    percent=release.step_percent,
                    interval=Duration.minutes(release.step_interval_minutes),
                ),
                approval_minutes=release.approval_minutes,
                hot_standby_minutes=release.hot_standby_minutes,
                alarms=props.alarms,
            ),
        )
