"""How long a release takes: the quantities that the rules, the stacks and the reports share.

Pure functions of the model; minutes are whole minutes, seconds whole seconds.
"""

from __future__ import annotations

from math import ceil

from config.model.service import Alarms, Check, HealthCheck, Release

CUSTOM_RESOURCE_MINUTES = 60
"""CloudFormation gives a custom resource 3,600 seconds at most:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-customresource.html
"""
MARGIN_MINUTES = 5
"""Kept free of that hour: for the deployment's start, its hooks' cold starts and polling."""
LIMIT_MINUTES = CUSTOM_RESOURCE_MINUTES - MARGIN_MINUTES
"""What install, checks, approval, shift and bake may take together."""

LONGEST_STANDBY_MINUTES = 2880
"""``terminationWaitTimeInMinutes`` at most, two days:
https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_BlueInstanceTerminationOption.html
"""
CHECK_CONCURRENCY = 4
"""Repetitions of one check that the release checks program makes at a time."""


def shift_minutes(*, release: Release) -> int:
    """From the first step of traffic to the last one.

    canary: one interval; linear: an interval between each two steps; all_at_once: 0.
    """
    if release.strategy == "canary":
        return release.step_interval_minutes
    if release.strategy == "linear":
        steps = ceil(100 / release.step_percent)
        return (steps - 1) * release.step_interval_minutes
    return 0


def release_terms(*, release: Release) -> tuple[tuple[str, int], ...]:
    """The terms of ``release_minutes``, in the order in which they pass: (name, minutes)."""
    return (
        ("install", release.install_minutes),
        ("checks", release.check_minutes),
        ("approval", release.approval_minutes),
        ("shift", shift_minutes(release=release)),
        ("bake", release.bake_minutes),
    )


def release_minutes(*, release: Release) -> int:
    """From the start of a deployment until the release counts as done; not blue's standby."""
    return sum(minutes for _, minutes in release_terms(release=release))


def release_sum(*, release: Release) -> str:
    """The sum, written out: ``10 install + 5 checks + 0 approval + 5 shift + 10 bake = 30``."""
    terms = " + ".join(f"{minutes} {name}" for name, minutes in release_terms(release=release))
    return f"{terms} = {release_minutes(release=release)} minutes"


def alarm_window_seconds(*, alarms: Alarms) -> int:
    """The time that an alarm looks back on, and so the least in which it surely sees a fault."""
    return alarms.evaluation_periods * alarms.period_seconds


def guarded_minutes(*, release: Release) -> int:
    """The time in which the alarms watch a release while blue can still take the traffic back.

    The shift where traffic moves in steps, else the bake.
    """
    if release.strategy == "all_at_once":
        return release.bake_minutes
    return shift_minutes(release=release)


def healthy_seconds(*, health_check: HealthCheck) -> int:
    """The least that a new task needs to count as healthy, its grace period included."""
    return (
        health_check.grace_period_seconds
        + health_check.healthy_threshold * health_check.interval_seconds
    )


def check_seconds(*, check: Check) -> int:
    """The most that a check takes: all of its repetitions time out, four at a time."""
    return ceil(check.repetitions / CHECK_CONCURRENCY) * check.timeout_seconds
