"""When secrets are rotated: what the rules, the stacks and the reports share. Pure."""

from __future__ import annotations

from config.cron import times
from config.model.secrets import Schedule
from config.model.service import Service
from config.release_time import release_minutes

DEFAULT_DAYS = 30
RESTART_LOOKS_MINUTES = 10
"""How often is looked whether a service has to be restarted for a rotated secret."""
_HOURS_OF_A_DAY = 24


def schedule_expression(schedule: Schedule) -> str:
    """The schedule in the form of Secrets Manager."""
    if schedule.cron is not None:
        return schedule.cron
    days = schedule.every_days or DEFAULT_DAYS
    return f"rate({days} day{'s' if days > 1 else ''})"


def longest_days(schedule: Schedule) -> int:
    """From one rotation to the next at most, without the window."""
    if schedule.cron is not None:
        return times(schedule.cron).longest_days
    return schedule.every_days or DEFAULT_DAYS


def shortest_hours(schedule: Schedule) -> int:
    """From one rotation to the next at least: from a window's end to the next one's beginning."""
    if schedule.cron is not None:
        between = times(schedule.cron).shortest_hours
    else:
        between = (schedule.every_days or DEFAULT_DAYS) * _HOURS_OF_A_DAY
    return between - schedule.window_hours


def restart_minutes(*, service: Service) -> int:
    """How long tasks may hold a secret that was rotated, when ECS injects it at their start.

    The restart begins when a release that was just under way is through with its hot standby, and
    a look has found that it is due; then it is a release itself.
    """
    release = service.release
    one = release_minutes(release=release) + release.hot_standby_minutes
    return 2 * one + RESTART_LOOKS_MINUTES
