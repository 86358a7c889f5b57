"""A VPC in three tiers over named zones: public, private with egress, isolated.

The zones are named by the caller because asking AWS for them would need credentials at synth.
Egress addresses are Elastic IPs of our own: the test listeners of public load balancers admit
exactly these addresses.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import RemovalPolicy, Token
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

MAX_ZONES = 3
TIER_BITS = 4
"""Each subnet takes 1/16 of the VPC: three tiers over three zones use nine, seven stay free."""


@dataclass(frozen=True, kw_only=True)
class ThreeTierNetworkProps:
    """What a network is made of.

    ``cidr`` is the VPC's IPv4 network (/16 to /22); ``nat_gateways`` is 1 up to the number of
    zones; ``interface_endpoints`` are service names after ``com.amazonaws.<region>.``.
    """

    cidr: str
    availability_zones: Sequence[str]
    nat_gateways: int
    interface_endpoints: Sequence[str]
    log_key: kms.IKey
    flow_log_retention: logs.RetentionDays
    removal_policy: RemovalPolicy


class ThreeTierNetwork(Construct):
    """The VPC, its egress addresses, endpoints and flow logs.

    Attributes: ``vpc``; ``egress_cidrs`` (the NAT gateways' addresses as /32 networks).
    """

    def __init__(self, scope: Construct, id: str, *, props: ThreeTierNetworkProps) -> None:
        super().__init__(scope, id)
        zones = list(props.availability_zones)
        mask = ipaddress.ip_network(props.cidr).prefixlen + TIER_BITS
        addresses = [
            ec2.CfnEIP(self, f"EgressAddress{number}", domain="vpc")
            for number in range(1, props.nat_gateways + 1)
        ]
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr(props.cidr),
            availability_zones=zones,
            # A zone added later takes the addresses kept for it; no existing subnet moves.
            reserved_azs=MAX_ZONES - len(zones),
            nat_gateways=props.nat_gateways,
            nat_gateway_provider=ec2.NatProvider.gateway(
                eip_allocation_ids=[address.attr_allocation_id for address in addresses]
            ),
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="Public",
                    subnet_type=ec2.SubnetType.PUBLIC,
                    cidr_mask=mask,
                    map_public_ip_on_launch=False,
                ),
                ec2.SubnetConfiguration(
                    name="Private",
                    subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS,
                    cidr_mask=mask,
                ),
                ec2.SubnetConfiguration(
                    name="Isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=mask
                ),
            ],
            restrict_default_security_group=True,
        )
        self.egress_cidrs = [f"{address.attr_public_ip}/32" for address in addresses]
        self._add_flow_log(props)
        self._add_endpoints(props.cidr, props.interface_endpoints)

    def _add_flow_log(self, props: ThreeTierNetworkProps) -> None:
        group = logs.LogGroup(
            self,
            "FlowLogGroup",
            retention=props.flow_log_retention,
            encryption_key=props.log_key,
            removal_policy=props.removal_policy,
        )
        self.vpc.add_flow_log(
            "FlowLog", destination=ec2.FlowLogDestination.to_cloud_watch_logs(group)
        )

    def _add_endpoints(self, cidr: str, names: Sequence[str]) -> None:
        # Gateway endpoints cost nothing and keep image layers (S3) off the NAT gateways.
        self.vpc.add_gateway_endpoint("S3Endpoint", service=ec2.GatewayVpcEndpointAwsService.S3)
        if not names:
            return
        group = ec2.SecurityGroup(
            self,
            "EndpointSecurityGroup",
            vpc=self.vpc,
            description="Interface endpoints: HTTPS from inside the VPC",
            allow_all_outbound=False,
        )
        group.add_ingress_rule(ec2.Peer.ipv4(cidr), ec2.Port.HTTPS, "HTTPS from the VPC")
        for name in names:
            self.vpc.add_interface_endpoint(
                f"{pascal_case(name)}Endpoint",
                service=ec2.InterfaceVpcEndpointAwsService(name),
                security_groups=[group],
                open=False,
                private_dns_enabled=True,
            )


def pascal_case(name: str) -> str:
    """``ecr.api`` -> ``EcrApi``; for logical ids made from a service's or an endpoint's name."""
    if Token.is_unresolved(name):
        raise ValueError("a logical id cannot be made from a value known only at deployment")
    return "".join(part.capitalize() for part in name.replace(".", "-").split("-"))
