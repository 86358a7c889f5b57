"""Target tracking policies, and the two alarms that Application Auto Scaling makes for each.

https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TargetTrackingScalingPolicyConfiguration.html

Not documented: what these alarms are. Those that AWS makes for ECS services are in ALARM when 3
of 3 minutes were above the target, and when 15 of 15 minutes were below 90 % of it (the
documentation says "usually more than 10% lower").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ..cloudwatch.alarm import Alarm, alarm_of
from ..cloudwatch.query import Unevaluable

DIMENSION = "ecs:service:DesiredCount"
NAMESPACE = "ecs"
HIGH, LOW = "AlarmHigh", "AlarmLow"

_PERIOD = 60
_LOW_SHARE = 0.9
_DEFAULT_COOLDOWN = 300
_UTILIZATION = {
    "ECSServiceAverageCPUUtilization": "CPUUtilization",
    "ECSServiceAverageMemoryUtilization": "MemoryUtilization",
}
_REQUESTS = "ALBRequestCountPerTarget"


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A policy that can be evaluated. ``scale_in``: it does not disable that portion."""

    name: str
    resource_id: str
    target: float
    out_cooldown: timedelta
    in_cooldown: timedelta
    scale_in: bool
    high: Alarm
    low: Alarm


def policy_of(found: Mapping[str, Any]) -> Policy:
    """Read a policy of DescribeScalingPolicies for an ECS service, or raise `Unevaluable`."""
    if found["PolicyType"] != "TargetTrackingScaling":
        raise Unevaluable(
            f"it is of type {found['PolicyType']}; TargetTrackingScaling is evaluated"
        )
    configuration = found["TargetTrackingScalingPolicyConfiguration"]
    alarms = {
        kind: alarm_of({**parameters, "AlarmName": _alarm_name(found, kind)})
        for kind, parameters in alarm_parameters(found["ResourceId"], configuration).items()
    }
    return Policy(
        name=found["PolicyName"],
        resource_id=found["ResourceId"],
        target=float(configuration["TargetValue"]),
        out_cooldown=_cooldown(configuration, "ScaleOutCooldown"),
        in_cooldown=_cooldown(configuration, "ScaleInCooldown"),
        scale_in=not configuration.get("DisableScaleIn", False),
        high=alarms[HIGH],
        low=alarms[LOW],
    )


def alarm_parameters(
    resource_id: str, configuration: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """`HIGH` and `LOW` -> parameters of PutMetricAlarm, without a name.

    Raises `Unevaluable` for a metric that is not known here.
    """
    target = float(configuration["TargetValue"])
    metric = _metric(resource_id, configuration)
    return {
        HIGH: {
            **metric,
            "ComparisonOperator": "GreaterThanThreshold",
            "EvaluationPeriods": 3,
            "Threshold": target,
        },
        LOW: {
            **metric,
            "ComparisonOperator": "LessThanThreshold",
            "EvaluationPeriods": 15,
            "Threshold": target * _LOW_SHARE,
        },
    }


def _metric(resource_id: str, configuration: Mapping[str, Any]) -> dict[str, Any]:
    predefined = configuration.get("PredefinedMetricSpecification")
    if predefined:
        return _predefined(resource_id, predefined)
    customized = configuration["CustomizedMetricSpecification"]
    if customized.get("Metrics"):
        return {"Metrics": [_with_period(query) for query in customized["Metrics"]]}
    return {
        "Namespace": customized["Namespace"],
        "MetricName": customized["MetricName"],
        "Dimensions": customized.get("Dimensions", []),
        "Statistic": customized["Statistic"],
        "Period": _PERIOD,
    }


def _predefined(resource_id: str, specification: Mapping[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/autoscaling/application/userguide/monitoring-cloudwatch.html"""
    kind = specification["PredefinedMetricType"]
    if kind in _UTILIZATION:
        cluster, service = cluster_and_service(resource_id)
        return {
            "Namespace": "AWS/ECS",
            "MetricName": _UTILIZATION[kind],
            "Dimensions": [
                {"Name": "ClusterName", "Value": cluster},
                {"Name": "ServiceName", "Value": service},
            ],
            "Statistic": "Average",
            "Period": _PERIOD,
        }
    if kind == _REQUESTS:
        # app/name/id/targetgroup/name/id
        group = "/".join(str(specification["ResourceLabel"]).split("/")[-3:])
        return {
            "Namespace": "AWS/ApplicationELB",
            "MetricName": "RequestCountPerTarget",
            "Dimensions": [{"Name": "TargetGroup", "Value": group}],
            "Statistic": "Sum",
            "Period": _PERIOD,
        }
    raise Unevaluable(
        f"its metric is {kind}; evaluated are {', '.join([*_UTILIZATION, _REQUESTS])} and "
        "customized ones"
    )


def cluster_and_service(resource_id: str) -> tuple[str, str]:
    """The names in ``service/cluster/service``."""
    _, cluster, service = resource_id.split("/")
    return cluster, service


def _with_period(query: Mapping[str, Any]) -> dict[str, Any]:
    """Target tracking looks at minutes, and its queries name no period."""
    if "MetricStat" not in query:
        return dict(query)
    return {**query, "MetricStat": {**query["MetricStat"], "Period": _PERIOD}}


def _cooldown(configuration: Mapping[str, Any], name: str) -> timedelta:
    return timedelta(seconds=float(configuration.get(name, _DEFAULT_COOLDOWN)))


def _alarm_name(found: Mapping[str, Any], kind: str) -> str:
    names = [str(alarm["AlarmName"]) for alarm in found.get("Alarms", [])]
    made_up = f"TargetTracking-{found['ResourceId']}-{kind}"
    return next((name for name in names if f"-{kind}-" in name), made_up)
