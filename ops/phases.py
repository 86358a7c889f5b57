"""Where a deployment stands, in words, and how long its next moment is away. Pure: no I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from lambdas.rollback.served import READY, Deployment

from .service_state import Colour, Progress, ServiceState

Kind = Literal["installing", "approval", "shifting", "baking", "standby", "rolling back", "ended"]
# CloudFormation writes what it asked for only when its release has succeeded, a little after the
# bake.
_WRITES_AFTER = timedelta(minutes=2)


@dataclass(frozen=True, kw_only=True)
class Wait:
    """A time that passes: `then` is what comes after it."""

    name: str
    begins: datetime
    ends: datetime
    then: str


@dataclass(frozen=True, kw_only=True)
class Phase:
    """Where a deployment stands. `words` for people."""

    kind: Kind
    words: str
    until: datetime | None = None


def clock_time(moment: datetime, *, now: datetime) -> str:
    """Return the caller's local time of day, with the date when it is not today's."""
    local, today = moment.astimezone(), now.astimezone().date()
    return local.strftime("%H:%M" if local.date() == today else "%Y-%m-%d %H:%M")


def moved_at(progress: Progress) -> datetime | None:
    """Return when all traffic had moved, None before."""
    event = progress.event("AllowTraffic")
    return event.ended if event is not None and event.status == "Succeeded" else None


def phase(state: ServiceState, *, now: datetime) -> Phase | None:
    """Return where the service's deployment stands, None without one."""
    progress = state.progress
    if progress is None:
        return None
    deployment = progress.deployment
    if not deployment.active or deployment.automatic:
        return _without_waits(deployment)
    waits = list(waits_of(state, now=now))
    first = waits[0] if waits else None
    until = first.ends if first else None
    at = f" until {clock_time(until, now=now)}" if until else ""
    if deployment.status == READY:
        return Phase(kind="approval", words=f"waiting for approval{at}", until=until)
    moved = moved_at(progress)
    if moved is None:
        return _before_all_moved(state, progress, first, now=now)
    if first is not None and first.name == "bake":
        return Phase(kind="baking", words=f"all traffic moved, baking{at}", until=until)
    return Phase(kind="standby", words=f"hot standby{at}", until=until)


def _without_waits(deployment: Deployment) -> Phase:
    if deployment.active:
        return Phase(kind="rolling back", words="rolling back")
    return Phase(kind="ended", words=deployment.status.lower())


def _before_all_moved(
    state: ServiceState, progress: Progress, wait: Wait | None, *, now: datetime
) -> Phase:
    shifting = progress.event("AllowTraffic")
    if shifting is not None and shifting.status == "InProgress":
        share = next((c.weight for c in state.colours if c.name == progress.green), 0)
        words = f"shifting, {share} % on {progress.green or 'green'}"
        if wait is not None:
            words += f", next step {clock_time(wait.ends, now=now)}"
        return Phase(kind="shifting", words=words, until=wait.ends if wait else None)
    running = [event.name for event in progress.events if event.status == "InProgress"]
    words = f"preparing ({running[0]})" if running else "starting"
    return Phase(kind="installing", words=words)


def waits_of(state: ServiceState, *, now: datetime) -> Iterator[Wait]:
    """Yield the times that pass now, the one that ends the phase first."""
    progress = state.progress
    if progress is None or not progress.deployment.active or progress.deployment.automatic:
        return
    if progress.deployment.status == READY and progress.approval_minutes:
        yield _approval(progress)
    moved = moved_at(progress)
    if moved is None:
        yield from _next_step(progress, state.colours)
        return
    bakes = timedelta(minutes=progress.bake_minutes)
    if now < moved + bakes:
        yield Wait(name="bake", begins=moved, ends=moved + bakes, then="the release is done")
    ended = [event.ended for event in progress.events if event.ended is not None]
    begins = max([moved, *ended])
    standby = timedelta(minutes=progress.standby_minutes)
    yield Wait(name="hot standby", begins=begins, ends=begins + standby, then="blue is removed")


def _approval(progress: Progress) -> Wait:
    ended = [event.ended for event in progress.events if event.ended is not None]
    begins = max(ended, default=progress.deployment.created)
    then = "the release is stopped" if progress.stops_without_approval else "traffic moves"
    ends = begins + timedelta(minutes=progress.approval_minutes)
    return Wait(name="approval", begins=begins, ends=ends, then=then)


def _next_step(progress: Progress, colours: Sequence[Colour]) -> Iterator[Wait]:
    event, shift = progress.event("AllowTraffic"), progress.shift
    if event is None or event.started is None or event.status != "InProgress" or shift is None:
        return
    weight = next((colour.weight for colour in colours if colour.name == progress.green), 0)
    # The first step is made as the event starts; canary makes one, linear equal ones.
    if not shift.minutes or weight <= 0 or weight >= 100:
        return
    done = 1 if shift.kind == "TimeBasedCanary" else max(1, weight // shift.percent)
    to = 100 if shift.kind == "TimeBasedCanary" else min(100, weight + shift.percent)
    interval = timedelta(minutes=shift.minutes)
    begins = event.started + (done - 1) * interval
    then = f"{to} % on {progress.green or 'green'}"
    yield Wait(name="next step", begins=begins, ends=begins + interval, then=then)


def needs_release(state: ServiceState, *, now: datetime) -> bool:
    """Whether what serves is not what was asked for, and no release is about to put that right.

    While a release runs its revision serves before the stack has written down that it asked for
    it.
    """
    if not state.mismatch:
        return False
    progress = state.progress
    if progress is None or not progress.deployment.active:
        return True
    if progress.deployment.takes_back:
        return not progress.deployment.automatic
    if state.serving is None or progress.deployment.task_definition != state.serving.arn:
        return False
    moved = moved_at(progress)
    if moved is None:
        return False
    return now >= moved + timedelta(minutes=progress.bake_minutes) + _WRITES_AFTER
