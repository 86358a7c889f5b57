"""One service in one environment: all it needs to be reached, released, scaled and watched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aws_cdk import CustomResource, Duration, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_s3 as s3
from constructs import Construct

from config.model.environment import Environment, RegionalCell
from config.model.service import ScheduledPeak, Service
from constructs_lib.blue_green_load_balancer import (
    BlueGreenLoadBalancer,
    BlueGreenLoadBalancerProps,
    TargetHealthProps,
)
from constructs_lib.readable_secret import ReadableSecret
from constructs_lib.release_alarms import AlarmWindow, ReleaseAlarms, ReleaseAlarmsProps
from constructs_lib.released_image import ReleasedImage, refuse_unknown_image
from constructs_lib.service_task import ServiceTask, ServiceTaskProps
from constructs_lib.target_tracking import Peak, TargetTracking, TargetTrackingProps
from stacks.cluster import ClusterStack
from stacks.cron import peak_end, peak_start
from stacks.names import execution_role_name, task_role_name
from stacks.retention import log_retention, removal_policy
from stacks.service_release import ServiceRelease, ServiceReleaseProps
from stacks.service_traffic import ServiceTraffic, ServiceTrafficProps

ANYWHERE = "0.0.0.0/0"


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a service's stack takes from the stacks before it."""

    vpc: ec2.IVpc
    egress_cidrs: list[str]
    access_logs: s3.IBucket
    log_key: kms.IKey
    cluster: ClusterStack
    live_target_group_token: str
    database_security_group: ec2.ISecurityGroup
    database_secret: ReadableSecret | None
    api_keys: Mapping[str, ReadableSecret]
    """Variable -> secret."""


