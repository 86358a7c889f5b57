"""What people are told of a revert, and the line of the log that is the metric. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .reverts import Revert

NAMESPACE = "Pase/Governance"
METRIC = "PublicDatabases"
# Amazon SNS takes less than 100 characters, in ASCII:
# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
MAX_SUBJECT_CHARACTERS = 99
_MOMENT = "%Y-%m-%d %H:%M:%S UTC"
_INSTEAD = """\
What to do instead
  Reach it from inside its network: from a task or function there, or from a workstation by Session
  Manager's port forwarding (https://docs.aws.amazon.com/systems-manager/latest/userguide/\
session-manager-working-with-sessions-start.html).
  If a template or a program says PubliclyAccessible: true, change it there, or it does so again.
  As long as it was public, its security groups alone kept others out: see whether they did."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """What is sent. `subject` is ASCII of `MAX_SUBJECT_CHARACTERS` at most."""

    subject: str
    text: str


def message(revert: Revert) -> Message:
    """Return the report of a revert. The same revert gives the same text."""
    _, _, _, region, account, _, name = revert.arn.split(":", 6)
    act = revert.act
    if act is None:
        who = (
            "Who made it public is not known here. CloudTrail may know: aws cloudtrail "
            f"lookup-events --region {region} --lookup-attributes "
            f"AttributeKey=ResourceName,AttributeValue={name}"
        )
    else:
        who = f"{act.who} made it public by {act.what} at {act.when:{_MOMENT}}."
    first = (
        f"The database {name} was publicly accessible. At {revert.at:{_MOMENT}} it was modified: "
        "it is not any more, or will not be in some minutes."
    )
    return Message(
        subject=f"{name} was public and is made private"[:MAX_SUBJECT_CHARACTERS],
        text="\n\n".join((first, who, _INSTEAD, f"Account {account}, {region}\n{revert.arn}")),
    )


def metric_line(arn: str, told: dict[str, Any], *, now: datetime) -> dict[str, Any]:
    """The line from which CloudWatch Logs makes the metric, without a call: a database was public.

    It has no dimension, so that one alarm sees all of them.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    dimensions: Sequence[Sequence[str]] = [[]]
    return {
        "_aws": {
            "Timestamp": int(now.timestamp() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": NAMESPACE,
                    "Dimensions": dimensions,
                    "Metrics": [{"Name": METRIC, "Unit": "Count"}],
                }
            ],
        },
        METRIC: 1,
        "database": arn,
        **told,
    }
