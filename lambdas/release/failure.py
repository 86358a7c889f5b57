"""Says why a release failed, in words that a person can act on. The most important comes first.

CloudFormation takes an answer of 4,096 bytes and `answer_body` cuts what is too long at its end, so
every part has a length of its own and what serves now is said before the details.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from .decision import Fail
from .ports import Alarm, AwsError, StoppedTask, World
from .request import Asked, revision_of
from .snapshot import Deployment, LifecycleEvent, Snapshot, Status

_LONG = 500
_SHORT = 240
_MAX_CHECKS = 5
_MAX_TASK_REASONS = 3
# ECS says this of the tasks that the rollback itself removes: no cause of anything.
_REMOVED = "Scaling activity initiated by"

_Found = TypeVar("_Found")


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What explains a failure besides the deployment; `unknown` says what could not be read."""

    checks: str | None = None
    alarms: tuple[Alarm, ...] = ()
    stopped_tasks: tuple[StoppedTask, ...] = ()
    unknown: tuple[str, ...] = ()


def find_evidence(asked: Asked, failed: Fail, seen: Snapshot, *, world: World) -> Evidence:
    """Read what explains the failure of the request's own deployment. Never raises `AwsError`."""
    mine = seen.mine(asked.request_id)
    if mine is None or failed.deployment is not mine:
        return Evidence()
    wanted = asked.wanted
    unknown: list[str] = []
    return Evidence(
        checks=_read(lambda: world.reports.checks(wanted), None, unknown),
        alarms=_read(
            lambda: world.reports.alarms(world.deployments.alarm_names(wanted)), (), unknown
        ),
        stopped_tasks=_read(lambda: world.services.stopped_tasks(wanted), (), unknown),
        unknown=tuple(unknown),
    )


def _read(what: Callable[[], _Found], otherwise: _Found, unknown: list[str]) -> _Found:
    try:
        return what()
    except AwsError as error:
        unknown.append(_cut(str(error), _SHORT))
        return otherwise


def explain(asked: Asked, failed: Fail, seen: Snapshot, evidence: Evidence) -> str:
    """Return the reason that CloudFormation shows."""
    deployment = failed.deployment
    if deployment is None:
        return failed.reason
    mine = seen.mine(asked.request_id)
    if mine is None or mine.id != deployment.id:
        return f"{failed.reason} {_console(asked, deployment)}".strip()
    parts = [
        _headline(asked, deployment),
        failed.reason,
        _what_serves(asked, seen, deployment),
        _codedeploy(deployment),
        _checks(deployment, evidence.checks),
        _alarms(deployment, evidence.alarms),
        _tasks(asked, deployment, evidence.stopped_tasks),
        *(f"Not known: {each}." for each in evidence.unknown),
        "To try the same image again, deploy this stack again.",
        _console(asked, deployment),
    ]
    return "\n".join(part for part in parts if part)


def _headline(asked: Asked, mine: Deployment) -> str:
    wanted = asked.wanted
    event = _failed_event(mine)
    at = f" at {event.name}" if event else ""
    return (
        f"The release of {_cut(wanted.digest, 120)} ({wanted.revision}) to {wanted.service} "
        f"failed: deployment {mine.id} is {mine.status}{at}."
    )


def _what_serves(asked: Asked, seen: Snapshot, mine: Deployment) -> str:
    primary = seen.service.primary if seen.service else None
    serves = revision_of(primary.task_definition) if primary else "no task set"
    rollback = seen.rollback_of(mine)
    if rollback is not None and rollback.status is Status.SUCCEEDED:
        return f"{serves} serves; rollback {rollback.id} took the traffic back."
    if mine.active:
        return f"{serves} serves; the deployment is still active."
    if rollback is None:
        how = f"CodeDeploy made no rollback. {_cut(mine.rollback_message, _SHORT)}".strip()
    else:
        why = _cut(rollback.error_message or mine.rollback_message, _SHORT)
        how = f"rollback {rollback.id} is {rollback.status}. {why}".strip()
    look = (
        f" Look at it NOW: {asked.wanted.revision}, which failed, may serve users."
        if primary is None or primary.task_definition == asked.wanted.task_definition
        else ""
    )
    return f"{serves} serves; {how}{look}"


def _codedeploy(mine: Deployment) -> str:
    event = _failed_event(mine)
    said = [f"{mine.error_code}: {_cut(mine.error_message, _LONG)}"] if mine.error_code else []
    if event is not None and event.diagnostics:
        said.append(f"{event.name}: {_cut(event.diagnostics, _LONG)}")
    return f"CodeDeploy says: {' | '.join(said)}" if said else ""


def _checks(mine: Deployment, text: str | None) -> str:
    """The report of the hook, which is about this deployment only when it names it."""
    report = _json(text)
    if report.get("deploymentId") != mine.id or report.get("passed") is True:
        return ""
    failures = report.get("failures")
    shown = [_cut(_plain(each), _SHORT) for each in failures] if isinstance(failures, list) else []
    more = f" (and {len(shown) - _MAX_CHECKS} more)" if len(shown) > _MAX_CHECKS else ""
    summary = _cut(str(report.get("summary", "")), _SHORT)
    return " | ".join([f"Release checks: {summary}", *shown[:_MAX_CHECKS]]) + more


def _alarms(mine: Deployment, alarms: tuple[Alarm, ...]) -> str:
    now = [alarm.name for alarm in alarms if alarm.state == "ALARM"]
    parts = [f"Alarms in ALARM now: {_names(now)}."] if now else []
    if mine.error_code == "ALARM_ACTIVE":
        were = [
            alarm.name
            for alarm in alarms
            if alarm.state != "ALARM" and alarm.changed_at and alarm.changed_at >= mine.created_at
        ]
        if were:
            parts.append(f"Alarms that changed their state since it began: {_names(were)}.")
    return " ".join(parts)


def _tasks(asked: Asked, mine: Deployment, tasks: tuple[StoppedTask, ...]) -> str:
    reasons: dict[str, int] = {}
    for task in tasks:
        if task.task_definition != asked.wanted.task_definition:
            continue
        before = task.created_at is not None and task.created_at < mine.created_at
        if before or not task.reasons:
            continue
        if task.reasons[0].startswith(_REMOVED):
            continue
        reason = "; ".join(task.reasons)
        reasons[reason] = reasons.get(reason, 0) + 1
    worst = sorted(reasons.items(), key=lambda each: -each[1])[:_MAX_TASK_REASONS]
    if not worst:
        return ""
    return "Stopped tasks: " + " | ".join(
        f"{count} x {_cut(reason, _SHORT)}" for reason, count in worst
    )


def _failed_event(deployment: Deployment) -> LifecycleEvent | None:
    """The lifecycle event that failed, else the one that was under way when it ended."""
    for status in ("Failed", "InProgress", "Unknown"):
        for event in deployment.events:
            if event.status == status:
                return event
    return None


def _console(asked: Asked, deployment: Deployment) -> str:
    region = asked.wanted.region
    if not asked.wanted.task_definition.startswith("arn:aws:"):
        return f"Deployment {deployment.id} in {region}."  # Other partitions' consoles differ.
    return (
        f"https://{region}.console.aws.amazon.com/codesuite/codedeploy/deployments/"
        f"{deployment.id}?region={region}"
    )


def _json(text: str | None) -> dict[str, Any]:
    try:
        document = json.loads(text or "")
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _names(names: list[str]) -> str:
    return _cut(", ".join(names), _LONG)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
