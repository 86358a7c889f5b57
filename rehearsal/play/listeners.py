"""Where the listeners of a deployed service lead at this moment, read from moto without a call.

It is asked ten times a second; moto runs in this process, under the caller's lock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.elbv2.models import elbv2_backends

from ..stack import Stack
from ..traffic import weights


@dataclass(frozen=True, kw_only=True)
class BlueGreen:
    """The load balancer, listeners and target groups that a service's stack has made (ARNs).

    ``production`` and ``test`` are told apart by the deployment group, which names them.
    """

    load_balancer: str
    production: str
    test: str
    blue: str
    green: str

    def colour(self, target_group: str) -> str:
        """``blue`` or ``green``."""
        return "blue" if target_group == self.blue else "green"


def blue_green_of(stack: Stack) -> BlueGreen:
    """Read a deployed stack's resources. Raises `KeyError` when it has no deployment group."""
    by_type: dict[str, list[Any]] = {}
    for one in stack.resources.values():
        by_type.setdefault(one.type, []).append(one)
    (group,) = by_type["AWS::CodeDeploy::DeploymentGroup"]
    (pair,) = group.properties["LoadBalancerInfo"]["TargetGroupPairInfoList"]
    arns = {
        one.properties["Name"]: one.physical_id
        for one in by_type["AWS::ElasticLoadBalancingV2::TargetGroup"]
    }
    names = [one["Name"] for one in pair["TargetGroups"]]
    (balancer,) = by_type["AWS::ElasticLoadBalancingV2::LoadBalancer"]
    return BlueGreen(
        load_balancer=balancer.physical_id,
        production=pair["ProdTrafficRoute"]["ListenerArns"][0],
        test=pair["TestTrafficRoute"]["ListenerArns"][0],
        blue=next(arns[name] for name in names if name.endswith("-blue")),
        green=next(arns[name] for name in names if name.endswith("-green")),
    )


def shares(account: str, region: str, listener: str) -> Mapping[str, int]:
    """Target group -> weight of a listener's default action; empty when it is not there."""
    for balancer in elbv2_backends[account][region].load_balancers.values():
        found = balancer.listeners.get(listener)
        if found is not None:
            return weights([one.data for one in found.default_actions])
    return {}


def full_name(arn: str) -> str:
    """What CloudWatch's dimensions call a load balancer or a target group.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
    """
    resource = arn.rsplit(":", 1)[1]
    return resource.removeprefix("loadbalancer/")
