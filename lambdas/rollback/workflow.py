"""Plans a rollback and carries the plan out, so that a person can be asked in between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from ..common.appspec import AppSpecError, with_task_definition
from .decision import Decision, Redeploy, Refuse, State, TakeBack, UnderWay, decide
from .ports import Releases, TaskDefinition
from .served import (
    ROLLBACK_DESCRIPTION,
    SUCCEEDED,
    Deployment,
    served_revisions,
    short_revision,
    split_revision,
)

# Docker's own shortest form of a digest; fewer characters would soon name more than one image.
SHORTEST_DIGEST = 7
_DIGEST = "sha256:"


class CannotRollBack(Exception):
    """There is nothing to roll back, or not to what was named; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Stopping:
    """`deployment` is to be stopped with rollback; `to` serves then, when it is known."""

    deployment: Deployment
    to: TaskDefinition | None


@dataclass(frozen=True, kw_only=True)
class Starting:
    """A deployment of `to` is to be started.

    `alarms` are those that guard it; None for all of the deployment group's. `left_out` are in
    ALARM now: with them CodeDeploy would stop the deployment at once.
    """

    service: str
    serving: TaskDefinition
    to: TaskDefinition
    appspec: str
    description: str
    alarms: Sequence[str] | None
    left_out: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Nothing is to be done: `deployment` is a rollback that goes on; `reason` says so."""

    deployment: Deployment
    reason: str


Plan = Stopping | Starting | Waiting


def plan(*, service: str, to: str, releases: Releases) -> Plan:
    """Return what takes `service` back. Changes nothing.

    `to` is empty for what served before, or names a revision (`42`, `family:42`, an ARN) or an
    image by its digest (`sha256:...`, its beginning too). Raises `CannotRollBack` and
    `ports.CallFailed`.
    """
    sets = releases.task_sets(service)
    if sets is None:
        raise CannotRollBack(
            f"the cluster has no ACTIVE service {service}; it is created by its stack"
        )
    deployments = releases.deployments(service)
    family = split_revision(sets.serving)[0] if sets.serving else service
    state = State(
        service=service,
        serving=sets.serving,
        others=sets.others,
        deployments=deployments,
        family_revisions=releases.family_revisions(family),
    )
    wanted = _named(to, state=state, family=family, releases=releases) if to else None
    decision: Decision = decide(state, to=wanted.arn if wanted else None)
    match decision:
        case Refuse(reason=reason):
            raise CannotRollBack(reason)
        case UnderWay(deployment=deployment, reason=reason):
            return Waiting(deployment=deployment, reason=reason)
        case TakeBack(deployment=deployment, to=replaced):
            known = releases.task_definition(replaced) if replaced else None
            return Stopping(deployment=deployment, to=known)
        case Redeploy(serving=serving, to=target):
            return plan_start(
                service=service,
                serving=_existing(releases, serving),
                to=_startable(releases, target),
                deployments=deployments,
                releases=releases,
                description=f"{ROLLBACK_DESCRIPTION} to {{to}}",
                despite_alarms=True,
            )
        case _:
            assert_never(decision)


def plan_start(
    *,
    service: str,
    serving: TaskDefinition,
    to: TaskDefinition,
    deployments: Sequence[Deployment],
    releases: Releases,
    description: str,
    despite_alarms: bool,
) -> Starting:
    """Return the start of a deployment of `to`, with the AppSpec of what serves in all else.

    `{to}` in `description` is replaced by the image's digest. With `despite_alarms`, alarms that
    are in ALARM are left out: what serves now causes them, and the deployment would be stopped.
    Raises `CannotRollBack` when no AppSpec is known to begin with.
    """
    breaching: Sequence[str] = ()
    kept: Sequence[str] | None = None
    if despite_alarms:
        breaching, others = releases.alarms(service)
        kept = others if breaching else None
    return Starting(
        service=service,
        serving=serving,
        to=to,
        appspec=_appspec(service, serving=serving.arn, to=to.arn, deployments=deployments),
        description=description.format(to=to.digest or short_revision(to.arn)),
        alarms=kept,
        left_out=breaching,
    )


def carry_out(planned: Stopping | Starting, *, releases: Releases) -> str:
    """Do it, and return the id of the deployment that was stopped or started.

    Raises `ports.Overtaken` when the plan no longer fits, and `ports.CallFailed`.
    """
    if isinstance(planned, Stopping):
        releases.stop(planned.deployment.id)
        return planned.deployment.id
    return releases.start(
        service=planned.service,
        appspec=planned.appspec,
        description=planned.description,
        alarms=planned.alarms,
    )


def _appspec(service: str, *, serving: str, to: str, deployments: Sequence[Deployment]) -> str:
    """The newest AppSpec of what serves, else of the newest that succeeded, else the newest.

    CodeDeploy's own rollbacks come last: theirs may lack the hooks.
    """

    def fitness(one: Deployment) -> tuple[bool, bool, bool, datetime]:
        return (
            not one.automatic,
            one.task_definition == serving,
            one.status == SUCCEEDED,
            one.created,
        )

    for deployment in sorted(deployments, key=fitness, reverse=True):
        if deployment.appspec is None:
            continue
        try:
            return with_task_definition(deployment.appspec, to)
        except AppSpecError:
            continue
    raise CannotRollBack(
        f"CodeDeploy has no AppSpec of {service} to start from: nothing was released yet. Deploy "
        "the service's stack with the image that is wanted"
    )


def _named(to: str, *, state: State, family: str, releases: Releases) -> TaskDefinition:
    if to.startswith(_DIGEST):
        if len(to) < len(_DIGEST) + SHORTEST_DIGEST:
            raise CannotRollBack(
                f"{to!r} is too short for a digest; give at least {SHORTEST_DIGEST} digits of it"
            )
        return _of_digest(to, state=state, releases=releases)
    name = f"{family}:{to}" if to.isdecimal() else to
    try:
        given, _ = split_revision(name)
    except ValueError:
        raise CannotRollBack(
            f"{to!r} names no revision; give a number (42), {family}:42, or a digest (sha256:...)"
        ) from None
    if given != family:
        raise CannotRollBack(
            f"{to!r} is of the family {given!r}, and {state.service} runs {family!r}"
        )
    found = releases.task_definition(name)
    if found is None:
        raise CannotRollBack(f"there is no task definition {name}")
    return found


def _of_digest(digest: str, *, state: State, releases: Releases) -> TaskDefinition:
    looked_at = list(_unique(_candidates(state)))
    for arn in looked_at:
        found = releases.task_definition(arn)
        if found is not None and (found.digest or "").startswith(digest):
            return found
    raise CannotRollBack(
        f"none of the latest {len(looked_at)} revisions of {state.service} runs the image {digest}"
    )


def _candidates(state: State) -> Iterator[str]:
    if state.serving is not None:
        yield state.serving
    yield from state.others
    yield from reversed(served_revisions(state.deployments))
    yield from state.family_revisions


def _unique(values: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(values)


def _existing(releases: Releases, arn: str) -> TaskDefinition:
    found = releases.task_definition(arn)
    if found is None:
        raise CannotRollBack(f"the task definition {arn} does not exist")
    return found


def _startable(releases: Releases, arn: str) -> TaskDefinition:
    found = _existing(releases, arn)
    if not found.active:
        raise CannotRollBack(
            f"{short_revision(arn)} is INACTIVE: somebody has deregistered it, and ECS starts no "
            "tasks from it. Name another revision to roll back to"
        )
    return found
