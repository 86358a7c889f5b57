"""Changes and facts that the tests of the texts begin with."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from lambdas.release_notifications.change import Change, State
from lambdas.release_notifications.compose import compose
from lambdas.release_notifications.facts import (
    Checks,
    Deployment,
    Facts,
    LifecycleEvent,
    Version,
)
from lambdas.release_notifications.message import Message, Place

PLACE = Place(platform="pase", environment="prod")
ARN = "arn:aws:ecs:ap-southeast-1:444444444444:task-definition/shop"
OLD = Version(task_definition=f"{ARN}:41", image="sha256:" + "1" * 64)
NEW = Version(task_definition=f"{ARN}:42", image="sha256:" + "2" * 64)
ORDER = (
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "AllowTestTraffic",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AllowTraffic",
    "AfterAllowTraffic",
)
MOVED_AT = datetime(2026, 11, 25, 2, 50, tzinfo=UTC)
FAILED_CHECKS = Checks(
    passed=False,
    summary="shop release in prod: 2 of 4 checks failed: front page, and 1 more",
    failures=(
        "front page: 5 of 20 requests: expected status 200, got 500",
        "ready: 5 of 5 requests: no complete answer within 5 s",
    ),
)


def change(state: State, deployment_id: str = "d-NEW") -> Change:
    """A change of a deployment of `shop`, at 03:12."""
    return Change(
        state=state,
        service="shop",
        group="shop",
        deployment_id=deployment_id,
        account="444444444444",
        region="ap-southeast-1",
        at=datetime(2026, 11, 25, 3, 12, 40, tzinfo=UTC),
    )


def events(reached: str, status: str, diagnostics: str = "") -> tuple[LifecycleEvent, ...]:
    """The lifecycle events of a deployment whose last one that began is `reached`."""
    at = ORDER.index(reached)
    after = "Skipped" if status == "Failed" else "Pending"
    return (
        *(_event(name, "Succeeded") for name in ORDER[:at]),
        _event(reached, status, diagnostics),
        *(_event(name, after) for name in ORDER[at + 1 :]),
    )


def _event(name: str, status: str, diagnostics: str = "") -> LifecycleEvent:
    ended = MOVED_AT if name == "AllowTraffic" and status == "Succeeded" else None
    return LifecycleEvent(name=name, status=status, ended_at=ended, diagnostics=diagnostics)


RELEASE = Deployment(
    id="d-NEW",
    by_stack=True,
    events=events("BeforeInstall", "Pending"),
    ready_minutes=15,
    needs_approval=True,
    standby_minutes=60,
    version=NEW,
)
MOVED = replace(RELEASE, events=events("AfterAllowTraffic", "Succeeded"), standby_started=True)
FACTS = Facts(deployment=RELEASE, serving=OLD, before=OLD, asked=OLD, alarms=())


def release_facts(release: Deployment, **known: Any) -> Facts:
    """The facts about a release, where the old version still serves unless told otherwise."""
    return replace(FACTS, deployment=release, **known)


def rollback_facts(release: Deployment, **known: Any) -> Facts:
    """The facts about CodeDeploy's rollback `d-BACK` of `release`."""
    rollback = Deployment(
        id="d-BACK",
        rollback=True,
        rolls_back=release.id,
        events=events("AllowTraffic", "InProgress"),
        version=OLD,
    )
    return replace(FACTS, deployment=rollback, taken_back=release, **known)


def told(state: State, facts: Facts, deployment_id: str = "d-NEW") -> Message:
    """The message there is."""
    message = compose(change(state, deployment_id), facts, PLACE)
    assert message is not None
    return message


def footer(*, serving: Version = OLD, deployment: str = "d-NEW") -> str:
    """The end of every message about the release of NEW over OLD."""
    console = "https://ap-southeast-1.console.aws.amazon.com/codesuite/codedeploy/deployments/"
    id = deployment.partition(",")[0]
    return f"""Release
  Service      shop
  Environment  prod (444444444444, ap-southeast-1)
  Old          sha256:{"1" * 64} (shop:41)
  New          sha256:{"2" * 64} (shop:42)
  Serving      {serving.image} ({serving.task_definition.rpartition("/")[2]})
  Deployment   {deployment}
  At           2026-11-25 03:12 UTC
  Console      {console}{id}?region=ap-southeast-1
"""
