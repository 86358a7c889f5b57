"""CloudWatch and Parameter Store through boto3: asked when a release has failed, or may repeat."""

from __future__ import annotations

from typing import Any

from ..common.aws import aws_client
from .aws_errors import AWS_ERRORS, aws_error, code_of
from .ports import Alarm
from .request import Wanted

# "AlarmNames: Array Members: Maximum number of 100 items":
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
MAX_ALARMS = 100


class AwsReports:
    """`ports.Reports`, with the credentials of the function's role."""

    def __init__(self, *, cloudwatch: Any = None, ssm: Any = None) -> None:
        self._cloudwatch = cloudwatch
        self._ssm = ssm

    def alarms(self, names: tuple[str, ...]) -> tuple[Alarm, ...]:
        """See `ports.Reports.alarms`. At most the first 100."""
        if not names:
            return ()
        client = self._cloudwatch or aws_client("cloudwatch")
        try:
            answer = client.describe_alarms(AlarmNames=list(names[:MAX_ALARMS]))
        except AWS_ERRORS as error:
            raise aws_error("DescribeAlarms of", ", ".join(names), error) from error
        return tuple(
            Alarm(
                name=alarm["AlarmName"],
                state=alarm["StateValue"],
                changed_at=alarm.get("StateTransitionedTimestamp"),
            )
            for alarm in answer["MetricAlarms"]
        )

    def checks(self, wanted: Wanted) -> str | None:
        """See `ports.Reports.checks`."""
        return self._parameter(wanted.checks_parameter)

    def asked_for(self, wanted: Wanted) -> str | None:
        """See `ports.Reports.asked_for`."""
        return self._parameter(wanted.asked_parameter)

    def _parameter(self, name: str) -> str | None:
        if not name:
            return None
        client = self._ssm or aws_client("ssm")
        try:
            answer = client.get_parameter(Name=name)
        except AWS_ERRORS as error:
            if code_of(error) == "ParameterNotFound":
                return None
            raise aws_error("GetParameter", name, error) from error
        return str(answer["Parameter"]["Value"])
