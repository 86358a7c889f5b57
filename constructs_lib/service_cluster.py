"""An ECS cluster on Fargate with Container Insights and audited, encrypted exec sessions."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_servicediscovery as servicediscovery
from constructs import Construct


@dataclass(frozen=True, kw_only=True)
class ServiceClusterProps:
    """What a cluster is made of. ``namespace`` is the private DNS name for service discovery."""

    name: str
    vpc: ec2.IVpc
    namespace: str
    enhanced_insights: bool
    session_key: kms.IKey
    log_retention: logs.RetentionDays
    removal_policy: RemovalPolicy


class ServiceCluster(Construct):
    """The cluster. Attributes: ``cluster``, ``session_log_group``."""

    def __init__(self, scope: Construct, id: str, *, props: ServiceClusterProps) -> None:
        super().__init__(scope, id)
        self.session_log_group = logs.LogGroup(
            self,
            "ExecSessions",
            retention=props.log_retention,
            encryption_key=props.session_key,
            removal_policy=props.removal_policy,
        )
        self.cluster = ecs.Cluster(
            self,
            "Cluster",
            cluster_name=props.name,
            vpc=props.vpc,
            container_insights_v2=ecs.ContainerInsights.ENHANCED
            if props.enhanced_insights
            else ecs.ContainerInsights.ENABLED,
            enable_fargate_capacity_providers=True,
            execute_command_configuration=ecs.ExecuteCommandConfiguration(
                kms_key=props.session_key,
                log_configuration=ecs.ExecuteCommandLogConfiguration(
                    cloud_watch_log_group=self.session_log_group,
                    cloud_watch_encryption_enabled=True,
                ),
                logging=ecs.ExecuteCommandLogging.OVERRIDE,
            ),
            default_cloud_map_namespace=ecs.CloudMapNamespaceOptions(
                name=props.namespace,
                type=servicediscovery.NamespaceType.DNS_PRIVATE,
                vpc=props.vpc,
            ),
        )
