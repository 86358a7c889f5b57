"""Why an alarm changed its state, in CloudWatch's words as published records of alarms show them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html

Not documented: the wording as such.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

INITIAL = "Unchecked: Initial alarm creation"


def crossed(
    datapoints: Sequence[tuple[float, datetime]],
    *,
    of: int,
    breaching: bool,
    comparison: str,
    threshold: float,
    least: int,
) -> str:
    """Enough data points, newest first, with the beginnings of their periods.

    ``of``: so many were evaluated. ``least``: so many are needed for this change of state.
    """
    found = ", ".join(f"{value} ({start:%d/%m/%y %H:%M:%S})" for value, start in datapoints)
    verb = "was" if len(datapoints) == 1 else "were"
    change = "OK -> ALARM" if breaching else "ALARM -> OK"
    return (
        f"Threshold Crossed: {len(datapoints)} out of the last {of} datapoints [{found}] {verb} "
        f"{'' if breaching else 'not '}{comparison} the threshold ({float(threshold)}) "
        f"(minimum {_count(least, 'datapoint')} for {change} transition)."
    )


def filled(*, received: int, periods: int, missing: int, breaching: bool) -> str:
    """Some of the data points were missing, and how missing ones are treated counted."""
    known = (
        "no datapoints were"
        if not received
        else f"{_count(received, 'datapoint')} " + ("was" if received == 1 else "were")
    )
    return (
        f"Threshold Crossed: {known} received for {_count(periods, 'period')} and "
        f"{missing} missing datapoint{' was' if missing == 1 else 's were'} treated as "
        f"[{'Breaching' if breaching else 'NonBreaching'}]."
    )


def insufficient(missing: int) -> str:
    """Too few data points."""
    return f"Insufficient Data: {missing} datapoint{' was' if missing == 1 else 's were'} unknown."


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
