"""Scaling of a blue/green service: CPU, memory and requests per target, and known peaks.

Level-1 resources, because the CDK's own construct takes no metric math for target tracking, and its
request-count policy cannot be used with CodeDeploy: the metric names one target group, while
traffic moves between two (https://github.com/aws/containers-roadmap/issues/1681).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_applicationautoscaling as autoscaling
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from constructs import Construct

Math = autoscaling.CfnScalingPolicy
Target = autoscaling.CfnScalableTarget


@dataclass(frozen=True, kw_only=True)
class Peak:
    """A known peak. ``start`` and ``end`` are AWS cron expressions in ``time_zone`` (IANA)."""

    name: str
    time_zone: str
    start: str
    end: str
    min_tasks: int
    max_tasks: int


@dataclass(frozen=True, kw_only=True)
class TargetTrackingProps:
    """Bounds and targets. ``requests`` counts per minute and task.

    With ``enabled`` false everything is there but suspended, so that environments stay alike.
    """

    cluster_name: str
    service_name: str
    blue: elbv2.ApplicationTargetGroup
    green: elbv2.ApplicationTargetGroup
    enabled: bool
    min_tasks: int
    max_tasks: int
    cpu_percent: int
    memory_percent: int
    requests: int
    scale_out_cooldown_seconds: int
    scale_in_cooldown_seconds: int
    peaks: Sequence[Peak]


class TargetTracking(Construct):
    """Attribute: ``target``.

    Registering the target brings the service's task count within the bounds
    (https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html).
    """

    def __init__(self, scope: Construct, id: str, *, props: TargetTrackingProps) -> None:
        super().__init__(scope, id)
        self._props = props
        self._groups = {
            "blue": props.blue.target_group_full_name,
            "green": props.green.target_group_full_name,
        }
        suspended = not props.enabled
        self.target = Target(
            self,
            "Target",
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=f"service/{props.cluster_name}/{props.service_name}",
            min_capacity=props.min_tasks,
            max_capacity=props.max_tasks,
            scheduled_actions=[action for peak in props.peaks for action in self._actions(peak)],
            suspended_state=Target.SuspendedStateProperty(
                dynamic_scaling_in_suspended=suspended,
                dynamic_scaling_out_suspended=suspended,
                scheduled_scaling_suspended=suspended,
            ),
        )
        self._policy("Cpu", props.cpu_percent, predefined="ECSServiceAverageCPUUtilization")
        self._policy(
            "Memory", props.memory_percent, predefined="ECSServiceAverageMemoryUtilization"
        )
        self._policy("Requests", props.requests)

    def _policy(self, id: str, target: int, *, predefined: str | None = None) -> None:
        Math(
            self,
            f"{id}Policy",
            policy_name=f"{self._props.service_name}-{id.lower()}",
            policy_type="TargetTrackingScaling",
            scaling_target_id=self.target.ref,
            target_tracking_scaling_policy_configuration=Math.TargetTrackingScalingPolicyConfigurationProperty(
                target_value=target,
                scale_in_cooldown=self._props.scale_in_cooldown_seconds,
                scale_out_cooldown=self._props.scale_out_cooldown_seconds,
                predefined_metric_specification=Math.PredefinedMetricSpecificationProperty(
                    predefined_metric_type=predefined
                )
                if predefined is not None
                else None,
                customized_metric_specification=self._requests_per_target()
                if predefined is None
                else None,
            ),
        )

    def _requests_per_target(self) -> Math.CustomizedMetricSpecificationProperty:
        return Math.CustomizedMetricSpecificationProperty(
            metrics=[
                *(
                    Math.TargetTrackingMetricDataQueryProperty(
                        id=colour,
                        return_data=False,
                        metric_stat=Math.TargetTrackingMetricStatProperty(
                            stat="Sum",
                            metric=Math.TargetTrackingMetricProperty(
                                namespace="AWS/ApplicationELB",
                                metric_name="RequestCountPerTarget",
                                dimensions=[
                                    Math.TargetTrackingMetricDimensionProperty(
                                        name="TargetGroup", value=group
                                    )
                                ],
                            ),
                        ),
                    )
                    for colour, group in self._groups.items()
                ),
                Math.TargetTrackingMetricDataQueryProperty(
                    id="both",
                    label="Requests per target over blue and green",
                    expression="FILL(blue, 0) + FILL(green, 0)",
                    return_data=True,
                ),
            ]
        )

    def _actions(self, peak: Peak) -> list[Target.ScheduledActionProperty]:
        usual = (self._props.min_tasks, self._props.max_tasks)
        return [
            Target.ScheduledActionProperty(
                scheduled_action_name=f"{self._props.service_name}-{peak.name}-{edge}",
                schedule=f"cron({schedule})",
                timezone=peak.time_zone,
                scalable_target_action=Target.ScalableTargetActionProperty(
                    min_capacity=minimum, max_capacity=maximum
                ),
            )
            for edge, schedule, (minimum, maximum) in (
                ("start", peak.start, (peak.min_tasks, peak.max_tasks)),
                ("end", peak.end, usual),
            )
        ]
