"""A load balancer with two listeners and two target groups, in moto."""

from __future__ import annotations

from typing import Any

import boto3


def load_balancer(
    elbv2: Any, *, name: str
) -> tuple[dict[str, Any], tuple[str, str], tuple[str, str]]:
    """Network configuration, ARNs of the groups (blue, green) and listeners (production, test)."""
    ec2 = boto3.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.0.{part}.0/24", AvailabilityZone=f"eu-central-1{zone}"
        )["Subnet"]["SubnetId"]
        for part, zone in enumerate("ab")
    ]
    security_group = ec2.create_security_group(GroupName="app", Description="app", VpcId=vpc)
    balancer = elbv2.create_load_balancer(Name=name, Subnets=subnets)
    groups = tuple(
        elbv2.create_target_group(
            Name=f"{name}-{colour}", Protocol="HTTP", Port=8080, VpcId=vpc, TargetType="ip"
        )["TargetGroups"][0]["TargetGroupArn"]
        for colour in ("blue", "green")
    )
    listeners = tuple(
        elbv2.create_listener(
            LoadBalancerArn=balancer["LoadBalancers"][0]["LoadBalancerArn"],
            Protocol="HTTP",
            Port=port,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": groups[0]}],
        )["Listeners"][0]["ListenerArn"]
        for port in (80, 8080)
    )
    network = {
        "awsvpcConfiguration": {
            "subnets": subnets,
            "securityGroups": [security_group["GroupId"]],
            "assignPublicIp": "DISABLED",
        }
    }
    return network, (groups[0], groups[1]), (listeners[0], listeners[1])
