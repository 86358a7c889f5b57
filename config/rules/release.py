"""A release fits the hour that CloudFormation gives it, and can be watched and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from config.errors import shown
from config.model.service import Service
from config.release_time import (
    LIMIT_MINUTES,
    LONGEST_STANDBY_MINUTES,
    MARGIN_MINUTES,
    alarm_window_seconds,
    check_seconds,
    guarded_minutes,
    healthy_seconds,
    release_minutes,
    release_sum,
)
from config.rules.finding import Finding

METRIC_SECONDS = 60
_TIMES = (
    "release.bake_minutes",
    "release.approval_minutes",
    "release.step_interval_minutes",
    "release.step_percent",
    "release.strategy",
    "release.install_minutes",
    "release.check_minutes",
)


def check_steps(*, service: Service) -> Iterator[Finding]:
    """Traffic that moves in steps has a first step below 100 % and time between the steps."""
    release = service.release
    if release.strategy == "all_at_once":
        return
    if release.step_percent == 100:
        yield Finding(
            keys=("release.step_percent", "release.strategy"),
            message=f"A {release.strategy} release whose first step is everything has no steps.",
            given=shown(release.step_percent),
            allowed="1 to 99",
            hint='For one step, write strategy = "all_at_once".',
        )
    if release.step_interval_minutes < 1:
        yield Finding(
            keys=("release.step_interval_minutes", "release.strategy"),
            message=f"A {release.strategy} release needs time between its steps.",
            given=shown(release.step_interval_minutes),
            allowed="1 or more minutes",
            hint='For no time between steps, write strategy = "all_at_once".',
        )


def check_total(*, service: Service) -> Iterator[Finding]:
    """Everything until the release counts as done fits a custom resource's hour, less a margin."""
    total = release_minutes(release=service.release)
    if total > LIMIT_MINUTES:
        yield Finding(
            keys=_TIMES,
            message="The release takes longer than CloudFormation waits for it.",
            given=release_sum(release=service.release),
            allowed=f"At most {LIMIT_MINUTES} minutes: a custom resource has one hour, and "
            f"{MARGIN_MINUTES} minutes of it are kept free.",
            hint=f"Shorten one of them by {total - LIMIT_MINUTES} minutes.",
        )


def check_standby(*, service: Service) -> Iterator[Finding]:
    """Blue outlives the bake, its open requests and the alarms; CodeDeploy's maximum is 2 days."""
    release = service.release
    standby = release.hot_standby_minutes
    key = "release.hot_standby_minutes"
    if standby > LONGEST_STANDBY_MINUTES:
        yield Finding(
            keys=(key,),
            message="Blue would stay longer than CodeDeploy keeps it.",
            given=shown(standby),
            allowed=f"At most {LONGEST_STANDBY_MINUTES} minutes (two days).",
        )
    if standby < release.bake_minutes:
        yield Finding(
            keys=(key, "release.bake_minutes"),
            message="Blue would be gone before the bake has ended, and with it the way back.",
            given=shown(standby),
            allowed=f"At least bake_minutes, which is {release.bake_minutes}.",
        )
    delay = service.load_balancer.deregistration_delay_seconds
    window = alarm_window_seconds(alarms=service.alarms)
    if standby * 60 < delay:
        yield Finding(
            keys=(key, "load_balancer.deregistration_delay_seconds"),
            message="Blue would be gone before its open requests have ended.",
            given=shown(standby),
            allowed=f"At least {ceil(delay / 60)}: deregistration_delay_seconds is {delay}.",
        )
    if standby * 60 < window:
        yield Finding(
            keys=(key, *_WINDOW),
            message="Blue would be gone before an alarm can see a fault.",
            given=shown(standby),
            allowed=f"At least {ceil(window / 60)}: the alarms look back {window} seconds.",
        )


_WINDOW = ("alarms.evaluation_periods", "alarms.period_seconds")


def check_alarms(*, service: Service) -> Iterator[Finding]:
    """The alarms can fire, and within the time in which they can still stop the release.

    Load balancers report every 60 seconds; an alarm with a shorter period finds no data in most of
    them and lapses into INSUFFICIENT_DATA:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """
    alarms, release = service.alarms, service.release
    if alarms.period_seconds < METRIC_SECONDS:
        yield Finding(
            keys=("alarms.period_seconds",),
            message="The load balancer reports every 60 seconds; most periods would be empty.",
            given=shown(alarms.period_seconds),
            allowed="60, 120, 180, 300",
        )
    if alarms.datapoints_to_alarm > alarms.evaluation_periods:
        yield Finding(
            keys=("alarms.datapoints_to_alarm", "alarms.evaluation_periods"),
            message="More periods must be bad than are looked at; the alarm would never fire.",
            given=shown(alarms.datapoints_to_alarm),
            allowed=f"At most evaluation_periods, which is {alarms.evaluation_periods}.",
        )
    window = alarm_window_seconds(alarms=alarms)
    guarded = guarded_minutes(release=release)
    if window > guarded * 60:
        during = "bake" if release.strategy == "all_at_once" else "shift"
        terms = f"{alarms.evaluation_periods} x {alarms.period_seconds} s"
        yield Finding(
            keys=(
                "alarms.evaluation_periods",
                "alarms.period_seconds",
                "release.bake_minutes" if during == "bake" else "release.step_interval_minutes",
                "release.strategy",
            ),
            message=f"An alarm needs longer to fire than the {during} lasts; it protects nothing.",
            given=f"{terms} = {window} seconds",
            allowed=f"At most {guarded * 60} seconds: the {during} lasts {guarded} minutes.",
            hint=f"Look at fewer periods, or make the {during} longer.",
        )


def check_install(*, service: Service) -> Iterator[Finding]:
    """There is time for green's tasks to be called healthy."""
    health = service.health_check
    needed = healthy_seconds(health_check=health)
    if service.release.install_minutes * 60 < needed:
        yield Finding(
            keys=(
                "release.install_minutes",
                "health_check.grace_period_seconds",
                "health_check.healthy_threshold",
                "health_check.interval_seconds",
            ),
            message="Green's tasks cannot be healthy within this time.",
            given=shown(service.release.install_minutes),
            allowed=f"At least {ceil(needed / 60)}: {health.grace_period_seconds} s grace + "
            f"{health.healthy_threshold} x {health.interval_seconds} s of health checks = "
            f"{needed} seconds.",
        )


def check_checks_fit(*, service: Service) -> Iterator[Finding]:
    """Even when every request times out, the release checks end in their time.

    They must answer CodeDeploy themselves; cut off, they leave it waiting for an hour.
    """
    checks = [check for check in service.checks if "release" in check.gates]
    needed = sum(check_seconds(check=check) for check in checks)
    if needed > service.release.check_minutes * 60:
        terms = " + ".join(str(check_seconds(check=check)) for check in checks)
        yield Finding(
            keys=("release.check_minutes", "checks"),
            message="The release checks may take longer than the time they have.",
            given=shown(service.release.check_minutes),
            allowed=f"At least {ceil(needed / 60)}: if all requests time out, they take {terms} = "
            f"{needed} seconds (repetitions / 4 at a time x timeout_seconds).",
            hint="Fewer repetitions, shorter timeouts, or more check_minutes (14 at most).",
        )
