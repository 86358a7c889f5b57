"""Where a person finds why a rotation fails: AWS itself does not say, the function's log does."""

from __future__ import annotations

from collections.abc import Sequence

from lambdas.rollback.adapters import calling
from lambdas.rollback.ports import CallFailed

from .context import Context
from .errors import told
from .secret_state import SecretState, function_name


def why_not(context: Context, secret: SecretState) -> list[str]:
    """Return lines about it. What the caller may not read is said to be unknown."""
    name = function_name(secret)
    lines = ["  AWSCURRENT works as before: a rotation that fails changes nothing about it"]
    try:
        lines.append(f"  why is in the log group {_log_group(context, name)}")
    except CallFailed as failure:
        lines.append(f"  why is in the log of the function {name} ({told(failure)})")
    try:
        lines += [f"  alarm {one}" for one in _alarms(context, name)]
    except CallFailed as failure:
        lines.append(f"  its alarms are not known ({told(failure)})")
    return lines


def _log_group(context: Context, function: str) -> str:
    """https://docs.aws.amazon.com/lambda/latest/api/API_LoggingConfig.html"""
    doing = f"reading where {function} writes its log"
    with calling("lambda:GetFunctionConfiguration", function, doing=doing):
        found = context.aws.client("lambda").get_function_configuration(FunctionName=function)
    return str(found.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{function}")


def _alarms(context: Context, function: str) -> Sequence[str]:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmsForMetric.html"""
    doing = f"reading the alarms of {function}"
    with calling("cloudwatch:DescribeAlarmsForMetric", "*", doing=doing):
        found = context.aws.client("cloudwatch").describe_alarms_for_metric(
            Namespace="AWS/Lambda",
            MetricName="Errors",
            Dimensions=[{"Name": "FunctionName", "Value": function}],
        )["MetricAlarms"]
    return [f"{one['AlarmName']}: {one['StateValue']}" for one in found]
