"""Scaling of an ECS service by policies, bounds and scheduled actions in moto.

https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto.ecs.models import ecs_backends

from rehearsal.clock import ManualClock, play
from rehearsal.cloudwatch.metrics import Metric, Metrics
from rehearsal.scaling.target_tracking import ScaleChange, TargetTracking
from tests.support.mocked_aws import mocked_aws

# A Monday.
START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
RESOURCE = "service/pase/shop"
TARGET = {
    "ServiceNamespace": "ecs",
    "ResourceId": RESOURCE,
    "ScalableDimension": "ecs:service:DesiredCount",
}
CPU = Metric.of("AWS/ECS", "CPUUtilization", ClusterName="pase", ServiceName="shop")
MEMORY = Metric.of("AWS/ECS", "MemoryUtilization", ClusterName="pase", ServiceName="shop")
BLUE = Metric.of("AWS/ApplicationELB", "RequestCountPerTarget", TargetGroup="targetgroup/blue/1")
GREEN = Metric.of("AWS/ApplicationELB", "RequestCountPerTarget", TargetGroup="targetgroup/green/1")
FLAGS = ("DynamicScalingOutSuspended", "DynamicScalingInSuspended", "ScheduledScalingSuspended")


def utilization(kind: str, target: float, **changes: Any) -> dict[str, Any]:
    """A configuration with a predefined metric: CPU or Memory."""
    metric = {"PredefinedMetricType": f"ECSServiceAverage{kind}Utilization"}
    return {"TargetValue": target, "PredefinedMetricSpecification": metric, **changes}


def requests(target: float) -> dict[str, Any]:
    """A configuration with requests per target over blue and green."""
    queries: list[dict[str, Any]] = [
        {
            "Id": id,
            "ReturnData": False,
            "MetricStat": {
                "Stat": "Sum",
                "Metric": {
                    "Namespace": metric.namespace,
                    "MetricName": metric.name,
                    "Dimensions": [{"Name": n, "Value": v} for n, v in metric.dimensions],
                },
            },
        }
        for id, metric in (("blue", BLUE), ("green", GREEN))
    ]
    both = {"Id": "both", "Expression": "FILL(blue, 0) + FILL(green, 0)", "ReturnData": True}
    return {
        "TargetValue": target,
        "CustomizedMetricSpecification": {"Metrics": [*queries, both]},
    }


@dataclass
class Scaled:
    """A service of 4 running tasks that may have 2 to 20, without a policy, at 12:00."""

    clock: ManualClock
    metrics: Metrics
    ecs: Any
    scaling: Any
    tracking: TargetTracking
    changes: list[ScaleChange] = field(default_factory=list)

    def policy(self, name: str, configuration: dict[str, Any]) -> None:
        """PutScalingPolicy."""
        self.scaling.put_scaling_policy(
            PolicyName=name,
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration=configuration,
            **TARGET,
        )

    def register(self, **changes: Any) -> None:
        """RegisterScalableTarget."""
        self.scaling.register_scalable_target(**TARGET, **changes)

    def minutes(self, count: int, **values: float) -> None:
        """Minutes pass, each with these values: cpu, memory, blue, green."""
        metrics = {"cpu": CPU, "memory": MEMORY, "blue": BLUE, "green": GREEN}
        for _ in range(count):
            for name, value in values.items():
                self.metrics.add(metrics[name], value, moment=self.clock.now())
            play(self.clock, [self.tracking], seconds=60)

    def start(self, tasks: int) -> None:
        """So many tasks are wanted, and run."""
        self.ecs.update_service(cluster="pase", service="shop", desiredCount=tasks)
        self.run(tasks)

    def run(self, tasks: int) -> None:
        """So many tasks run, all in the one task set that there is."""
        self.task_set(0, "PRIMARY", tasks)

    def task_set(self, at: int, status: str, running: int) -> None:
        """What ECS, and not moto, would write of a task set."""
        found: Any = self._record.task_sets[at]
        found.status = status
        found.running_count = running

    def deploy(self) -> None:
        """CreateTaskSet of the other colour."""
        self.ecs.create_task_set(cluster="pase", service="shop", taskDefinition="shop")

    @property
    def desired(self) -> int:
        """The service's desired count."""
        return int(self._record.desired_count)

    @property
    def reasons(self) -> list[str]:
        """Of all changes, in order."""
        return [one.reason for one in self.changes]

    @property
    def _record(self) -> Any:
        (record,) = ecs_backends["123456789012"]["eu-central-1"].services.values()
        return record


