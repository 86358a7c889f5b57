"""How old a secret is, and the line of the log that is its metric. Pure: no I/O, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

NAMESPACE = "Pase/Secrets"
DIMENSION = "Secret"
METRIC = "DaysSinceRotation"
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Dates:
    """A secret's name, when it was made, and when it was rotated last; None: never."""

    name: str
    created: datetime
    rotated: datetime | None


def days(secret: Dates, *, now: datetime) -> float:
    """Days since the last rotation, else since the secret was made. Fractional, never below 0.

    A secret that was never rotated grows old as well: otherwise a rotation that has never worked
    would not be seen.
    """
    return max(now - (secret.rotated or secret.created), timedelta()) / _DAY


def metric_line(secret: Dates, *, now: datetime) -> dict[str, Any]:
    """The line from which CloudWatch Logs makes the metric, without a call.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    CloudWatch has no unit for days; Timestamp is in milliseconds.
    """
    return {
        "_aws": {
            "Timestamp": int(now.timestamp() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": NAMESPACE,
                    "Dimensions": [[DIMENSION]],
                    "Metrics": [{"Name": METRIC, "Unit": "None"}],
                }
            ],
        },
        DIMENSION: secret.name,
        METRIC: round(days(secret, now=now), 4),
    }
