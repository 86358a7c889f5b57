"""`status`: what serves in an environment, and what needs a person."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from lambdas.rollback.ports import CallFailed
from lambdas.rollback.served import short_revision
from lambdas.secret_redeployment.decision import is_restart

from .context import Context
from .errors import told
from .history import what
from .phases import Phase, clock_time, needs_release, phase
from .render import as_json, print_json, print_table
from .service_state import ServiceState, TaskSet, short_image

_COLUMNS = ("service", "serves", "live", "weights", "tasks", "deployment", "scaling")
_AT_ONCE = 8
_STYLES = {"act": "yellow", "missing": "red", "": ""}


def status(context: Context, services: Sequence[str]) -> int:
    """Print the state of the services named. Exit status 0 whatever it is."""
    states = _read(context, services)
    now = context.time.now()
    if context.json:
        print_json(
            {
                "environment": context.place.environment,
                "account": context.place.account,
                "region": context.place.region,
                "services": [_document(state, now=now) for state in states],
            }
        )
        return 0
    print(f"{context.place.title} at {now.astimezone():%H:%M %Z}\n")
    actions = [_actions(state, context.place.environment, now=now) for state in states]
    print_table(
        _COLUMNS,
        [_row(state, now=now) for state in states],
        styles=[
            _STYLES["missing" if state.missing else "act" if acts else ""]
            for state, acts in zip(states, actions, strict=True)
        ],
    )
    for line in (line for lines in actions for line in lines):
        print(f"\n{line}")
    return 0


def _read(context: Context, services: Sequence[str]) -> list[ServiceState]:
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        try:
            return list(pool.map(context.reader.read, services))
        except CallFailed as failure:
            raise told(failure) from failure


def _row(state: ServiceState, *, now: datetime) -> tuple[str, ...]:
    if state.missing:
        return (state.service, "-", "-", "-", "-", state.missing, "-")
    return (
        state.service,
        _serves(state, now=now),
        state.live or "-",
        " ".join(f"{one.name} {one.weight}" for one in state.colours if one.weight) or "none",
        _tasks(state.task_sets),
        _deployment(state, phase(state, now=now)),
        state.scaling,
    )


def _serves(state: ServiceState, *, now: datetime) -> str:
    image = short_image(state.serving)
    if state.asked is None:
        return image
    if not state.mismatch:
        return f"{image} as asked"
    if needs_release(state, now=now):
        return f"{image} NOT as asked"
    return f"{image} (releasing)"


def _tasks(sets: Sequence[TaskSet]) -> str:
    """`3/3`, and with a second task set `3/3 + 3/3`: that of PRIMARY first."""
    ordered = sorted(sets, key=lambda one: one.status != "PRIMARY")
    return " + ".join(f"{one.running}/{one.desired}" for one in ordered) or "none"


def _deployment(state: ServiceState, where: Phase | None) -> str:
    if state.progress is None or where is None:
        return "none"
    deployment = state.progress.deployment
    kind = f" ({what(deployment)})" if is_restart(deployment) else ""
    return f"{deployment.id}{kind}: {where.words}"


def _actions(state: ServiceState, environment: str, *, now: datetime) -> list[str]:
    """What a person should do, a sentence each."""
    name = state.service
    target = f"{environment} {name}"
    lines = []
    if needs_release(state, now=now) and state.serving and state.asked:
        lines.append(
            f"{name}: {short_image(state.serving)} ({short_revision(state.serving.arn)}) serves, "
            f"and its stack asked for {short_image(state.asked)} "
            f"({short_revision(state.asked.arn)}).\n"
            f"  To release that again:  python -m ops release {target}"
        )
    where = phase(state, now=now)
    if where is not None and where.kind == "approval" and state.progress is not None:
        until = f" by {clock_time(where.until, now=now)}" if where.until else ""
        lines.append(
            f"{name}: {state.progress.deployment.id} waits for approval{until}.\n"
            f"  To let traffic move:  python -m ops approve {target}\n"
            f"  To take it back:      python -m ops rollback {target}"
        )
    live = next((one for one in state.colours if one.name == state.live), None)
    if live is not None and not live.healthy:
        lines.append(f"{name}: no target of {live.name}, which serves, is healthy.")
    if state.breaching:
        lines.append(f"{name}: in ALARM: {', '.join(state.breaching)}.")
    if state.scaling in ("suspended", "partly suspended") or (
        state.scaling == "suspended by release" and state.progress is None
    ):
        lines.append(
            f"{name}: scaling is {state.scaling} and no release runs; the watchdog resumes what a "
            "release left suspended within 5 minutes, anything else somebody has suspended."
        )
    return lines


def _document(state: ServiceState, *, now: datetime) -> dict[str, Any]:
    where = phase(state, now=now)
    return {
        **as_json(state),
        "as_asked": None if state.asked is None or state.serving is None else not state.mismatch,
        "needs_release": needs_release(state, now=now),
        "phase": as_json(where),
    }
