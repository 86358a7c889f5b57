"""Decides the one next step of a release. Pure: no I/O, no clock.

Only one deployment of a group may be active at a time, and CodeDeploy refuses a second
(https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_CreateDeployment.html,
DeploymentLimitExceededException). So whatever is active is brought to its end first: blue's hot
standby is cut short, a shift is taken back, a rollback is left to end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from .request import Asked, Wanted, revision_of
from .snapshot import Deployment, Snapshot, Status

POLL_SECONDS = 15
ANNOUNCEMENT = timedelta(minutes=1)
"""How long a deployment that failed is watched for the rollback that CodeDeploy may begin."""


@dataclass(frozen=True, kw_only=True)
class Succeed:
    """The release is done. `deployment_id` is None when none was started for it."""

    action: str
    deployment_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Fail:
    """The release has failed. `deployment` is the one that a person wants to know more about."""

    reason: str
    deployment: Deployment | None = None


@dataclass(frozen=True, kw_only=True)
class Wait:
    """Look again in `seconds`."""

    reason: str
    seconds: int = POLL_SECONDS


@dataclass(frozen=True, kw_only=True)
class Start:
    """Create this request's deployment: there is none, and nothing else is under way."""


@dataclass(frozen=True, kw_only=True)
class TakeBack:
    """Stop a deployment; CodeDeploy routes traffic back to the task set it came from."""

    deployment_id: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class EndStandby:
    """Let a deployment whose traffic has moved clean up now instead of at its appointed time."""

    deployment_id: str
    reason: str


Decision = Succeed | Fail | Wait | Start | TakeBack | EndStandby


def decide(asked: Asked, seen: Snapshot) -> Decision:
    """Return the next step towards what is `asked`, given everything `seen` at this moment."""
    if seen.service is None or seen.service.status != "ACTIVE":
        return Fail(reason=_not_active(asked.wanted, seen))
    mine = seen.mine(asked.request_id)
    if mine is None:
        return _before_mine(asked, seen)
    if mine.active:
        return _while_mine(asked, seen, mine)
    return _after_mine(asked, seen, mine)


def _before_mine(asked: Asked, seen: Snapshot) -> Decision:
    busy = _unsettled(seen)
    if busy is None and _runs_what_is_wanted(asked, seen):
        return Succeed(action=_nothing_to_do(asked))
    if not _is_news(asked, seen) and (busy is None or _is_a_persons(busy)):
        return Succeed(action=_left_as_it_is(asked, seen))
    if seen.now >= asked.deadline:
        return Fail(reason=_never_started(asked, busy), deployment=busy)
    if busy is not None:
        return _settle(busy)
    standing = _in_standby(seen)
    if standing is not None:
        return EndStandby(
            deployment_id=standing.id,
            reason=f"deployment {standing.id} has moved its traffic; its hot standby ends now",
        )
    return Start()


def _settle(busy: Deployment) -> Decision:
    if busy.active and not busy.rollback:
        return TakeBack(
            deployment_id=busy.id,
            reason=f"deployment {busy.id} was still under way and is taken back before this one",
        )
    return Wait(reason=f"deployment {busy.id} ({busy.status}) has not settled yet")


def _while_mine(asked: Asked, seen: Snapshot, mine: Deployment) -> Decision:
    moved = mine.traffic_moved_at
    if moved is not None:
        baked = moved + asked.wanted.bake
        if seen.now >= baked:
            return Succeed(action=_moved_and_baked(asked, mine), deployment_id=mine.id)
        if baked <= asked.latest_answer:
            left = ceil((baked - seen.now).total_seconds())
            return Wait(
                reason=f"all traffic has moved; {left} s of bake time are left",
                seconds=min(POLL_SECONDS, left),
            )
    if seen.now >= asked.latest_answer:
        return Fail(reason="It could not be stopped in time and is still active.", deployment=mine)
    if (limit := _limit_passed(asked, mine, seen.now)) is not None:
        return TakeBack(deployment_id=mine.id, reason=limit)
    return Wait(reason=f"deployment {mine.id} is {mine.status}, {_where(mine)}")


def _after_mine(asked: Asked, seen: Snapshot, mine: Deployment) -> Decision:
    if mine.status is Status.SUCCEEDED:
        return Succeed(
            action=f"deployment {mine.id} released {asked.wanted.revision}", deployment_id=mine.id
        )
    in_time = seen.now < asked.latest_answer
    rollback = seen.rollback_of(mine)
    if rollback is not None and rollback.active and in_time:
        return Wait(reason=f"rollback {rollback.id} of deployment {mine.id} is {rollback.status}")
    if rollback is None and _may_yet_roll_back(seen, mine) and in_time:
        return Wait(reason=f"deployment {mine.id} has {mine.status}; a rollback may follow")
    if (
        mine.status is Status.STOPPED
        and rollback is None
        and mine.rollback_id is None
        and _runs_what_is_wanted(asked, seen)
    ):
        return Succeed(
            action=f"deployment {mine.id} was stopped without a rollback after traffic had moved; "
            f"{asked.wanted.revision} serves",
            deployment_id=mine.id,
        )
    limit = _limit_passed(asked, mine, mine.ended_at) if mine.ended_at else None
    if mine.status is Status.STOPPED and limit is not None:
        return Fail(reason=f"It was stopped because {limit}.", deployment=mine)
    return Fail(reason="", deployment=mine)


