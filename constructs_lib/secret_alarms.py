"""The alarms of a rotated secret: its function fails, it has grown old, nobody knows how old it is.

Level-1 resources, as in ``release_alarms``.
"""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

NAMESPACE = "Pase/Secrets"
"""Of the metric ``DaysSinceRotation`` (``lambdas/secret_age``)."""

GRACE_DAYS = 3
"""Secrets Manager tries a rotation that failed again, for a while; then a person has to."""

_FAILURE_SECONDS = 300
_AGE_SECONDS = 3600
_HOURS_WITHOUT_AGE = 4


@dataclass(frozen=True, kw_only=True)
class SecretAlarmsProps:
    """Whose alarms, and where they are told. ``longest_days``: between two rotations."""

    secret_name: str
    function_name: str
    longest_days: int
    topic_arn: str


class SecretAlarms(Construct):
    """The alarms."""

    def __init__(self, scope: Construct, id: str, *, props: SecretAlarmsProps) -> None:
        super().__init__(scope, id)
        function_failure_alarm(
            self,
            "RotationFails",
            function_name=props.function_name,
            description=f"A step of the rotation of {props.secret_name} has failed; its function's "
            "log says why (docs/secrets.md)",
            topic_arn=props.topic_arn,
        )
        cloudwatch.CfnAlarm(
            self,
            "TooOld",
            alarm_description=f"{props.secret_name} was not rotated for "
            f"{props.longest_days + GRACE_DAYS} days, or nobody has seen its age for "
            f"{_HOURS_WITHOUT_AGE} hours",
            namespace=NAMESPACE,
            metric_name="DaysSinceRotation",
            dimensions=[
                cloudwatch.CfnAlarm.DimensionProperty(name="Secret", value=props.secret_name)
            ],
            statistic="Maximum",
            period=_AGE_SECONDS,
            evaluation_periods=_HOURS_WITHOUT_AGE,
            datapoints_to_alarm=_HOURS_WITHOUT_AGE,
            threshold=props.longest_days + GRACE_DAYS,
            comparison_operator="GreaterThanThreshold",
            # Not "breaching": the alarm is there an hour before the first age is, and would begin
            # with a false one. That ages stay away is told by the change to INSUFFICIENT_DATA.
            treat_missing_data="missing",
            alarm_actions=[props.topic_arn],
            insufficient_data_actions=[props.topic_arn],
        )


def function_failure_alarm(
    scope: Construct, id: str, *, function_name: str, description: str, topic_arn: str
) -> None:
    """An alarm about a function of which one invocation has failed."""
    cloudwatch.CfnAlarm(
        scope,
        id,
        alarm_description=description,
        namespace="AWS/Lambda",
        metric_name="Errors",
        dimensions=[
            cloudwatch.CfnAlarm.DimensionProperty(name="FunctionName", value=function_name)
        ],
        statistic="Sum",
        period=_FAILURE_SECONDS,
        evaluation_periods=1,
        threshold=1,
        comparison_operator="GreaterThanOrEqualToThreshold",
        treat_missing_data="notBreaching",
        alarm_actions=[topic_arn],
    )
