"""The clock, and what the model does with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.model import OperationModel

from rehearsal.clock import ManualClock, play

from .parts import appspec, standby
from .world import START, World


class Bell:
    """Rings at its moments and writes down when."""

    def __init__(self, clock: ManualClock, *seconds: int) -> None:
        self.clock = clock
        self.waiting = [START + timedelta(seconds=second) for second in seconds]
        self.rang: list[datetime] = []

    def run_due(self) -> None:
        """Ring."""
        while self.waiting and self.waiting[0] <= self.clock.now():
            self.waiting.pop(0)
            self.rang.append(self.clock.now())

    def next_due(self) -> datetime | None:
        """The next moment."""
        return self.waiting[0] if self.waiting else None


def test_a_clock_stands_still_until_it_is_turned() -> None:
    clock = ManualClock(START)
    assert clock.now() == clock.now() == START
    clock.advance(1.5)
    assert clock.now() == START + timedelta(seconds=1.5)


def test_a_clock_does_not_go_back() -> None:
    clock = ManualClock(START)
    with pytest.raises(ValueError, match="does not go back"):
        clock.turn_to(START - timedelta(seconds=1))


def test_a_clock_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="names no zone"):
        ManualClock(datetime(2026, 3, 2))


def test_playing_stops_at_every_moment_of_every_actor_and_ends_on_time() -> None:
    clock = ManualClock(START)
    bells = [Bell(clock, 10, 40), Bell(clock, 25, 61)]
    play(clock, bells, seconds=60)
    rang = [[(moment - START).total_seconds() for moment in bell.rang] for bell in bells]
    assert rang == [[10, 40], [25]]
    assert clock.now() == datetime(2026, 3, 2, 12, 1, tzinfo=UTC)


def test_the_model_knows_when_something_is_due_next(world: World) -> None:
    assert world.model.next_due() is None
    world.group(blueGreenDeploymentConfiguration=standby(60))
    world.deploy()
    now = world.clock.now()
    assert world.model.next_due() == now
    world.model.run_due()
    assert world.model.next_due() == now + timedelta(seconds=10)
    world.pass_time(30)
    assert world.model.next_due() == now + timedelta(seconds=330)
    world.pass_time(300)
    assert world.model.next_due() == now + timedelta(seconds=330 + 3600)


def test_an_answered_hook_is_due_at_once(world: World) -> None:
    world.group()
    world.deploy(hooks=True)
    world.pass_time(31)
    assert world.model.next_due() == world.clock.now() + timedelta(seconds=3599)
    world.answer_hook("Succeeded")
    assert world.model.next_due() == world.clock.now()


def test_what_fell_due_in_a_jump_happens_in_its_order_with_its_times(world: World) -> None:
    world.group(blueGreenDeploymentConfiguration=standby(10))
    id = world.deploy()
    world.clock.advance(24 * 3600)
    world.model.run_due()
    created = world.info(id)["createTime"]
    assert world.info(id)["completeTime"] - created == timedelta(seconds=30 + 300 + 600)
    assert world.model.next_due() is None


def test_nothing_due_costs_no_call_and_a_running_deployment_one(world: World) -> None:
    calls: list[str] = []

    def count(model: OperationModel, **_: object) -> None:
        calls.append(model.name)

    world.group()
    for client in (world.model._stage.services._ecs, world.model._alarms._cloudwatch):
        client.meta.events.register("before-call", count)
    world.model.run_due()
    assert calls == []
    world.deploy()
    world.pass_time(60)
    calls.clear()
    world.model.run_due()
    assert calls == ["DescribeAlarms"]


def test_two_services_are_deployed_side_by_side(world: World) -> None:
    """Deployment groups know nothing of each other."""
    world.group()
    client = boto3.client("codedeploy")
    client.create_application(applicationName="other", computePlatform="ECS")
    world.group(
        applicationName="other",
        deploymentGroupName="other",
        ecsServices=[{"clusterName": "pase", "serviceName": "missing"}],
    )
    other = client.create_deployment(
        applicationName="other",
        deploymentGroupName="other",
        revision=_revision(world),
    )["deploymentId"]
    id = world.deploy()
    world.pass_time(31)
    assert world.info(other)["status"] == "Failed"
    assert world.info(id)["status"] == "InProgress"
    ids = [event["id"] for event in world.outside.published]
    assert len(set(ids)) == len(ids) == 3


def _revision(world: World) -> Any:
    content = appspec(world.task_definition("app@sha256:7"))
    return {"revisionType": "AppSpecContent", "appSpecContent": {"content": content}}