class ServiceStack(Stack):
    """Load balancer, task, service, scaling, alarms, checks and release of one service."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        platform_name: str,
        environment_name: str,
        environment: Environment,
        cell: RegionalCell,
        service_name: str,
        service: Service,
        image: ReleasedImage,
        surroundings: Surroundings,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id, **kwargs)
        self._platform_name = platform_name
        self._environment_name = environment_name
        self._environment = environment
        self._cell = cell
        self._name = service_name
        self._service = service
        self._image = image
        self._around = surroundings
        self._domain_name = f"{service.load_balancer.host}.{cell.hosted_zone.name}"
        self._log_retention: logs.RetentionDays = log_retention(environment.logs.retention_days)

        refuse_unknown_image(self, image=image, service=service_name)
        balancer = self._load_balancer()
        traffic = ServiceTraffic(
            self,
            props=ServiceTrafficProps(
                service=service_name,
                vpc=surroundings.vpc,
                public=service.load_balancer.public,
                port=service.container.port,
                load_balancer=balancer.security_group,
                database=surroundings.database_security_group
                if service.database is not None
                else None,
            ),
        )
        task = self._task()
        alarms = self._alarms(balancer)
        release = self._release(balancer, task, alarms, traffic)
        scaling = self._scaling(balancer)
        scaling.node.add_dependency(release.released.service)
        count = self._task_count(scaling)
        # The count is not touched while two task sets are there, so it comes before the release.
        release.start(after=[count])

    def _load_balancer(self) -> BlueGreenLoadBalancer:
        settings = self._service.load_balancer
        health = self._service.health_check
        everyone = ANYWHERE if settings.public else self._cell.cidr
        return BlueGreenLoadBalancer(
            self,
            "LoadBalancer",
            props=BlueGreenLoadBalancerProps(
                service=self._name,
                cluster_name=self._platform_name,
                live_target_group_token=self._around.live_target_group_token,
                vpc=self._around.vpc,
                public=settings.public,
                domain_name=self._domain_name,
                hosted_zone=route53.HostedZone.from_hosted_zone_attributes(
                    self,
                    "HostedZone",
                    hosted_zone_id=self._cell.hosted_zone.id,
                    zone_name=self._cell.hosted_zone.name,
                ),
                allowed_cidrs=settings.allowed_cidrs or (everyone,),
                test_cidrs=self._around.egress_cidrs if settings.public else (),
                container_port=self._service.container.port,
                idle_timeout=Duration.seconds(settings.idle_timeout_seconds),
                health=TargetHealthProps(
                    path=health.path,
                    interval=Duration.seconds(health.interval_seconds),
                    timeout=Duration.seconds(health.timeout_seconds),
                    healthy_threshold=health.healthy_threshold,
                    unhealthy_threshold=health.unhealthy_threshold,
                    deregistration_delay=Duration.seconds(settings.deregistration_delay_seconds),
                ),
                access_logs=self._around.access_logs,
                deletion_protection=self._environment.database.deletion_protection,
            ),
        )

    def _task(self) -> ServiceTask:
        container = self._service.container
        secret = self._around.database_secret
        database = self._service.database
        at_run_time = database is not None and database.delivery == "runtime"
        environment = {
            **container.environment,
            "SERVICE": self._name,
            "ENVIRONMENT": self._environment_name,
            "VERSION": self._image.digest or "unknown",
            "PORT": str(container.port),
        }
        readable = dict(self._around.api_keys)
        if secret is not None and at_run_time:
            readable["DATABASE_SECRET_ID"] = secret
        environment |= {variable: one.arn for variable, one in readable.items()}
        return ServiceTask(
            self,
            "Task",
            props=ServiceTaskProps(
                service=self._name,
                task_role_name=task_role_name(self._platform_name, self._name, self.region),
                execution_role_name=execution_role_name(
                    self._platform_name, self._name, self.region
                ),
                image=self._image,
                cpu=container.cpu,
                memory=container.memory,
                arm64=container.architecture == "ARM64",
                port=container.port,
                user=container.user,
                command=container.command,
                health_command=container.health_command,
                stop_timeout=Duration.seconds(container.stop_timeout_seconds),
                environment=environment,
                readable_secrets=list(readable.values()),
                injected_secrets={"DATABASE_SECRET": secret}
                if secret is not None and not at_run_time
                else {},
                cluster_name=self._platform_name,
                session_key=self._around.cluster.session_key,
                session_log_group=self._around.cluster.session_log_group,
                log_retention=self._log_retention,
                log_removal_policy=removal_policy(self._environment),
            ),
        )

    def _alarms(self, balancer: BlueGreenLoadBalancer) -> ReleaseAlarms:
        alarms = self._service.alarms
        return ReleaseAlarms(
            self,
            "Alarms",
            props=ReleaseAlarmsProps(
                name_prefix=self._name,
                load_balancer_full_name=balancer.load_balancer.load_balancer_full_name,
                blue=balancer.blue,
                green=balancer.green,
                error_rate=alarms.error_rate_percent,
                latency_p99_ms=alarms.latency_p99_ms,
                window=AlarmWindow(
                    period_seconds=alarms.period_seconds,
                    periods=alarms.evaluation_periods,
                    datapoints=alarms.datapoints_to_alarm,
                ),
            ),
        )

    def _release(
        self,
        balancer: BlueGreenLoadBalancer,
        task: ServiceTask,
        alarms: ReleaseAlarms,
        traffic: ServiceTraffic,
    ) -> ServiceRelease:
        return ServiceRelease(
            self,
            props=ServiceReleaseProps(
                platform_name=self._platform_name,
                environment_name=self._environment_name,
                name=self._name,
                service=self._service,
                image=self._image,
                domain_name=self._domain_name,
                vpc=self._around.vpc,
                cluster=self._around.cluster,
                load_balancer=balancer,
                task=task,
                alarms=alarms,
                task_security_group=traffic.tasks,
                checks_security_group=traffic.checks,
                log_retention=self._log_retention,
                log_removal_policy=removal_policy(self._environment),
            ),
        )

    def _scaling(self, balancer: BlueGreenLoadBalancer) -> TargetTracking:
        scaling = self._service.scaling
        return TargetTracking(
            self,
            "Scaling",
            props=TargetTrackingProps(
                cluster_name=self._platform_name,
                service_name=self._name,
                blue=balancer.blue,
                green=balancer.green,
                enabled=scaling.enabled,
                min_tasks=scaling.min_tasks,
                max_tasks=scaling.max_tasks,
                cpu_percent=scaling.cpu_percent,
                memory_percent=scaling.memory_percent,
                requests=scaling.requests_per_target,
                scale_out_cooldown_seconds=scaling.scale_out_cooldown_seconds,
                scale_in_cooldown_seconds=scaling.scale_in_cooldown_seconds,
                peaks=[_peak(peak) for peak in scaling.peaks],
            ),
        )

    def _task_count(self, scaling: TargetTracking) -> CustomResource:
        count = CustomResource(
            self,
            "TaskCount",
            resource_type="Custom::TaskCount",
            service_token=self._around.cluster.task_count.function.function_arn,
            properties={
                "Cluster": self._platform_name,
                "Service": self._name,
                "DesiredTasks": str(self._service.scaling.desired_tasks),
                "ScalingEnabled": "true" if self._service.scaling.enabled else "false",
            },
        )
        count.node.add_dependency(scaling)
        return count


def _peak(peak: ScheduledPeak) -> Peak:
    return Peak(
        name=peak.name,
        time_zone=peak.time_zone,
        start=peak_start(peak),
        end=peak_end(peak),
        min_tasks=peak.min_tasks,
        max_tasks=peak.max_tasks,
    )
