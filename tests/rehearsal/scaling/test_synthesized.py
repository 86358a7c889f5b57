"""The alarms and policies of the stacks that would be deployed to Prod, with data published."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest

from rehearsal.clock import play
from rehearsal.cloudwatch.alarms import AlarmChange, AlarmEvaluator
from rehearsal.cloudwatch.metrics import Metric, Metrics
from rehearsal.codedeploy import CodeDeploy
from rehearsal.scaling.target_tracking import ScaleChange, TargetTracking
from rehearsal.stack import Stack
from tests.rehearsal.cloudformation.synthesized import bootstrapped, deployed
from tests.rehearsal.cloudformation.world import Account
from tests.support.templates import Templates

ALB = "AWS/ApplicationELB"
SCALING = "TargetTracking-service/pase/storefront-"


@dataclass
class Prod:
    """Prod's storefront as it was created, with everything that watches it."""

    account: Account
    codedeploy: CodeDeploy
    stack: Stack
    metrics: Metrics
    evaluator: AlarmEvaluator
    tracking: TargetTracking
    alarms: list[AlarmChange] = field(default_factory=list)
    scaled: list[ScaleChange] = field(default_factory=list)

    def minutes(self, count: int, *data: tuple[Metric, float, int]) -> None:
        """Minutes pass, in each of which these values are published so many times."""
        for _ in range(count):
            for metric, value, times in data:
                for _ in range(times):
                    self.metrics.add(metric, value, moment=self.account.clock.now())
            play(self.account.clock, [self.codedeploy, self.evaluator, self.tracking], seconds=60)

    def metric(self, name: str, colour: str = "", *, balancer: bool = True) -> Metric:
        """A metric of a colour's target group, or of the load balancer."""
        dimensions = {"LoadBalancer": self._full_name("LoadBalancer")} if balancer else {}
        if colour:
            dimensions["TargetGroup"] = self._full_name("TargetGroup", f"-{colour}/")
        return Metric.of(ALB, name, **dimensions)

    def in_alarm(self) -> set[str]:
        """The release's alarms that are active."""
        answer = boto3.client("cloudwatch").describe_alarms(AlarmNamePrefix="storefront-")
        return {a["AlarmName"] for a in answer["MetricAlarms"] if a["StateValue"] == "ALARM"}

    def _full_name(self, kind: str, part: str = "") -> str:
        """The part of its ARN that metrics have as their dimension."""
        (arn,) = [
            one.physical_id
            for one in self.stack.resources.values()
            if one.type == f"AWS::ElasticLoadBalancingV2::{kind}" and part in one.physical_id
        ]
        tail = arn.rpartition(":")[2]
        return tail.removeprefix("loadbalancer/")


@pytest.fixture
def prod(templates: Templates) -> Iterator[Prod]:
    """The cluster's, the releases' and the storefront's stack, created."""
    with bootstrapped() as (account, codedeploy):
        stack = deployed(account, templates)
        metrics = Metrics()
        alarms: list[AlarmChange] = []
        scaled: list[ScaleChange] = []
        evaluator = AlarmEvaluator(
            clock=account.clock,
            cloudwatch=boto3.client("cloudwatch"),
            metrics=metrics,
            on_change=alarms.append,
        )
        tracking = TargetTracking(
            clock=account.clock,
            scaling=boto3.client("application-autoscaling"),
            ecs=boto3.client("ecs"),
            metrics=metrics,
            on_scale=scaled.append,
        )
        yield Prod(account, codedeploy, stack, metrics, evaluator, tracking, alarms, scaled)


