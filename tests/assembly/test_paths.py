"""Paths are what the security groups let through, seen from both ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assembly.environment import Path as Way
from assembly.environment_paths import read_paths
from assembly.references import References
from tests.assembly.templates import resource, stack

NOWHERE = {"CidrIp": "255.255.255.255/32", "IpProtocol": "icmp", "FromPort": 252, "ToPort": 86}


def rule(port: int, protocol: str = "tcp", **ends: Any) -> dict[str, Any]:
    return {"IpProtocol": protocol, "FromPort": port, "ToPort": port, **ends}


def worn(name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, "GroupId"]}


def group(
    *, ingress: list[dict[str, Any]] | None = None, egress: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    return resource(
        "EC2::SecurityGroup",
        GroupDescription="spare",
        SecurityGroupIngress=ingress or [],
        SecurityGroupEgress=egress or [NOWHERE],
    )


def paths(folder: Path, **more: dict[str, Any]) -> list[Way]:
    """The paths of one service behind a load balancer, with further resources."""
    resources = {
        "Balancer": resource(
            "ElasticLoadBalancingV2::LoadBalancer", SecurityGroups=[worn("Front")]
        ),
        "Service": resource(
            "ECS::Service",
            ServiceName="web",
            NetworkConfiguration={"AwsvpcConfiguration": {"SecurityGroups": [worn("Tasks")]}},
        ),
        "Front": group(),
        "Tasks": group(),
        **more,
    }
    one = stack(folder, "Web", resources)
    return list(read_paths([one], References([one]), vpc="10.0.0.0/16"))


def test_a_rule_that_forbids_everything_opens_nothing(tmp_path: Path) -> None:
    assert paths(tmp_path) == []


def test_the_internet_may_reach_a_load_balancer(tmp_path: Path) -> None:
    front = group(ingress=[rule(443, CidrIp="0.0.0.0/0"), rule(8443, CidrIp="0.0.0.0/0")])
    assert paths(tmp_path, Front=front) == [
        Way(source="the internet", target="load balancer of web", ports="443, 8443")
    ]


@pytest.mark.parametrize(("both", "note"), [(True, ""), (False, "admitted, but may not send")])
def test_a_path_between_groups_needs_both_ends(tmp_path: Path, both: bool, note: str) -> None:
    admits = resource(
        "EC2::SecurityGroupIngress",
        **rule(8080, GroupId=worn("Tasks"), SourceSecurityGroupId=worn("Front")),
    )
    sends = resource(
        "EC2::SecurityGroupEgress",
        **rule(8080, GroupId=worn("Front"), DestinationSecurityGroupId=worn("Tasks")),
    )
    found = paths(tmp_path, Admits=admits, **({"Sends": sends} if both else {}))
    assert found == [
        Way(source="load balancer of web", target="tasks of web", ports="8080", note=note)
    ]


def test_a_rule_for_the_vpc_names_who_may_use_it(tmp_path: Path) -> None:
    front = group(ingress=[rule(443, CidrIp="10.0.0.0/16")])
    tasks = group(egress=[rule(443, CidrIp="0.0.0.0/0")])
    way, out = paths(tmp_path, Front=front, Tasks=tasks)
    assert way.note == "open to tasks of web"
    assert (out.source, out.target, out.ports) == ("tasks of web", "the internet", "443")
    assert paths(tmp_path, Front=front)[0].note == "open to nobody"


def test_an_elastic_address_is_the_nat_gateways(tmp_path: Path) -> None:
    address = {"Fn::Join": ["", [{"Fn::GetAtt": ["Address", "PublicIp"]}, "/32"]]}
    front = group(ingress=[rule(8443, CidrIp=address, Description="Checks")])
    found = paths(tmp_path, Front=front, Address=resource("EC2::EIP"))
    assert [(way.source, way.note) for way in found] == [("the NAT gateways", "Checks")]


def test_protocols_other_than_tcp_are_named(tmp_path: Path) -> None:
    every = {"IpProtocol": "-1", "CidrIp": "192.0.2.0/24"}
    front = group(ingress=[rule(53, "udp", CidrIp="0.0.0.0/0"), every])
    assert {(way.source, way.ports) for way in paths(tmp_path, Front=front)} == {
        ("the internet", "53 udp"),
        ("192.0.2.0/24", "any"),
    }
