"""A peak's start and end as the cron expressions of Application Auto Scaling.

Minutes, hours, day of month, month, day of week, year
(https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html).
"""

from __future__ import annotations

from config.model.service import ScheduledPeak

_WEEK = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


def peak_start(peak: ScheduledPeak) -> str:
    """When the peak's bounds begin, in the peak's time zone."""
    return _expression(peak.start, peak.days)


def peak_end(peak: ScheduledPeak) -> str:
    """When the usual bounds return; on the next day for a peak that runs past midnight."""
    if peak.end > peak.start:
        return _expression(peak.end, peak.days)
    return _expression(peak.end, [_WEEK[(_WEEK.index(day) + 1) % 7] for day in peak.days])


def _expression(time: str, days: list[str] | tuple[str, ...]) -> str:
    hour, minute = time.split(":")
    ordered = ",".join(day for day in _WEEK if day in days)
    return f"{int(minute)} {int(hour)} ? * {ordered} *"
