"""A network can grow: a zone added later moves no subnet that is there."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from aws_cdk import App, Environment, RemovalPolicy, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk.assertions import Template
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from constructs_lib.three_tier_network import (
    MAX_ZONES,
    TIER_BITS,
    ThreeTierNetwork,
    ThreeTierNetworkProps,
    pascal_case,
)

REGION = "ap-southeast-1"
ZONES = [f"{REGION}{letter}" for letter in "abc"]


def subnets(flags: dict[str, Any], cidr: str, zones: list[str]) -> dict[str, tuple[str, str]]:
    """Logical id -> zone and addresses of every subnet of such a network."""
    app = App(context=flags)
    stack = Stack(app, "Test", env=Environment(account="123456789012", region=REGION))
    ThreeTierNetwork(
        stack,
        "Network",
        props=ThreeTierNetworkProps(
            cidr=cidr,
            availability_zones=zones,
            nat_gateways=1,
            interface_endpoints=[],
            log_key=kms.Key.from_key_arn(
                stack, "Key", f"arn:aws:kms:{REGION}:123456789012:key/{'0' * 8}"
            ),
            flow_log_retention=logs.RetentionDays.ONE_WEEK,
            removal_policy=RemovalPolicy.DESTROY,
        ),
    )
    found = Template.from_stack(stack).find_resources("AWS::EC2::Subnet")
    return {
        logical_id: (
            subnet["Properties"]["AvailabilityZone"],
            subnet["Properties"]["CidrBlock"],
        )
        for logical_id, subnet in found.items()
    }


# Private networks of every size that the configuration allows.
networks = st.builds(
    lambda length, number: str(ipaddress.ip_network((0x0A000000 + (number << 16), length))),
    st.integers(min_value=16, max_value=22),
    st.integers(min_value=0, max_value=255),
)


@settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(cidr=networks)
def test_a_third_zone_moves_no_subnet_of_the_first_two(flags: dict[str, Any], cidr: str) -> None:
    two = subnets(flags, cidr, ZONES[:2])
    three = subnets(flags, cidr, ZONES)
    blocks = [ipaddress.ip_network(block) for _, block in three.values()]

    assert len(two) == 6
    assert two.items() <= three.items()
    assert {zone for logical_id, (zone, _) in three.items() if logical_id not in two} == {ZONES[2]}
    assert not any(one.overlaps(other) for i, one in enumerate(blocks) for other in blocks[i + 1 :])


def test_there_is_room_for_every_tier_in_every_zone() -> None:
    assert 3 * MAX_ZONES <= 2**TIER_BITS


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("ecr.api", "EcrApi"),
        ("storefront", "Storefront"),
        ("order-history", "OrderHistory"),
        ("s3", "S3"),
    ],
)
def test_a_name_becomes_a_logical_id(name: str, id: str) -> None:
    assert pascal_case(name) == id
