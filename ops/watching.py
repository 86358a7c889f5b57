"""What a person watching a release is told: what has changed, and how it ended. Pure: no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from lambdas.rollback.served import SUCCEEDED, Deployment

from .phases import clock_time, moved_at, phase
from .service_state import LifecycleEvent, ServiceState, short_image

Goal = Literal["release", "moved", "back"]
# CodeDeploy names the deployment that takes a failed one back a moment after the failure.
_ROLLBACK_ANNOUNCED_WITHIN = timedelta(seconds=60)
_WORDS = {
    "Pending": "pending",
    "InProgress": "in progress",
    "Succeeded": "succeeded",
    "Failed": "FAILED",
    "Skipped": "skipped",
    "Unknown": "unknown",
}


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How it ended. `result` for scripts, `text` for people, in one or more lines."""

    result: Literal["succeeded", "hot standby", "traffic moved", "rolled back", "failed"]
    text: str

    @property
    def ok(self) -> bool:
        """Whether what was released serves."""
        return self.result in ("succeeded", "hot standby", "traffic moved")


def event_words(event: LifecycleEvent) -> str:
    """Return the event's status in words."""
    return _WORDS.get(event.status, event.status)


def facts(state: ServiceState, *, now: datetime) -> dict[str, str]:
    """Return what may change, each as a sentence, by a key that stays."""
    told: dict[str, str] = {}
    progress = state.progress
    if progress is not None:
        id_ = progress.deployment.id
        for event in progress.events:
            if event.status != "Pending":
                words = f"{id_} {event.name} {event_words(event)}"
                told[f"event {id_} {event.name}"] = (
                    f"{words}: {event.message}" if event.message else words
                )
    if state.colours:
        shares = ", ".join(f"{one.name} {one.weight} %" for one in state.colours)
        told["traffic"] = f"traffic: {shares}"
    for one in state.colours:
        told[f"health {one.name}"] = f"{one.name}: {one.healthy} of {one.targets} targets healthy"
    told["alarms"] = f"alarms: {', '.join(state.breaching) or 'none in ALARM'}"
    where = phase(state, now=now)
    if progress is not None and where is not None:
        told["phase"] = f"{progress.deployment.id} {where.words}"
    return told


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """Return those facts that are new or other than before."""
    return {key: text for key, text in after.items() if before.get(key) != text}


def ending(state: ServiceState, *, goal: Goal, environment: str, now: datetime) -> Ending | None:
    """Return how the deployment ended; None while there is more to see.

    With the goal `release` that is after its bake, with `moved` when all traffic has moved. With
    `back` it is to be taken back, and succeeds only by mistake. One that failed is not judged
    here: see `failure`.
    """
    progress = state.progress
    if progress is None:
        return None
    if progress.deployment.status == SUCCEEDED:
        return _succeeded(state, progress.deployment, goal=goal)
    if not progress.deployment.active or goal == "back" or moved_at(progress) is None:
        return None
    if goal == "moved":
        return Ending(
            result="traffic moved",
            text=f"{progress.deployment.id}: all traffic of {state.service} is on "
            f"{short_image(state.serving)}",
        )
    where = phase(state, now=now)
    if where is None or where.kind != "standby":
        return None
    until = f" until {clock_time(where.until, now=now)}" if where.until else ""
    return Ending(
        result="hot standby",
        text=f"{progress.deployment.id} is done: {short_image(state.serving)} serves "
        f"{state.service} and has passed its bake.\nWhat served before stays in hot "
        f"standby{until}; to return to it at once:  "
        f"python -m ops rollback {environment} {state.service}",
    )


def _succeeded(state: ServiceState, deployment: Deployment, *, goal: Goal) -> Ending:
    serving = f"{short_image(state.serving)} serves"
    if goal == "back":
        return Ending(
            result="failed",
            text=f"{deployment.id} of {state.service} succeeded before it could be stopped, and "
            f"{serving}; roll back again",
        )
    return Ending(result="succeeded", text=f"{deployment.id} succeeded: {serving} {state.service}")


def failure(failed: ServiceState, *, rollback: ServiceState | None, now: datetime) -> Ending | None:
    """Return why the deployment of `failed` failed and what serves now; None while that changes.

    `rollback` is the state with the deployment that takes it back, once there is one.
    """
    progress = failed.progress
    if progress is None or progress.deployment.active:
        return None
    if rollback is not None and rollback.progress is not None:
        if rollback.progress.deployment.active:
            return None
        taken_back = rollback.progress.deployment.status == SUCCEEDED
        return Ending(
            result="rolled back" if taken_back else "failed",
            text=_why(failed, now_serving=rollback, taken_back=taken_back),
        )
    if now - (progress.deployment.completed or now) < _ROLLBACK_ANNOUNCED_WITHIN:
        return None
    return Ending(result="failed", text=_why(failed, now_serving=failed, taken_back=False))


def _why(failed: ServiceState, *, now_serving: ServiceState, taken_back: bool) -> str:
    assert failed.progress is not None
    deployment = failed.progress.deployment
    lines = [f"{deployment.id} of {failed.service} {deployment.status.lower()}"]
    if deployment.error:
        lines[0] += f": {deployment.error}"
    lines += [
        f"  {event.name} failed" + (f": {event.message}" if event.message else "")
        for event in failed.progress.events
        if event.status == "Failed"
    ]
    report = failed.report
    if report is not None and report.deployment == deployment.id and not report.passed:
        lines.append(f"  release checks: {report.summary}")
        lines += [f"    {failure}" for failure in report.failures]
    if failed.breaching:
        lines.append(f"  in ALARM: {', '.join(failed.breaching)}")
    serving = short_image(now_serving.serving)
    how = "CodeDeploy has taken it back; " if taken_back else ""
    lines.append(f"{how}{serving} serves {failed.service} now")
    return "\n".join(lines)
