"""The alarms that take a release back: error rate, latency and unhealthy hosts of both colours.

Each colour has alarms of its own. Over both together, green's errors would be thinned by blue's
healthy traffic: 3 % of failures on a 20 % step is 0.6 % over all.
Missing data is not breaching: the group without traffic reports none.

Level-1 resources: the level-2 alarm is made of three or four objects, each a call into the CDK's
process, and there are seven alarms for every service in every environment.
"""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from constructs import Construct

NAMESPACE = "AWS/ApplicationELB"

Alarm = cloudwatch.CfnAlarm
Dimensions = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class AlarmWindow:
    """``datapoints`` of the last ``periods`` periods must breach."""

    period_seconds: int
    periods: int
    datapoints: int


@dataclass(frozen=True, kw_only=True)
class ReleaseAlarmsProps:
    """Thresholds: ``error_rate`` in percent of requests, ``latency_p99_ms`` of targets' answers."""

    name_prefix: str
    load_balancer_full_name: str
    blue: elbv2.ApplicationTargetGroup
    green: elbv2.ApplicationTargetGroup
    error_rate: float
    latency_p99_ms: int
    window: AlarmWindow


class ReleaseAlarms(Construct):
    """Attribute: ``names`` of all of them, in a fixed order."""

    def __init__(self, scope: Construct, id: str, *, props: ReleaseAlarmsProps) -> None:
        super().__init__(scope, id)
        self._props = props
        self.names: list[str] = []
        balancer = {"LoadBalancer": props.load_balancer_full_name}
        for colour, group in (("Blue", props.blue), ("Green", props.green)):
            self._add_colour(colour, {**balancer, "TargetGroup": group.target_group_full_name})
        self._add_load_balancer(balancer)

    def _add_colour(self, colour: str, dimensions: Dimensions) -> None:
        props = self._props
        self._add_error_rate(
            f"{colour}ErrorRate",
            f"{props.error_rate:g} % of {colour.lower()}'s answers or more are 5xx",
            errors="HTTPCode_Target_5XX_Count",
            total="FILL(requests, 0)",
            dimensions=dimensions,
        )
        self._add_metric(
            f"{colour}Latency",
            f"The slowest 1 % of {colour.lower()}'s answers take {props.latency_p99_ms} ms or more",
            metric="TargetResponseTime",
            percentile="p99",
            threshold=props.latency_p99_ms / 1000,
            dimensions=dimensions,
        )
        self._add_metric(
            f"{colour}UnhealthyHosts",
            f"A task of {colour.lower()} fails its health check",
            metric="UnHealthyHostCount",
            percentile=None,
            threshold=1,
            dimensions=dimensions,
        )

    def _add_load_balancer(self, dimensions: Dimensions) -> None:
        """Errors that the load balancer answers itself, when it finds no target that could.

        Such requests are not among ``RequestCount``, which counts only those for which a target
        was chosen, so they are added to it; with no healthy target at all the rate is 100 %
        (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html).
        """
        self._add_error_rate(
            "LoadBalancerErrorRate",
            f"{self._props.error_rate:g} % of requests or more end in the load balancer's own 5xx "
            "(no healthy target, connection refused)",
            errors="HTTPCode_ELB_5XX_Count",
            total="(FILL(requests, 0) + FILL(errors, 0))",
            dimensions=dimensions,
        )

    def _add_error_rate(
        self, id: str, description: str, *, errors: str, total: str, dimensions: Dimensions
    ) -> None:
        """``errors`` in percent of ``total``, an expression; 0 where there was nothing at all."""
        queries = {"errors": errors, "requests": "RequestCount"}
        self._alarm(
            id,
            description,
            threshold=self._props.error_rate,
            metrics=[
                Alarm.MetricDataQueryProperty(
                    id="rate",
                    label="5xx in percent of requests",
                    expression=f"IF({total} > 0, 100 * FILL(errors, 0) / {total}, 0)",
                    return_data=True,
                ),
                *(
                    Alarm.MetricDataQueryProperty(
                        id=id_,
                        return_data=False,
                        metric_stat=Alarm.MetricStatProperty(
                            metric=Alarm.MetricProperty(
                                namespace=NAMESPACE,
                                metric_name=name,
                                dimensions=_dimensions(dimensions),
                            ),
                            period=self._props.window.period_seconds,
                            stat="Sum",
                        ),
                    )
                    for id_, name in queries.items()
                ),
            ],
        )

    def _add_metric(
        self,
        id: str,
        description: str,
        *,
        metric: str,
        percentile: str | None,
        threshold: float,
        dimensions: Dimensions,
    ) -> None:
        """An alarm on the metric's percentile, or on its maximum."""
        self._alarm(
            id,
            description,
            threshold=threshold,
            namespace=NAMESPACE,
            metric_name=metric,
            dimensions=_dimensions(dimensions),
            period=self._props.window.period_seconds,
            extended_statistic=percentile,
            statistic=None if percentile else "Maximum",
        )

    def _alarm(
        self,
        id: str,
        description: str,
        *,
        threshold: float,
        metrics: list[Alarm.MetricDataQueryProperty] | None = None,
        namespace: str | None = None,
        metric_name: str | None = None,
        dimensions: list[Alarm.DimensionProperty] | None = None,
        period: int | None = None,
        extended_statistic: str | None = None,
        statistic: str | None = None,
    ) -> None:
        props = self._props
        name = f"{props.name_prefix}-{id}"
        Alarm(
            self,
            id,
            alarm_name=name,
            alarm_description=description,
            comparison_operator="GreaterThanOrEqualToThreshold",
            threshold=threshold,
            evaluation_periods=props.window.periods,
            datapoints_to_alarm=props.window.datapoints,
            treat_missing_data="notBreaching",
            metrics=metrics,
            namespace=namespace,
            metric_name=metric_name,
            dimensions=dimensions,
            period=period,
            extended_statistic=extended_statistic,
            statistic=statistic,
        )
        self.names.append(name)


def _dimensions(values: Dimensions) -> list[Alarm.DimensionProperty]:
    return [Alarm.DimensionProperty(name=name, value=value) for name, value in values.items()]
