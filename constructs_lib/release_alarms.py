"""The alarms that take a release back: error rate, latency and unhealthy hosts of both colours.

Each colour has alarms of its own. Over both together, green's errors would be thinned by blue's
healthy traffic: 3 % of failures on a 20 % step is 0.6 % over all.
Missing data is not breaching: the group without traffic reports none.
"""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from constructs import Construct

NAMESPACE = "AWS/ApplicationELB"


@dataclass(frozen=True, kw_only=True)
class AlarmWindow:
    """``datapoints`` of the last ``periods`` periods must breach."""

    period: Duration
    periods: int
    datapoints: int


@dataclass(frozen=True, kw_only=True)
class ReleaseAlarmsProps:
    """Thresholds: ``error_rate`` in percent of requests, ``latency_p99`` of targets' answers."""

    name_prefix: str
    load_balancer_full_name: str
    blue: elbv2.ApplicationTargetGroup
    green: elbv2.ApplicationTargetGroup
    error_rate: float
    latency_p99: Duration
    window: AlarmWindow


class ReleaseAlarms(Construct):
    """Attribute: ``alarms``, all of them, in a fixed order."""

    def __init__(self, scope: Construct, id: str, *, props: ReleaseAlarmsProps) -> None:
        super().__init__(scope, id)
        self._props = props
        self.alarms: list[cloudwatch.Alarm] = []
        for colour, group in (("Blue", props.blue), ("Green", props.green)):
            self._add_colour(colour, group.target_group_full_name)
        self._add_load_balancer()

    def _add_colour(self, colour: str, group: str) -> None:
        props = self._props
        dimensions = {"LoadBalancer": props.load_balancer_full_name, "TargetGroup": group}
        self._alarm(
            f"{colour}ErrorRate",
            f"{props.error_rate:g} % of {colour.lower()}'s answers or more are 5xx",
            self._share(
                errors=self._metric("HTTPCode_Target_5XX_Count", dimensions, "Sum"),
                requests=self._metric("RequestCount", dimensions, "Sum"),
                total="FILL(requests, 0)",
            ),
            props.error_rate,
        )
        self._alarm(
            f"{colour}Latency",
            f"The slowest 1 % of {colour.lower()}'s answers take "
            f"{props.latency_p99.to_milliseconds()} ms or more",
            self._metric("TargetResponseTime", dimensions, "p99"),
            props.latency_p99.to_milliseconds() / 1000,
        )
        self._alarm(
            f"{colour}UnhealthyHosts",
            f"A task of {colour.lower()} fails its health check",
            self._metric("UnHealthyHostCount", dimensions, "Maximum"),
            1,
        )

    def _add_load_balancer(self) -> None:
        """Errors that the load balancer answers itself, when it finds no target that could.

        Such requests are not among ``RequestCount``, which counts only those for which a target
        was chosen (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html),
        so they are added to it; with no healthy target at all the rate is 100 %.
        """
        dimensions = {"LoadBalancer": self._props.load_balancer_full_name}
        self._alarm(
            "LoadBalancerErrorRate",
            f"{self._props.error_rate:g} % of requests or more end in the load balancer's own 5xx "
            "(no healthy target, connection refused)",
            self._share(
                errors=self._metric("HTTPCode_ELB_5XX_Count", dimensions, "Sum"),
                requests=self._metric("RequestCount", dimensions, "Sum"),
                total="(FILL(requests, 0) + FILL(errors, 0))",
            ),
            self._props.error_rate,
        )

    def _share(
        self, *, errors: cloudwatch.Metric, requests: cloudwatch.Metric, total: str
    ) -> cloudwatch.MathExpression:
        """``errors`` in percent of ``total``, an expression; 0 where there was nothing at all."""
        return cloudwatch.MathExpression(
            expression=f"IF({total} > 0, 100 * FILL(errors, 0) / {total}, 0)",
            using_metrics={"errors": errors, "requests": requests},
            label="5xx in percent of requests",
            period=self._props.window.period,
        )

    def _metric(self, name: str, dimensions: dict[str, str], statistic: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace=NAMESPACE,
            metric_name=name,
            dimensions_map=dimensions,
            statistic=statistic,
            period=self._props.window.period,
        )

    def _alarm(
        self, id: str, description: str, metric: cloudwatch.IMetric, threshold: float
    ) -> None:
        props = self._props
        self.alarms.append(
            cloudwatch.Alarm(
                self,
                id,
                alarm_name=f"{props.name_prefix}-{id}",
                alarm_description=description,
                metric=metric,
                threshold=threshold,
                comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
                evaluation_periods=props.window.periods,
                datapoints_to_alarm=props.window.datapoints,
                treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            )
        )