@pytest.fixture
def scaled() -> Iterator[Scaled]:
    """The service."""
    with mocked_aws():
        ecs, scaling = boto3.client("ecs"), boto3.client("application-autoscaling")
        ecs.create_cluster(clusterName="pase")
        ecs.register_task_definition(
            family="shop", containerDefinitions=[{"name": "shop", "image": "shop", "memory": 64}]
        )
        ecs.create_service(
            cluster="pase",
            serviceName="shop",
            desiredCount=4,
            deploymentController={"type": "CODE_DEPLOY"},
        )
        clock, metrics = ManualClock(START), Metrics()
        changes: list[ScaleChange] = []
        tracking = TargetTracking(
            clock=clock, scaling=scaling, ecs=ecs, metrics=metrics, on_scale=changes.append
        )
        world = Scaled(clock, metrics, ecs, scaling, tracking, changes)
        world.deploy()
        world.run(4)
        world.register(MinCapacity=2, MaxCapacity=20)
        yield world


def test_three_minutes_above_the_target_scale_out_in_proportion(scaled: Scaled) -> None:
    scaled.policy("cpu", utilization("CPU", 50))
    scaled.minutes(2, cpu=80)
    assert scaled.changes == []
    scaled.minutes(1, cpu=70)
    assert scaled.desired == 6, "4 * 70 / 50 = 5.6"
    (change,) = scaled.changes
    assert (change.cluster, change.service) == ("pase", "shop")
    assert (change.old, change.new, change.moment) == (4, 6, START + timedelta(minutes=3))
    assert change.reason.startswith("monitor alarm TargetTracking-service/pase/shop-AlarmHigh-")
    assert change.reason.endswith(" in state ALARM triggered policy cpu")


def test_the_target_itself_is_not_above_it(scaled: Scaled) -> None:
    scaled.policy("cpu", utilization("CPU", 50))
    scaled.minutes(20, cpu=50)
    assert scaled.changes == []


def test_requests_of_both_colours_count_together(scaled: Scaled) -> None:
    scaled.policy("requests", requests(100))
    scaled.minutes(3, blue=90, green=60)
    assert scaled.desired == 6
    assert scaled.tracking.unhonoured == []


def test_of_several_policies_the_largest_count_wins(scaled: Scaled) -> None:
    scaled.policy("cpu", utilization("CPU", 50))
    scaled.policy("memory", utilization("Memory", 50))
    scaled.minutes(3, cpu=60, memory=90)
    assert scaled.desired == 8
    assert scaled.reasons[0].endswith("triggered policy memory")


def test_no_policy_goes_beyond_the_bounds(scaled: Scaled) -> None:
    scaled.policy("cpu", utilization("CPU", 50))
    scaled.minutes(3, cpu=1000)
    assert scaled.desired == 20
    scaled.run(20)
    scaled.minutes(20, cpu=0)
    assert scaled.desired == 2


def test_during_the_cooldown_only_more_than_was_added_is_added(scaled: Scaled) -> None:
    scaled.policy("cpu", utilization("CPU", 50, ScaleOutCooldown=300))
    scaled.minutes(3, cpu=75)
    assert scaled.desired == 6
    scaled.run(6)
    scaled.minutes(2, cpu=75)
    assert scaled.desired == 6, "of the 4 tasks it started from that is 6 again"
    scaled.minutes(1, cpu=100)
    assert scaled.desired == 8, "of the 4 tasks it started from"
    scaled.run(8)
    scaled.minutes(4, cpu=75)
    assert scaled.desired == 8, "the cooldown began anew"
    scaled.minutes(1, cpu=75)
    assert scaled.desired == 12, "8 * 75 / 50"


def test_tasks_that_do_not_run_yet_are_not_scaled_up_again(scaled: Scaled) -> None:
    scaled.policy("cpu", utilization("CPU", 50, ScaleOutCooldown=0))
    scaled.minutes(10, cpu=75)
    assert [one.new for one in scaled.changes] == [6]


def test_from_no_task_at_all_it_starts_with_one(scaled: Scaled) -> None:
    scaled.register(MinCapacity=0)
    scaled.start(0)
    scaled.policy("requests", requests(100))
    scaled.minutes(3, blue=500)
    assert scaled.desired == 1


def test_15_minutes_below_nine_tenths_of_the_target_scale_in(scaled: Scaled) -> None:
    scaled.policy("cpu", utilization("CPU", 50))
    scaled.minutes(1, cpu=24)
    scaled.minutes(13, cpu=20)
    assert scaled.changes == []
    scaled.minutes(1, cpu=20)
    assert scaled.desired == 2, "4 * 24 / 50 = 1.92"
    assert "-AlarmLow-" in scaled.reasons[0]


def test_a_little_below_the_target_is_not_low(scaled: Scaled) -> None:
    scaled.start(20)
    scaled.policy("cpu", utilization("CPU", 50))
    scaled.minutes(20, cpu=45)
    assert scaled.changes == [], "18 tasks would be at 50 percent"