def _unsettled(seen: Snapshot) -> Deployment | None:
    """The deployment that moves traffic or may be about to: the first one, rollbacks first.

    That is any active one which has not moved all of its traffic (a rollback counts until it
    ends), and one that failed a moment ago without its rollback being there yet.
    """
    moving = [
        each
        for each in seen.deployments
        if (each.active and (each.rollback or each.traffic_moved_at is None))
        or (
            each.taken_back
            and not each.rollback
            and seen.rollback_of(each) is None
            and _may_yet_roll_back(seen, each)
        )
    ]
    return min(moving, key=lambda each: (not each.rollback, each.created_at), default=None)


def _in_standby(seen: Snapshot) -> Deployment | None:
    for each in seen.deployments:
        if each.active and not each.rollback and each.traffic_moved_at is not None:
            return each
    return None


def _may_yet_roll_back(seen: Snapshot, ended: Deployment) -> bool:
    return ended.ended_at is None or seen.now < ended.ended_at + ANNOUNCEMENT


def _runs_what_is_wanted(asked: Asked, seen: Snapshot) -> bool:
    primary = seen.service.primary if seen.service else None
    if primary is None or primary.task_definition != asked.wanted.task_definition:
        return False
    # Compared only when it changes: a service may have been made under other properties.
    return not asked.placement_changes or primary.placement == asked.wanted.placement


def _is_news(asked: Asked, seen: Snapshot) -> bool:
    """Whether this update may release what it wants.

    What the stack had asked for already and does not serve was taken back in hot standby. It is not
    released again by the way: neither by an update of something else, nor by the update with which
    CloudFormation goes back when a later release has failed. It is when that is asked for
    (`Repeat`), and when what this update comes from is what serves.
    """
    if asked.previous is None or asked.repeats:
        return True
    if seen.asked_for != asked.wanted.task_definition:
        return True
    former = asked.previous.task_definition
    primary = seen.service.primary if seen.service else None
    serves = primary.task_definition if primary else None
    return former != asked.wanted.task_definition and former == serves


def _is_a_persons(busy: Deployment) -> bool:
    return busy.active and not busy.rollback and busy.request_id is None


def _left_as_it_is(asked: Asked, seen: Snapshot) -> str:
    primary = seen.service.primary if seen.service else None
    serves = revision_of(primary.task_definition) if primary else "nothing"
    return (
        f"{serves} serves {asked.wanted.service}; {asked.wanted.revision} was taken back after "
        "this stack had released it, and is not released again by the way: python -m ops release "
        "does that, or a higher release.repeat"
    )


def _nothing_to_do(asked: Asked) -> str:
    return f"{asked.wanted.service} runs {asked.wanted.revision} already; no deployment was started"


def _never_started(asked: Asked, busy: Deployment | None) -> str:
    reason = f"No deployment was started within {_minutes(asked.wanted.timeout)} minutes"
    if busy is None:
        return f"{reason}. Deploy this stack again."
    return (
        f"{reason}, because deployment {busy.id} of {asked.wanted.service} did not end (status "
        f"{busy.status}). Let it end or stop it, then deploy this stack again."
    )


def _moved_and_baked(asked: Asked, mine: Deployment) -> str:
    return (
        f"deployment {mine.id} moved all traffic to {asked.wanted.revision}, which has served for "
        f"{_minutes(asked.wanted.bake)} minutes; the former tasks stay as a hot standby"
    )


def _limit_passed(asked: Asked, mine: Deployment, now: datetime) -> str | None:
    """Which of its times `mine` has used up at `now`, so that it is taken back."""
    wanted = asked.wanted
    if now >= asked.deadline:
        return f"the release took longer than its {_minutes(wanted.timeout)} minutes"
    # CodeDeploy itself waits for an hour.
    if not mine.installed and now >= mine.created_at + wanted.install:
        return f"green's tasks were not healthy within {_minutes(wanted.install)} minutes"
    return None


def _where(mine: Deployment) -> str:
    for event in mine.events:
        if event.status == "InProgress":
            return f"at {event.name}"
    return "between two lifecycle events" if mine.events else "not begun"


def _minutes(time: timedelta) -> str:
    return f"{time.total_seconds() / 60:g}"


def _not_active(wanted: Wanted, seen: Snapshot) -> str:
    what = "does not exist" if seen.service is None else f"is {seen.service.status}"
    return (
        f"Service {wanted.service} in cluster {wanted.cluster} {what}, so "
        f"{revision_of(wanted.task_definition)} cannot be released to it. Find out who deleted it "
        "(CloudTrail: DeleteService), and let CloudFormation create it again before this resource."
    )
