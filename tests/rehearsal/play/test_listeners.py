"""Which listener and which target group is which, and where listeners lead."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from rehearsal.play.listeners import BlueGreen, blue_green_of, full_name, shares
from rehearsal.stack import Stack

from ..cloudformation.world import Account
from .deployed import ACCOUNT, REGION, only


def test_listeners_and_groups_are_those_that_the_deployment_group_names(stack: Stack) -> None:
    found = blue_green_of(stack)
    assert _port(found.production) == 443
    assert _port(found.test) == 8443
    assert "/storefront-blue/" in found.blue
    assert "/storefront-green/" in found.green
    balancer = only(stack, "AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert found.load_balancer == balancer.physical_id
    assert (found.colour(found.blue), found.colour(found.green)) == ("blue", "green")


def test_a_stack_without_a_deployment_group_has_none() -> None:
    with Account.open() as account, pytest.raises(KeyError, match="DeploymentGroup"):
        blue_green_of(account.stack)


def test_a_listener_leads_where_it_was_last_told(stack: Stack) -> None:
    found = blue_green_of(stack)
    assert shares(ACCOUNT, REGION, found.production) == {found.blue: 1}
    _split(found, blue=80, green=20)
    assert shares(ACCOUNT, REGION, found.production) == {found.blue: 80, found.green: 20}
    assert shares(ACCOUNT, REGION, found.test) == {found.blue: 1}


def test_a_listener_that_is_not_there_leads_nowhere(stack: Stack) -> None:
    found = blue_green_of(stack)
    assert shares(ACCOUNT, REGION, f"{found.production}0") == {}
    assert shares("999999999999", REGION, found.production) == {}


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        (
            "arn:aws:elasticloadbalancing:eu-central-1:1:loadbalancer/app/storefront/50dc6c49",
            "app/storefront/50dc6c49",
        ),
        (
            "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/storefront-blue/73e2d6bc",
            "targetgroup/storefront-blue/73e2d6bc",
        ),
    ],
)
def test_full_names_are_what_dimensions_hold(arn: str, name: str) -> None:
    assert full_name(arn) == name


def _port(listener: str) -> int:
    (found,) = _elbv2().describe_listeners(ListenerArns=[listener])["Listeners"]
    return int(found["Port"])


def _split(found: BlueGreen, *, blue: int, green: int) -> None:
    groups = [
        {"TargetGroupArn": found.blue, "Weight": blue},
        {"TargetGroupArn": found.green, "Weight": green},
    ]
    forward = {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}
    _elbv2().modify_listener(ListenerArn=found.production, DefaultActions=[forward])


def _elbv2() -> Any:
    return boto3.client("elbv2")
