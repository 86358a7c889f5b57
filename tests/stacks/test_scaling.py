"""How many tasks there are: bounds, targets over both colours, peaks, and Dev where it is off."""

from __future__ import annotations

import pytest

from tests.support.templates import STAGES, Json, Stack, Templates, stack_output

# (min, desired, max)
TASKS = {
    ("Dev", "Inventory"): (1, 1, 2),
    ("Dev", "Storefront"): (1, 1, 2),
    ("Staging", "Inventory"): (2, 2, 4),
    ("Staging", "Storefront"): (2, 2, 6),
    ("Prod", "Inventory"): (3, 3, 12),
    ("Prod", "Storefront"): (3, 3, 20),
}
OFF = {("Dev", "Inventory")}
PEAKS = {("Staging", "Storefront"): (3, 8), ("Prod", "Storefront"): (8, 40)}


def key(service: Stack) -> tuple[str, str]:
    """Stage and service."""
    return service.stage, service.name.removesuffix("Service")


def target(service: Stack) -> Json:
    """The scalable target."""
    return service.one("AWS::ApplicationAutoScaling::ScalableTarget")


def policies(service: Stack) -> dict[str, Json]:
    """``cpu``, ``memory``, ``requests`` -> the policy's configuration."""
    return {
        policy["PolicyName"].rpartition("-")[2]: policy["TargetTrackingScalingPolicyConfiguration"]
        for policy in service.of_type("AWS::ApplicationAutoScaling::ScalingPolicy").values()
    }


def test_the_bounds_are_the_environments(service: Stack) -> None:
    low, _, high = TASKS[key(service)]
    found = target(service)

    assert (found["MinCapacity"], found["MaxCapacity"]) == (low, high)
    assert found["ResourceId"] == f"service/pase/{key(service)[1].lower()}"
    assert found["ScalableDimension"] == "ecs:service:DesiredCount"


def test_scaling_follows_cpu_memory_and_requests_per_task(service: Stack) -> None:
    found = policies(service)

    assert {name: policy["TargetValue"] for name, policy in found.items()} == {
        "cpu": 70,
        "memory": 75,
        "requests": 500,
    }
    assert {
        name: policy["PredefinedMetricSpecification"]["PredefinedMetricType"]
        for name, policy in found.items()
        if name != "requests"
    } == {
        "cpu": "ECSServiceAverageCPUUtilization",
        "memory": "ECSServiceAverageMemoryUtilization",
    }
    assert {(p["ScaleOutCooldown"], p["ScaleInCooldown"]) for p in found.values()} == {(60, 300)}


def test_requests_are_counted_over_both_colours_and_the_silent_one_counts_as_zero(
    service: Stack,
) -> None:
    metrics = policies(service)["requests"]["CustomizedMetricSpecification"]["Metrics"]
    by_id = {metric["Id"]: metric for metric in metrics}
    groups = {
        properties["Name"].split("-")[1]: logical_id
        for logical_id, properties in service.of_type(
            "AWS::ElasticLoadBalancingV2::TargetGroup"
        ).items()
    }

    assert by_id.keys() == {"blue", "green", "both"}
    assert by_id["both"]["Expression"] == "FILL(blue, 0) + FILL(green, 0)"
    assert {name: metric["ReturnData"] for name, metric in by_id.items()} == {
        "blue": False,
        "green": False,
        "both": True,
    }
    for colour in ("blue", "green"):
        statistic = by_id[colour]["MetricStat"]
        metric = statistic["Metric"]

        assert statistic["Stat"] == "Sum"
        assert (metric["Namespace"], metric["MetricName"]) == (
            "AWS/ApplicationELB",
            "RequestCountPerTarget",
        )
        assert metric["Dimensions"] == [
            {
                "Name": "TargetGroup",
                "Value": {"Fn::GetAtt": [groups[colour], "TargetGroupFullName"]},
            }
        ]


def test_every_policy_belongs_to_the_services_target(service: Stack) -> None:
    logical_id, _ = service.only("AWS::ApplicationAutoScaling::ScalableTarget")

    for policy in service.of_type("AWS::ApplicationAutoScaling::ScalingPolicy").values():
        assert policy["ScalingTargetId"] == {"Ref": logical_id}
        assert policy["PolicyType"] == "TargetTrackingScaling"


def test_scaling_that_is_off_is_there_but_suspended(service: Stack) -> None:
    off = key(service) in OFF

    assert target(service)["SuspendedState"] == {
        "DynamicScalingInSuspended": off,
        "DynamicScalingOutSuspended": off,
        "ScheduledScalingSuspended": off,
    }


def test_the_task_count_is_applied_outside_the_frozen_service(service: Stack) -> None:
    name = key(service)[1].lower()
    _, desired, _ = TASKS[key(service)]
    logical_id, count = service.only("Custom::TaskCount")
    token = count["ServiceToken"]

    assert {k: v for k, v in count.items() if k != "ServiceToken"} == {
        "Cluster": "pase",
        "Service": name,
        "DesiredTasks": str(desired),
        "ScalingEnabled": "false" if key(service) in OFF else "true",
    }
    assert stack_output(token)[0] == f"{service.stage}-Cluster"
    assert (
        service.only("AWS::ApplicationAutoScaling::ScalableTarget")[0]
        in (service.resources[logical_id]["DependsOn"])
    )


def test_a_peak_begins_in_its_own_time_zone_and_then_the_usual_bounds_return(
    service: Stack,
) -> None:
    found = target(service).get("ScheduledActions", [])
    low, _, high = TASKS[key(service)]
    if key(service) not in PEAKS:
        assert found == []
        return
    minimum, maximum = PEAKS[key(service)]

    assert found == [
        {
            "ScheduledActionName": "storefront-FridayEvening-start",
            "Schedule": "cron(0 19 ? * FRI *)",
            "Timezone": "Asia/Tokyo",
            "ScalableTargetAction": {"MinCapacity": minimum, "MaxCapacity": maximum},
        },
        {
            "ScheduledActionName": "storefront-FridayEvening-end",
            "Schedule": "cron(0 23 ? * FRI *)",
            "Timezone": "Asia/Tokyo",
            "ScalableTargetAction": {"MinCapacity": low, "MaxCapacity": high},
        },
    ]


@pytest.mark.parametrize("stage", STAGES)
def test_a_target_is_registered_only_when_its_service_exists(
    templates: Templates, stage: str
) -> None:
    for name in ("Inventory", "Storefront"):
        stack = templates.service(stage, name)
        service, _ = stack.only("AWS::ECS::Service")
        logical_id, _ = stack.only("AWS::ApplicationAutoScaling::ScalableTarget")

        assert service in stack.resources[logical_id]["DependsOn"]