def test_it_does_not_scale_in_when_that_would_bring_the_metric_above_its_target(
    scaled: Scaled,
) -> None:
    scaled.policy("cpu", utilization("CPU", 50))
    scaled.minutes(20, cpu=40)
    assert scaled.changes == [], "3 tasks would be at 53 percent"


def test_it_scales_in_only_when_all_policies_agree_and_to_the_largest_count(
    scaled: Scaled,
) -> None:
    scaled.start(20)
    scaled.policy("cpu", utilization("CPU", 50))
    scaled.policy("memory", utilization("Memory", 50))
    scaled.minutes(20, cpu=10, memory=46)
    assert scaled.changes == []
    scaled.minutes(15, cpu=10, memory=31)
    assert scaled.desired == 13, "20 * 31 / 50 = 12.4"


def test_a_policy_that_may_not_scale_in_need_not_agree(scaled: Scaled) -> None:
    scaled.policy("cpu", utilization("CPU", 50, DisableScaleIn=True))
    scaled.policy("memory", utilization("Memory", 50))
    scaled.minutes(20, cpu=50, memory=30)
    assert scaled.desired == 3
    scaled.run(3)
    scaled.scaling.delete_scaling_policy(PolicyName="memory", **TARGET)
    scaled.minutes(20, cpu=1)
    assert scaled.desired == 3


def test_scaling_in_waits_for_its_cooldown(scaled: Scaled) -> None:
    scaled.start(10)
    scaled.policy("cpu", utilization("CPU", 50, ScaleInCooldown=600))
    scaled.minutes(15, cpu=40)
    assert scaled.desired == 8
    scaled.run(8)
    scaled.minutes(9, cpu=30)
    assert scaled.desired == 8
    scaled.minutes(1, cpu=30)
    assert scaled.desired == 7, "one of the 15 minutes was at 40 yet"


def test_scaling_out_does_not_wait_for_the_cooldown_of_scaling_in_and_ends_it(
    scaled: Scaled,
) -> None:
    scaled.start(10)
    scaled.policy("cpu", utilization("CPU", 50, ScaleInCooldown=7200))
    scaled.minutes(15, cpu=40)
    assert scaled.desired == 8
    scaled.run(8)
    scaled.minutes(3, cpu=90)
    assert scaled.desired == 15
    scaled.run(15)
    scaled.minutes(15, cpu=40)
    assert scaled.desired == 12


def test_without_data_nothing_scales(scaled: Scaled) -> None:
    scaled.policy("cpu", utilization("CPU", 50))
    scaled.policy("memory", utilization("Memory", 50))
    scaled.minutes(20, cpu=10)
    assert scaled.changes == [], "nobody knows of the memory"
    scaled.minutes(40)
    assert scaled.changes == []


@pytest.mark.parametrize(("flag", "cpu"), [(FLAGS[0], 90), (FLAGS[1], 10)])
def test_what_is_suspended_does_not_scale_and_resumes_with_what_is_so_then(
    scaled: Scaled, flag: str, cpu: float
) -> None:
    scaled.policy("cpu", utilization("CPU", 50))
    scaled.register(SuspendedState={flag: True})
    scaled.minutes(20, cpu=cpu)
    assert scaled.changes == []
    scaled.register(SuspendedState={flag: False})
    scaled.minutes(1, cpu=cpu)
    assert len(scaled.changes) == 1


def test_suspending_one_direction_leaves_the_other(scaled: Scaled) -> None:
    scaled.policy("cpu", utilization("CPU", 50))
    scaled.register(SuspendedState={"DynamicScalingInSuspended": True})
    scaled.minutes(3, cpu=75)
    assert scaled.desired == 6


def test_it_does_not_scale_in_during_a_deployment(scaled: Scaled) -> None:
    scaled.policy("cpu", utilization("CPU", 50))
    scaled.deploy()
    scaled.task_set(1, "ACTIVE", 4)
    scaled.minutes(20, cpu=20)
    assert scaled.desired == 4
    scaled.task_set(1, "DRAINING", 4)
    scaled.minutes(1, cpu=20)
    assert scaled.desired == 2


def test_a_deployment_s_two_task_sets_are_not_twice_the_tasks(scaled: Scaled) -> None:
    scaled.policy("cpu", utilization("CPU", 50))
    scaled.deploy()
    scaled.task_set(1, "ACTIVE", 4)
    scaled.minutes(3, cpu=75)
    assert scaled.desired == 6


