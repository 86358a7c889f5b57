"""Decides what a rollback has to do in the state a service is in. Pure: no I/O, no clock.

CodeDeploy's own rollback is a stop with `autoRollbackEnabled`, possible while traffic moves and as
long as blue stays in hot standby
(https://docs.aws.amazon.com/codedeploy/latest/userguide/deployments-stop.html). Afterwards blue is
gone, and a rollback is a new deployment of the earlier revision
(https://docs.aws.amazon.com/codedeploy/latest/userguide/deployments-rollback-and-redeploy.html).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .served import Deployment, previous_revision, short_revision


@dataclass(frozen=True, kw_only=True)
class State:
    """What is known of the service.

    `serving` is the task definition of its PRIMARY task set, `others` those of its other task
    sets, `deployments` its history in any order, `family_revisions` the ACTIVE revisions of the
    family of `serving`.
    """

    service: str
    serving: str | None
    others: Sequence[str] = ()
    deployments: Sequence[Deployment] = ()
    family_revisions: Sequence[str] = ()

    @property
    def active(self) -> Deployment | None:
        """The deployment that CodeDeploy works on; the newest, when it reports more than one."""
        active = [one for one in self.deployments if one.active]
        return max(active, key=lambda one: one.created, default=None)


@dataclass(frozen=True, kw_only=True)
class TakeBack:
    """Stop `deployment` with rollback. `to` is what serves then, None when it is not known."""

    deployment: Deployment
    to: str | None


@dataclass(frozen=True, kw_only=True)
class Redeploy:
    """Start a deployment that replaces `serving` by `to`."""

    serving: str
    to: str


@dataclass(frozen=True, kw_only=True)
class UnderWay:
    """Nothing is to be started: `deployment` is a rollback and still active."""

    deployment: Deployment
    reason: str


@dataclass(frozen=True, kw_only=True)
class Refuse:
    """A rollback is not possible; `reason` says why and what to do."""

    reason: str


Decision = TakeBack | Redeploy | UnderWay | Refuse


def decide(state: State, *, to: str | None = None) -> Decision:
    """Return what takes the service back, to the task definition `to` (None: what served before).

    A rollback asked for twice is one rollback: the second finds the first under way, and does not
    bring back what the first one left.
    """
    if state.serving is None:
        return Refuse(
            reason=f"{state.service} has no PRIMARY task set, so nothing of it serves; deploy its "
            "stack first"
        )
    if state.active is not None:
        return _while_active(state, state.active, replaced=_replaced(state, state.active), to=to)
    if to is not None:
        if to == state.serving:
            return Refuse(reason=f"{short_revision(to)} serves {state.service} already")
        return Redeploy(serving=state.serving, to=to)
    previous = previous_revision(
        serving=state.serving,
        deployments=state.deployments,
        family_revisions=state.family_revisions,
    )
    if previous is None:
        return Refuse(
            reason=f"nothing to roll back: {short_revision(state.serving)} serves "
            f"{state.service}, and no revision that served before it is known"
        )
    return Redeploy(serving=state.serving, to=previous)


def _while_active(
    state: State, active: Deployment, *, replaced: str | None, to: str | None
) -> Decision:
    if active.automatic:
        what = f" of {active.rollback_of}" if active.rollback_of else ""
        reason = f"CodeDeploy's rollback{what} is under way: deployment {active.id}"
        return UnderWay(deployment=active, reason=reason)
    if to is not None and to == replaced:
        return TakeBack(deployment=active, to=replaced)
    if active.takes_back and to in (None, active.task_definition):
        return UnderWay(deployment=active, reason=_is_rollback(active, replaced))
    if to is None:
        return TakeBack(deployment=active, to=replaced)
    back = f" to {short_revision(replaced)}" if replaced else ""
    return Refuse(
        reason=f"deployment {active.id} of {state.service} is active, and can only be taken "
        f"back{back}; do that first (name no revision), and then roll back to {short_revision(to)}"
    )


def _replaced(state: State, active: Deployment) -> str | None:
    """Blue's revision: PRIMARY's until traffic has moved, then the other task set's."""
    if state.serving != active.task_definition:
        return state.serving
    return state.others[0] if state.others else None


def _is_rollback(active: Deployment, replaced: str | None) -> str:
    moved = " and has moved all traffic" if active.in_standby else ""
    back = f'; to undo it, roll back to "{short_revision(replaced)}"' if replaced else ""
    return f"deployment {active.id} is a rollback already{moved}{back}"
