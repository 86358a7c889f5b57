"""One step of a release: look, decide, do one thing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..common.cloudformation import Outcome
from .decision import (
    POLL_SECONDS,
    EndStandby,
    Fail,
    Start,
    Succeed,
    TakeBack,
    Wait,
    decide,
)
from .failure import explain, find_evidence
from .ports import Busy, World
from .request import Asked
from .snapshot import Deployment, Snapshot, Status

LOOK_BACK = timedelta(days=5)
"""How long before a request a deployment may have begun that is still active: an hour each to
install and for hooks, two days of hot standby, and as much for an approval."""


@dataclass(frozen=True, kw_only=True)
class Pause:
    """The release goes on: look again in `seconds`."""

    seconds: int
    reason: str


def take_step(asked: Asked, *, world: World, now: datetime) -> Pause | Outcome:
    """Do what the release needs next. Raises `AwsError`; the same step may then be run again.

    A step that only waits makes four calls: ListDeployments, BatchGetDeployments (one more for
    every 25 deployments in `LOOK_BACK`), GetDeploymentTarget and DescribeServices.
    """
    seen = look(asked, world=world, now=now)
    match decide(asked, seen):
        case Succeed(action=action, deployment_id=deployment_id):
            return _success(asked, action=action, deployment_id=deployment_id)
        case Fail() as failed:
            evidence = find_evidence(asked, failed, seen, world=world)
            return Outcome(
                status="FAILED",
                reason=explain(asked, failed, seen, evidence),
                physical_id=asked.wanted.physical_id,
            )
        case Wait(seconds=seconds, reason=reason):
            return Pause(seconds=seconds, reason=reason)
        case Start():
            return _started(asked, world)
        case TakeBack(deployment_id=deployment_id, reason=reason):
            world.deployments.take_back(deployment_id=deployment_id)
            return Pause(seconds=POLL_SECONDS, reason=reason)
        case EndStandby(deployment_id=deployment_id, reason=reason):
            world.deployments.end_standby(deployment_id=deployment_id)
            return Pause(seconds=POLL_SECONDS, reason=reason)


def look(asked: Asked, *, world: World, now: datetime) -> Snapshot:
    """Return what is to be known for the next decision."""
    deployments = world.deployments.since(asked.wanted, start=asked.started_at - LOOK_BACK)
    seen = Snapshot(now=now, service=world.services.describe(asked.wanted), deployments=deployments)
    mine = seen.mine(asked.request_id)

    def with_events(each: Deployment) -> Deployment:
        matters = each.status is not Status.SUCCEEDED if each is mine else _may_stand(each, mine)
        if not matters:
            return each
        return replace(each, events=world.deployments.events(asked.wanted, deployment_id=each.id))

    seen = replace(seen, deployments=tuple(with_events(each) for each in deployments))
    primary = seen.service.primary if seen.service else None
    if mine is None and primary and primary.task_definition != asked.wanted.task_definition:
        return replace(seen, asked_for=world.reports.asked_for(asked.wanted))
    return seen


def _may_stand(each: Deployment, mine: Deployment | None) -> bool:
    return mine is None and each.active and not each.rollback


def _started(asked: Asked, world: World) -> Pause:
    try:
        deployment_id = world.deployments.create(asked)
    except Busy as busy:
        return Pause(seconds=POLL_SECONDS, reason=f"{busy}; this release waits for it")
    return Pause(seconds=POLL_SECONDS, reason=f"deployment {deployment_id} was created")


def _success(asked: Asked, *, action: str, deployment_id: str | None) -> Outcome:
    return Outcome(
        status="SUCCESS",
        reason=action,
        physical_id=asked.wanted.physical_id,
        data={"DeploymentId": deployment_id or "none", "Action": action},
    )