@pytest.mark.parametrize(
    ("change", "count", "reason"),
    [
        ({"MinCapacity": 7}, 7, "minimum capacity was set to 7"),
        ({"MaxCapacity": 3}, 3, "maximum capacity was set to 3"),
        ({"MinCapacity": 3}, 4, None),
    ],
)
def test_changed_bounds_bring_the_count_within_them_whatever_is_suspended(
    scaled: Scaled, change: dict[str, int], count: int, reason: str | None
) -> None:
    scaled.minutes(1)
    scaled.register(SuspendedState=dict.fromkeys(FLAGS, True), **change)
    scaled.minutes(2)
    assert scaled.desired == count
    assert scaled.reasons == ([reason] if reason else [])


def test_a_count_that_somebody_sets_outside_the_bounds_stays(scaled: Scaled) -> None:
    scaled.minutes(1)
    scaled.ecs.update_service(cluster="pase", service="shop", desiredCount=1)
    scaled.minutes(5)
    assert (scaled.desired, scaled.changes) == (1, [])


def schedule(scaled: Scaled, name: str, cron: str, **bounds: int) -> None:
    """PutScheduledAction, in Singapore's time: 12:00 here is 20:00 there."""
    scaled.scaling.put_scheduled_action(
        ScheduledActionName=name,
        Schedule=cron,
        Timezone="Asia/Singapore",
        ScalableTargetAction=bounds,
        **TARGET,
    )


def test_a_scheduled_action_changes_the_bounds_at_its_time(scaled: Scaled) -> None:
    schedule(scaled, "evening", "cron(5 20 ? * MON-FRI *)", MinCapacity=9, MaxCapacity=40)
    schedule(scaled, "night", "cron(8 20 ? * MON *)", MinCapacity=1, MaxCapacity=5)
    scaled.minutes(4)
    assert scaled.changes == []
    scaled.minutes(1)
    assert scaled.desired == 9
    scaled.minutes(3)
    assert scaled.desired == 5
    assert scaled.reasons == ["minimum capacity was set to 9", "maximum capacity was set to 5"]
    (target,) = scaled.scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 5)


def test_a_scheduled_action_that_falls_due_while_suspended_is_not_made_up_for(
    scaled: Scaled,
) -> None:
    schedule(scaled, "evening", "cron(5 20 ? * * *)", MinCapacity=9)
    scaled.register(SuspendedState={"ScheduledScalingSuspended": True})
    scaled.minutes(6)
    scaled.register(SuspendedState={"ScheduledScalingSuspended": False})
    scaled.minutes(6)
    assert (scaled.desired, scaled.changes) == (4, [])


def test_what_cannot_be_played_is_reported_once_and_blocks_scaling_in(scaled: Scaled) -> None:
    schedule(scaled, "often", "rate(5 minutes)", MinCapacity=9)
    scaled.policy("cpu", utilization("CPU", 50))
    scaled.policy(
        "network",
        {
            "TargetValue": 1,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "EC2SpotFleetRequestAverageNetworkIn"
            },
        },
    )
    scaled.scaling.put_scaling_policy(
        PolicyName="steps",
        PolicyType="StepScaling",
        StepScalingPolicyConfiguration={"AdjustmentType": "ChangeInCapacity"},
        **TARGET,
    )
    scaled.minutes(20, cpu=10)
    assert scaled.changes == []
    names = dict(scaled.tracking.unhonoured)
    assert len(names) == len(scaled.tracking.unhonoured)
    assert "its schedule is 'rate(5 minutes)'" in names["often"]
    assert "its metric is EC2SpotFleetRequestAverageNetworkIn" in names["network"]
    assert "it is of type StepScaling" in names["steps"]
    scaled.minutes(3, cpu=75)
    assert scaled.desired == 6


def test_the_predefined_request_count_is_that_of_the_label_s_target_group(scaled: Scaled) -> None:
    scaled.policy(
        "requests",
        {
            "TargetValue": 100,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ALBRequestCountPerTarget",
                "ResourceLabel": "app/pase/1/targetgroup/blue/1",
            },
        },
    )
    scaled.minutes(3, blue=150, green=900)
    assert scaled.desired == 6


def test_a_jump_over_several_minutes_plays_each_in_order(scaled: Scaled) -> None:
    scaled.policy("cpu", utilization("CPU", 50))
    for minute in range(5):
        scaled.metrics.add(CPU, 75, moment=START + timedelta(minutes=minute))
    scaled.clock.advance(300)
    scaled.tracking.run_due()
    assert [one.moment for one in scaled.changes] == [START + timedelta(minutes=3)]


def test_a_service_that_is_gone_is_left_alone(scaled: Scaled) -> None:
    scaled.policy("cpu", utilization("CPU", 50))
    scaled.ecs.delete_service(cluster="pase", service="shop", force=True)
    scaled.minutes(5, cpu=90)
    assert scaled.changes == []
