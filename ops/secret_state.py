"""What is known of one secret at one moment, and what a person has to know of it. Pure: no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from lambdas.secret_redeployment.decision import LATE

from .phases import clock_time

Kind = Literal[
    "ok",
    "never rotated",
    "rotating",
    "restart due",
    "restart overdue",
    "overdue",
    "stuck",
    "off",
    "deleted",
    "missing",
    "empty",
]
NEEDS_PERSON: frozenset[Kind] = frozenset(
    {"restart overdue", "overdue", "stuck", "off", "deleted", "missing", "empty"}
)
# Secrets Manager tries again for longer than that, and a step takes seconds.
_STUCK_AFTER = timedelta(hours=1)
# What the alarm on the secret's age allows as well, beyond the interval.
_GRACE = timedelta(days=3)


@dataclass(frozen=True, kw_only=True)
class SecretState:
    """A secret. `found` is whether it is there; all that follows is empty when it is not.

    `function` is the rotation function's ARN, `every` its schedule in words with `interval` when
    that is one, `next` when Secrets Manager rotates it at the latest. `pending` is the version that
    a rotation has begun and not ended, `pending_since` about when. `injected`: ECS gives it to the
    tasks as they start; `tasks_since` is when those that serve did, and `restart_since` since when
    they should have been restarted, None when they need not be. `held_before`: tasks, of a hot
    standby too, hold the version before.
    """

    name: str
    service: str
    found: bool = True
    arn: str = ""
    enabled: bool = False
    function: str = ""
    every: str = ""
    interval: timedelta | None = None
    created: datetime | None = None
    rotated: datetime | None = None
    next: datetime | None = None
    deleted: datetime | None = None
    current: str = ""
    pending: str = ""
    pending_since: datetime | None = None
    injected: bool = False
    tasks_since: datetime | None = None
    restart_since: datetime | None = None
    held_before: bool = False


def kind(secret: SecretState, *, now: datetime) -> Kind:
    """Return what matters most about it."""
    broken = _broken(secret)
    if broken is not None:
        return broken
    if secret.pending:
        since = secret.pending_since
        return "stuck" if since is not None and now >= since + _STUCK_AFTER else "rotating"
    if not secret.enabled:
        return "off"
    if _overdue(secret, now=now):
        return "overdue"
    if secret.restart_since is not None:
        return "restart overdue" if now >= secret.restart_since + LATE else "restart due"
    return "ok" if secret.rotated is not None else "never rotated"


def _broken(secret: SecretState) -> Kind | None:
    if not secret.found:
        return "missing"
    if secret.deleted is not None:
        return "deleted"
    return None if secret.current else "empty"


def _overdue(secret: SecretState, *, now: datetime) -> bool:
    last = secret.rotated or secret.created
    if secret.interval is not None and last is not None:
        return now > last + secret.interval + _GRACE
    return secret.next is not None and now > secret.next + _GRACE


def words(secret: SecretState, *, now: datetime) -> str:
    """Return the state for a table."""
    since = secret.pending_since
    began = f" since {clock_time(since, now=now)}" if since is not None else ""
    match kind(secret, now=now):
        case "rotating":
            return f"rotation under way{began}"
        case "stuck":
            return f"stuck: AWSPENDING left{began}"
        case "off":
            return "rotation is off"
        case "empty":
            return "no value"
        case other:
            return other


def advice(secret: SecretState, *, environment: str, now: datetime) -> str | None:
    """Return what it means and what to do about it; None when nothing is."""
    text = _ADVICE.get(kind(secret, now=now))
    if text is None:
        return None
    return text.format(
        name=secret.name,
        pending=secret.pending,
        function=function_name(secret),
        rotate=f"python -m ops rotate {environment} {secret.service}",
    )


_ADVICE: Mapping[Kind, str] = {
    "missing": "{name} is not there: the environment's Secrets stack makes it; deploy it",
    "deleted": "{name} was deleted, and its users read it in vain. Within its recovery window:\n"
    "  aws secretsmanager restore-secret --secret-id {name}",
    "empty": "{name} has no AWSCURRENT version: nobody can read it; deploy its stack",
    "off": "{name} is not rotated: rotation was never configured, or was cancelled. Its stack "
    "configures it; what was cancelled is switched on, and rotated at once, by:\n"
    "  aws secretsmanager rotate-secret --secret-id {name}",
    "stuck": "{name}: a rotation was begun and did not end (AWSPENDING is on {pending}). "
    "AWSCURRENT works as before. Why is in the log of {function}; to try that rotation again:\n"
    "  {rotate}",
    "overdue": "{name} should have been rotated; to do it now:\n  {rotate}",
    "restart overdue": "{name}: tasks that serve hold the login before, which works until the next "
    "rotation; their restart should have been made hours ago. Why it was not is in the log of the "
    "function secret_redeployment. A release does as well",
}


def function_name(secret: SecretState) -> str:
    """Return the name of its rotation function."""
    return secret.function.rpartition(":")[2] or "its rotation function"


def held_by_tasks(secret: SecretState) -> str:
    """Return what the tasks that serve have of it, for a table."""
    if not secret.injected:
        return "read at run time"
    if secret.tasks_since is None:
        return "no tasks"
    return "the one before" if secret.restart_since is not None else "the current one"
