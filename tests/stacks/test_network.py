"""The network: three tiers over the zones, egress through addresses of ours, nothing left open."""

from __future__ import annotations

import ipaddress
from collections import Counter
from typing import Any

import pytest

from tests.support.templates import STAGES, Json, Stack, Templates, allowed, strings

CIDRS = {"Dev": "10.10.0.0/16", "Staging": "10.15.0.0/16", "Prod": "10.20.0.0/16"}
ZONES = ("ap-southeast-1a", "ap-southeast-1b", "ap-southeast-1c")
NAT_GATEWAYS = {"Dev": 1, "Staging": 3, "Prod": 3}
INTERFACE_ENDPOINTS = {
    "ecr.api",
    "ecr.dkr",
    "kms",
    "logs",
    "monitoring",
    "secretsmanager",
    "ssm",
    "sts",
}


@pytest.fixture(params=STAGES)
def stage(request: pytest.FixtureRequest) -> str:
    """Each environment in turn."""
    name: str = request.param
    return name


@pytest.fixture
def network(templates: Templates, stage: str) -> Stack:
    """The environment's network stack."""
    return templates[stage, "Network"]


def tier(subnet: Json) -> str:
    """The tier the subnet belongs to, by the tag the CDK gives it."""
    tags = {tag["Key"]: tag["Value"] for tag in subnet["Tags"]}
    return str(tags["aws-cdk:subnet-name"])


def routes(network: Stack, subnet: str) -> list[Json]:
    """The routes of the table that the subnet is associated with."""
    _, association = network.only("AWS::EC2::SubnetRouteTableAssociation", SubnetId={"Ref": subnet})
    return [
        route
        for route in network.of_type("AWS::EC2::Route").values()
        if route["RouteTableId"] == association["RouteTableId"]
    ]


def subnets(network: Stack, of_tier: str) -> dict[str, Json]:
    """Logical id -> subnet of the tier."""
    every = network.of_type("AWS::EC2::Subnet")
    return {key: subnet for key, subnet in every.items() if tier(subnet) == of_tier}


def test_the_vpc_has_the_environments_addresses(network: Stack, stage: str) -> None:
    assert network.one("AWS::EC2::VPC")["CidrBlock"] == CIDRS[stage]


def test_no_two_environments_share_addresses(templates: Templates) -> None:
    networks = [
        ipaddress.ip_network(templates[stage, "Network"].one("AWS::EC2::VPC")["CidrBlock"])
        for stage in STAGES
    ]

    assert not any(
        one.overlaps(other) for i, one in enumerate(networks) for other in networks[i + 1 :]
    )


def test_each_zone_has_a_subnet_of_each_tier(network: Stack) -> None:
    placed = Counter(
        (tier(subnet), subnet["AvailabilityZone"])
        for subnet in network.of_type("AWS::EC2::Subnet").values()
    )

    assert placed == {(t, zone): 1 for t in ("Public", "Private", "Isolated") for zone in ZONES}


def test_subnets_are_disjoint_inside_the_vpc_and_leave_room(network: Stack, stage: str) -> None:
    vpc = ipaddress.IPv4Network(CIDRS[stage])
    blocks = [
        ipaddress.IPv4Network(subnet["CidrBlock"])
        for subnet in network.of_type("AWS::EC2::Subnet").values()
    ]

    assert all(block.subnet_of(vpc) for block in blocks)
    assert not any(one.overlaps(b) for i, one in enumerate(blocks) for b in blocks[i + 1 :])
    assert sum(block.num_addresses for block in blocks) * 16 == vpc.num_addresses * 9


def test_no_subnet_gives_out_public_addresses_by_itself(network: Stack) -> None:
    assert {s["MapPublicIpOnLaunch"] for s in network.of_type("AWS::EC2::Subnet").values()} == {
        False
    }


def test_public_subnets_go_to_the_internet_gateway(network: Stack) -> None:
    gateway, _ = network.only("AWS::EC2::InternetGateway")
    for subnet in subnets(network, "Public"):
        (route,) = routes(network, subnet)

        assert route["DestinationCidrBlock"] == "0.0.0.0/0"
        assert route["GatewayId"] == {"Ref": gateway}


def test_private_subnets_go_out_through_a_nat_gateway_in_their_own_zone_where_there_is_one(
    network: Stack, stage: str
) -> None:
    gateways = network.of_type("AWS::EC2::NatGateway")
    every = network.of_type("AWS::EC2::Subnet")
    for logical_id, subnet in subnets(network, "Private").items():
        (route,) = routes(network, logical_id)
        gateway = gateways[route["NatGatewayId"]["Ref"]]
        zone = every[gateway["SubnetId"]["Ref"]]["AvailabilityZone"]

        assert route["DestinationCidrBlock"] == "0.0.0.0/0"
        if NAT_GATEWAYS[stage] == len(ZONES):
            assert zone == subnet["AvailabilityZone"]


