"""The network of one environment in one Region, with what watches it."""

from __future__ import annotations

from typing import Any

from aws_cdk import Duration, Stack
from aws_cdk import aws_kms as kms
from constructs import Construct

from config.model.environment import Environment, RegionalCell
from constructs_lib.access_log_bucket import AccessLogBucket
from constructs_lib.acknowledge import acknowledge
from constructs_lib.three_tier_network import ThreeTierNetwork, ThreeTierNetworkProps
from stacks.retention import log_retention, removal_policy


class NetworkStack(Stack):
    """VPC, egress addresses, endpoints, flow logs and the bucket for load balancers' access logs.

    Attributes: ``network``, ``log_key``, ``access_logs``.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        platform_name: str,
        environment: Environment,
        cell: RegionalCell,
        **kwargs: Any,
    ) -> None:
        self._zones = list(cell.availability_zones)
        super().__init__(scope, id, **kwargs)
        removal = removal_policy(environment)
        # The CDK lets CloudWatch Logs of this account use the key with the first log group.
        self.log_key = kms.Key(
            self,
            "LogKey",
            alias=f"alias/{platform_name}/logs",
            description="Encrypts the log groups of this environment",
            enable_key_rotation=True,
            removal_policy=removal,
        )
        per_zone = environment.network.nat_gateways == "one_per_zone"
        self.network = ThreeTierNetwork(
            self,
            "Network",
            props=ThreeTierNetworkProps(
                cidr=cell.cidr,
                availability_zones=cell.availability_zones,
                nat_gateways=len(cell.availability_zones) if per_zone else 1,
                interface_endpoints=environment.network.interface_endpoints,
                log_key=self.log_key,
                flow_log_retention=log_retention(environment.network.flow_log_retention_days),
                removal_policy=removal,
            ),
        )
        self.access_logs = AccessLogBucket(
            self,
            "AccessLogs",
            retention=Duration.days(environment.logs.retention_days),
            removal_policy=removal,
        )
        acknowledge(
            self.access_logs.bucket,
            "AwsSolutions-S1",
            "This bucket is the destination of access logs, which only Elastic Load Balancing "
            "writes; logging its own deliveries to itself would loop.",
        )
        acknowledge(
            self,
            "CloudFormation-Validate::W3010",
            "The zones are literal because the configuration names them; asking AWS for them would "
            "need credentials at synth.",
        )

    @property
    def availability_zones(self) -> list[str]:
        """The configured zones. The CDK would otherwise ask the account, with credentials."""
        return self._zones
