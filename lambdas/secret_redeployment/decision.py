"""Decides whether a service is restarted for its secrets. Pure: no I/O, no clock.

Everything is told from the state that AWS is in, and nothing from the event that made us look: so
an event may be lost, come twice or late.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..rollback.served import READY, SUCCEEDED, Deployment, short_revision
from .injected import Injected

# The description of a restart begins with it; what follows the bracket are fingerprints.
RESTART_DESCRIPTION = "pase restart"
# Secrets that are rotated at about the same time are one restart.
QUIET = timedelta(minutes=2)
# For how long a rotation under way, or one that was left, holds up the restart for another secret.
PATIENCE = timedelta(hours=1)
# CodeDeploy announces the rollback of a deployment that failed a moment after the failure.
SETTLES = timedelta(minutes=2)
# Some releases in a row with their hot standbys, or an incident, take less; rotations are a day
# apart at least.
LATE = timedelta(hours=6)
# A description has 256 characters (https://docs.aws.amazon.com/codedeploy/latest/userguide/limits.html).
_NAMED_AT_MOST = 16


@dataclass(frozen=True, kw_only=True)
class Serving:
    """The PRIMARY task set: its task definition's ARN, and when it was created.

    Every task of it started later, and was given what its secrets said then.
    """

    task_definition: str
    created: datetime


@dataclass(frozen=True, kw_only=True)
class State:
    """What is known of a service at `now`. `breaching`: its deployments' alarms in ALARM.

    `deployments` are the latest, in any order.
    """

    service: str
    serving: Serving
    secrets: Sequence[Injected]
    deployments: Sequence[Deployment] = ()
    breaching: Sequence[str] = ()
    now: datetime


@dataclass(frozen=True, kw_only=True)
class UpToDate:
    """The tasks have what their secrets say."""


@dataclass(frozen=True, kw_only=True)
class Wait:
    """A restart is due, and not to be made now. Whoever looks next decides again."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Approve:
    """Let a restart that waits for approval move its traffic: its version was approved already."""

    deployment: Deployment


@dataclass(frozen=True, kw_only=True)
class Start:
    """Deploy what serves again, for these secrets."""

    secrets: Sequence[Injected]
    description: str


@dataclass(frozen=True, kw_only=True)
class NeedsPerson:
    """A restart is due, and nothing that is done here will bring it about."""

    reason: str


Decision = UpToDate | Wait | Approve | Start | NeedsPerson


def due(
    secrets: Sequence[Injected], serving: Serving, deployments: Sequence[Deployment]
) -> Sequence[Injected]:
    """Return the secrets of which tasks that serve may hold an earlier version.

    None that a restart was made for, if what serves is that restart's or later.
    """
    had = [one for one in deployments if is_restart(one) and one.created <= serving.created]
    return [
        secret
        for secret in secrets
        if secret.is_newer_than(serving.created) and not any(_is_for(one, secret) for one in had)
    ]


def decide(state: State) -> Decision:
    """Return what is to be done now.

    A version of a secret is restarted for once; and once more after each release, which may have
    taken the restart back or put right what had made it fail.
    """
    found = due(state.secrets, state.serving, state.deployments)
    if not found:
        return UpToDate()
    waits = _while_deployed(state)
    if waits is None:
        tried = _tried(state, found)
        if isinstance(tried, NeedsPerson):
            return tried
        waits = _not_yet(state, found)
        if waits is None:
            return Start(secrets=found, description=_description(state.service, tried))
    if isinstance(waits, Wait):
        began = min(one.since for one in found)
        if state.now >= began + LATE:
            return NeedsPerson(
                reason=f"the tasks of {state.service} should have been restarted since "
                f"{began:%Y-%m-%d %H:%M} UTC for {_names(found)}, and still are not: "
                f"{waits.reason}. They hold the login before, which works until the next rotation"
            )
    return waits


def _while_deployed(state: State) -> Wait | Approve | None:
    for one in state.deployments:
        if one.active:
            if _waits_for_us(one, state.serving):
                return Approve(deployment=one)
            what = "a restart" if is_restart(one) else "a release or rollback"
            return Wait(reason=f"deployment {one.id}, {what}, has not ended ({one.status})")
    for one in state.deployments:
        ended = one.completed or one.created
        failed = one.status != SUCCEEDED and not one.automatic and one.rolled_back_by is None
        if failed and state.now < ended + SETTLES:
            return Wait(reason=f"deployment {one.id} has just ended; its rollback may follow")
    return None


def _waits_for_us(deployment: Deployment, serving: Serving) -> bool:
    """Only of the very version that serves: a description is anybody's to write."""
    return (
        is_restart(deployment)
        and deployment.status == READY
        and not deployment.in_standby
        and deployment.task_definition == serving.task_definition
    )


def _tried(state: State, found: Sequence[Injected]) -> Sequence[Injected] | NeedsPerson:
    """Return those that no restart was made for yet."""
    restarts = []
    for one in sorted(state.deployments, key=lambda one: one.created):
        if is_restart(one):
            restarts.append(one)
        elif not one.automatic:
            restarts.clear()
    left = [secret for secret in found if not any(_is_for(one, secret) for one in restarts)]
    if left:
        return left
    last = max(restarts, key=lambda one: one.created)
    why = f": {last.error}" if last.error else ""
    return NeedsPerson(
        reason=f"the restart of {state.service} for {_names(found)} did not last: deployment "
        f"{last.id} {last.status.lower()}{why}. It is not tried again by itself. "
        f"{short_revision(state.serving.task_definition)} serves with the login before, which "
        "works until the next rotation. Find out why, then release: a new version, or the same "
        f"with a higher release.repeat in config/services/{state.service}.toml"
    )


def _not_yet(state: State, found: Sequence[Injected]) -> Wait | None:
    rotating = [one.name for one in state.secrets if one.rotating]
    if rotating and state.now < min(one.since for one in found) + PATIENCE:
        return Wait(reason=f"being rotated: {', '.join(rotating)}; one restart will do for all")
    quiet = max(one.since for one in found) + QUIET
    if state.now < quiet:
        return Wait(reason=f"rotated a moment ago; other secrets may follow until {quiet:%H:%M:%S}")
    if state.breaching:
        # CodeDeploy would stop the deployment at once, and the one try would be spent.
        return Wait(reason=f"in ALARM: {', '.join(state.breaching)}")
    return None


def is_restart(deployment: Deployment) -> bool:
    """Whether it is one of ours. CodeDeploy's rollback of a restart may have its description."""
    return not deployment.automatic and deployment.description.startswith(RESTART_DESCRIPTION)


def _is_for(restart: Deployment, secret: Injected) -> bool:
    """Whether it was made for the secret's current version since that is current."""
    fingerprints = restart.description.partition("[")[2].rstrip("]").split()
    return secret.fingerprint in fingerprints and restart.created >= secret.after


def _description(service: str, secrets: Sequence[Injected]) -> str:
    """Those beyond what fits are named by the restart after this one, should it not last."""
    names = " ".join(one.fingerprint for one in secrets[:_NAMED_AT_MOST])
    return f"{RESTART_DESCRIPTION} of {service} for rotated secrets [{names}]"


def _names(secrets: Sequence[Injected]) -> str:
    return ", ".join(one.name for one in secrets)
