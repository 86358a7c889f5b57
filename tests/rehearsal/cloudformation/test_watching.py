"""Alarms and scaling policies that a stack makes."""

from __future__ import annotations

import copy
from typing import Any

import boto3
import pytest

from .world import Account, template

ALARM: dict[str, Any] = {
    "Type": "AWS::CloudWatch::Alarm",
    "Properties": {
        "AlarmName": "slow",
        "Namespace": "Shop",
        "MetricName": "Latency",
        "Statistic": "Maximum",
        "Period": "60",
        "EvaluationPeriods": 3,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanThreshold",
    },
}
TARGET: dict[str, Any] = {
    "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
    "Properties": {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/pase/shop",
        "ScalableDimension": "ecs:service:DesiredCount",
        "MinCapacity": 1,
        "MaxCapacity": 9,
    },
}
POLICY: dict[str, Any] = {
    "Type": "AWS::ApplicationAutoScaling::ScalingPolicy",
    "Properties": {
        "PolicyName": "shop-cpu",
        "PolicyType": "TargetTrackingScaling",
        "ScalingTargetId": {"Ref": "Target"},
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": "50",
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ECSServiceAverageMemoryUtilization"
            },
        },
    },
}


def changed(resource: dict[str, Any], **properties: Any) -> dict[str, Any]:
    """The resource with other properties."""
    found = copy.deepcopy(resource)
    found["Properties"] |= properties
    return found


def alarms() -> dict[str, tuple[str, float]]:
    """Kind of the alarms of a policy -> metric and threshold."""
    found = boto3.client("cloudwatch").describe_alarms(AlarmNamePrefix="TargetTracking-")
    return {
        one["AlarmName"].split("-")[2]: (one["MetricName"], one["Threshold"])
        for one in found["MetricAlarms"]
    }


@pytest.fixture
def service(account: Account) -> Account:
    """An account with the service that is scaled."""
    ecs = boto3.client("ecs")
    ecs.create_cluster(clusterName="pase")
    ecs.create_service(
        cluster="pase", serviceName="shop", deploymentController={"type": "EXTERNAL"}
    )
    return account


def test_an_alarm_that_is_changed_stays_in_its_state(account: Account) -> None:
    account.stack.create(template(Alarm=ALARM))
    cloudwatch = boto3.client("cloudwatch")
    cloudwatch.set_alarm_state(AlarmName="slow", StateValue="ALARM", StateReason="it is slow")
    account.stack.update(template(Alarm=changed(ALARM, Threshold=2)))
    (alarm,) = cloudwatch.describe_alarms()["MetricAlarms"]
    assert (alarm["Threshold"], alarm["StateValue"]) == (2, "ALARM")
    assert alarm["StateReason"] == "it is slow"


def test_a_policy_is_put_with_the_alarms_that_aws_makes_for_it(service: Account) -> None:
    service.stack.create(template(Target=TARGET, Policy=POLICY))
    assert service.stack.status == "CREATE_COMPLETE"
    assert service.stack.not_honoured == []
    scaling = boto3.client("application-autoscaling")
    (policy,) = scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    assert service.stack.resources["Policy"].physical_id == policy["PolicyARN"]
    assert policy["ResourceId"] == "service/pase/shop"
    assert policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 50
    assert alarms() == {
        "AlarmHigh": ("MemoryUtilization", 50),
        "AlarmLow": ("MemoryUtilization", 45),
    }


def test_a_changed_policy_stays_the_same_one_and_leaves_no_alarm_behind(service: Account) -> None:
    service.stack.create(template(Target=TARGET, Policy=POLICY))
    arn = service.stack.resources["Policy"].physical_id
    configuration = {
        "TargetValue": 80,
        "PredefinedMetricSpecification": {
            "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
        },
    }
    other = changed(POLICY, TargetTrackingScalingPolicyConfiguration=configuration)
    service.stack.update(template(Target=TARGET, Policy=other))
    assert service.stack.status == "UPDATE_COMPLETE"
    assert service.stack.resources["Policy"].physical_id == arn
    assert alarms() == {"AlarmHigh": ("CPUUtilization", 80), "AlarmLow": ("CPUUtilization", 72)}
    service.stack.update(template(Target=TARGET))
    assert alarms() == {}
    scaling = boto3.client("application-autoscaling")
    assert scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"] == []


def test_a_policy_with_a_metric_that_is_not_known_is_put_and_listed(service: Account) -> None:
    configuration = {
        "TargetValue": 80,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "KafkaBrokerStorageUtilization"},
    }
    other = changed(POLICY, TargetTrackingScalingPolicyConfiguration=configuration)
    service.stack.create(template(Target=TARGET, Policy=other))
    assert service.stack.status == "CREATE_COMPLETE"
    (found,) = service.stack.not_honoured
    assert "its metric is KafkaBrokerStorageUtilization" in found.why
    assert alarms() == {}