def test_isolated_subnets_have_no_way_out(network: Stack) -> None:
    assert len(subnets(network, "Isolated")) == 3
    for subnet in subnets(network, "Isolated"):
        assert routes(network, subnet) == []


def test_nat_gateways_stand_in_public_subnets_each_with_an_address_of_ours(
    network: Stack, stage: str
) -> None:
    addresses = network.of_type("AWS::EC2::EIP")
    gateways = network.of_type("AWS::EC2::NatGateway").values()

    assert len(gateways) == NAT_GATEWAYS[stage]
    assert sorted(gateway["AllocationId"]["Fn::GetAtt"][0] for gateway in gateways) == sorted(
        addresses
    )
    assert {gateway["SubnetId"]["Ref"] for gateway in gateways} <= set(subnets(network, "Public"))


def test_the_default_security_group_is_closed(network: Stack) -> None:
    vpc, _ = network.only("AWS::EC2::VPC")
    closing = network.one("Custom::VpcRestrictDefaultSG")

    assert closing["DefaultSecurityGroupId"] == {"Fn::GetAtt": [vpc, "DefaultSecurityGroup"]}


def test_all_traffic_is_logged_encrypted_and_for_the_configured_time(
    network: Stack, stage: str
) -> None:
    vpc, _ = network.only("AWS::EC2::VPC")
    flow_log = network.one("AWS::EC2::FlowLog")
    group = network.of_type("AWS::Logs::LogGroup")[flow_log["LogGroupName"]["Ref"]]

    assert (flow_log["ResourceId"], flow_log["TrafficType"]) == ({"Ref": vpc}, "ALL")
    assert group["RetentionInDays"] == {"Dev": 7, "Staging": 30, "Prod": 365}[stage]
    assert group["KmsKeyId"]["Fn::GetAtt"][0] in network.of_type("AWS::KMS::Key")


def test_interface_endpoints_are_those_of_the_configuration(network: Stack, stage: str) -> None:
    endpoints = [
        endpoint
        for endpoint in network.of_type("AWS::EC2::VPCEndpoint").values()
        if endpoint["VpcEndpointType"] == "Interface"
    ]
    names = {e["ServiceName"].removeprefix("com.amazonaws.ap-southeast-1.") for e in endpoints}

    assert names == (set() if stage == "Dev" else INTERFACE_ENDPOINTS)
    assert all(endpoint["PrivateDnsEnabled"] is True for endpoint in endpoints)
    assert all(
        {subnet["Ref"] for subnet in endpoint["SubnetIds"]} == set(subnets(network, "Private"))
        for endpoint in endpoints
    )


def test_interface_endpoints_admit_https_from_the_vpc_only(network: Stack, stage: str) -> None:
    groups = network.of_type("AWS::EC2::SecurityGroup")
    rules: list[Any] = [r for group in groups.values() for r in group["SecurityGroupIngress"]]
    expected = [(CIDRS[stage], "tcp", 443, 443)] if stage != "Dev" else []

    assert [(r["CidrIp"], r["IpProtocol"], r["FromPort"], r["ToPort"]) for r in rules] == expected


def test_every_subnet_reaches_s3_without_leaving_the_network(network: Stack) -> None:
    (gateway,) = [
        endpoint
        for endpoint in network.of_type("AWS::EC2::VPCEndpoint").values()
        if endpoint["VpcEndpointType"] == "Gateway"
    ]

    assert "".join(part for part in strings(gateway["ServiceName"])).endswith(".s3")
    assert {table["Ref"] for table in gateway["RouteTableIds"]} == set(
        network.of_type("AWS::EC2::RouteTable")
    )


def test_only_load_balancers_of_this_account_may_write_access_logs(
    network: Stack,
) -> None:
    policy = network.one("AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    allowing = [statement for statement in policy if statement["Effect"] == "Allow"]

    assert [(s["Principal"], s["Action"], s["Condition"]) for s in allowing] == [
        (
            {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
            "s3:PutObject",
            {
                "ArnLike": {
                    "aws:SourceArn": f"arn:aws:elasticloadbalancing:ap-southeast-1:"
                    f"{network.account}:loadbalancer/*"
                }
            },
        )
    ]


def test_the_flow_logs_role_may_write_flow_logs_only(network: Stack) -> None:
    group = network.one("AWS::EC2::FlowLog")["LogGroupName"]["Ref"]
    role = network.one("AWS::EC2::FlowLog")["DeliverLogsPermissionArn"]["Fn::GetAtt"][0]

    assert allowed(network.statements(role)) == [
        (
            ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            [{"Fn::GetAtt": [group, "Arn"]}],
            None,
        )
    ]