def test_every_alarm_and_policy_is_evaluated_and_each_watches_its_own_data(prod: Prod) -> None:
    assert prod.stack.not_honoured == []
    prod.minutes(2)
    assert prod.evaluator.unhonoured == []
    assert prod.tracking.unhonoured == []
    assert {one.new for one in prod.alarms if one.name.startswith("storefront-")} == {"OK"}
    assert len([one for one in prod.alarms if one.name.startswith("storefront-")]) == 7
    requests = [prod.metric("RequestCount", colour) for colour in ("blue", "green")]
    well = [(one, 1.0, 200) for one in [*requests, prod.metric("RequestCount")]]
    bad = {
        "storefront-GreenErrorRate": (prod.metric("HTTPCode_Target_5XX_Count", "green"), 1.0, 4),
        "storefront-BlueErrorRate": (prod.metric("HTTPCode_Target_5XX_Count", "blue"), 1.0, 4),
        "storefront-LoadBalancerErrorRate": (prod.metric("HTTPCode_ELB_5XX_Count"), 1.0, 9),
        "storefront-GreenLatency": (prod.metric("TargetResponseTime", "green"), 9.0, 3),
        "storefront-BlueLatency": (prod.metric("TargetResponseTime", "blue"), 9.0, 3),
        "storefront-GreenUnhealthyHosts": (prod.metric("UnHealthyHostCount", "green"), 1.0, 1),
        "storefront-BlueUnhealthyHosts": (prod.metric("UnHealthyHostCount", "blue"), 1.0, 1),
    }
    assert prod.in_alarm() == set()
    for name, data in bad.items():
        prod.minutes(3, *well, data)
        assert prod.in_alarm() == {name}
        prod.minutes(5, *well)
        assert prod.in_alarm() == set()


def test_load_over_blue_and_green_scales_out_unless_a_release_has_suspended_it(prod: Prod) -> None:
    blue, green = (
        prod.metric("RequestCountPerTarget", colour, balancer=False) for colour in ("blue", "green")
    )
    prod.minutes(2)
    assert [one.reason for one in prod.scaled] == ["minimum capacity was set to 3"]
    prod.scaled.clear()
    policies = boto3.client("application-autoscaling").describe_scaling_policies(
        ServiceNamespace="ecs"
    )["ScalingPolicies"]
    (target,) = [
        one["TargetTrackingScalingPolicyConfiguration"]["TargetValue"]
        for one in policies
        if one["PolicyName"] == "storefront-requests"
    ]
    load = [(blue, target, 1), (green, target, 1)]
    suspended = dict.fromkeys(("DynamicScalingInSuspended", "DynamicScalingOutSuspended"), True)
    place = {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/pase/storefront",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling: Any = boto3.client("application-autoscaling")
    scaling.register_scalable_target(**place, SuspendedState=suspended)
    prod.minutes(5, *load)
    assert prod.scaled == []
    scaling.register_scalable_target(**place, SuspendedState=dict.fromkeys(suspended, False))
    prod.minutes(1, *load)
    (change,) = prod.scaled
    assert (change.old, change.new) == (3, 6)
    assert change.reason.endswith("in state ALARM triggered policy storefront-requests")
    (alarm,) = {one.name for one in prod.alarms if one.new == "ALARM" and "AlarmHigh" in one.name}
    assert alarm in change.reason, "CloudWatch shows the same alarm"
    assert change.moment == prod.account.clock.now()


def test_the_alarms_of_the_policies_are_those_of_aws_and_go_with_them(prod: Prod) -> None:
    cloudwatch: Any = boto3.client("cloudwatch")

    def alarms() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = cloudwatch.describe_alarms(AlarmNamePrefix=SCALING)[
            "MetricAlarms"
        ]
        return found

    scaling: Any = boto3.client("application-autoscaling")
    found = scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    targets = sorted(
        one["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] for one in found
    )
    high = [one for one in alarms() if "-AlarmHigh-" in one["AlarmName"]]
    low = [one for one in alarms() if "-AlarmLow-" in one["AlarmName"]]
    assert sorted(one["Threshold"] for one in high) == targets
    assert sorted(one["Threshold"] for one in low) == pytest.approx([0.9 * t for t in targets])
    assert {one["EvaluationPeriods"] for one in high} == {3}
    assert {one["EvaluationPeriods"] for one in low} == {15}
    assert [len(one["Metrics"]) for one in high if one["Metrics"]] == [3]
    prod.stack.delete()
    prod.minutes(1)
    assert alarms() == []
