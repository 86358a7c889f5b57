"""Whole releases: the real handler against the model of CodeDeploy, the clock turned by its waits.

The loop here does what the state machine does: a step, the pause that it asks for, the next step.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from lambdas.release.handler import on_step
from rehearsal.clock import play
from tests.lambdas.release.answers import Bucket
from tests.lambdas.release.given import event
from tests.lambdas.release.stack import Stack, deployments, name_hosts
from tests.rehearsal.world import ALARM, World
from tests.support.mocked_aws import mocked_aws
from tests.support.simulated_fleet import Behaviour


@pytest.fixture
def world() -> Iterator[World]:
    """A service of two healthy tasks with its deployment group; its hook says Succeeded."""
    with mocked_aws(), World.open() as opened:
        opened.group()
        opened.outside.on_hook = lambda: opened.answer_hook("Succeeded")
        opened.pass_time(60)
        yield opened


@pytest.fixture
def stack(world: World, bucket: Bucket) -> Stack:
    return Stack(world, bucket)


def test_the_first_release_is_the_service_itself(world: World, stack: Stack) -> None:
    answer = stack.request("Create", stack.serving)
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"]["DeploymentId"] == "none"
    assert deployments(world) == []


def test_a_healthy_release_is_done_after_its_bake_with_blue_still_there(
    world: World, stack: Stack
) -> None:
    began = world.clock.now()
    wanted = stack.properties("app@sha256:2")
    answer = stack.request("Update", wanted)
    assert answer["Status"] == "SUCCESS", answer["Reason"]
    (made,) = deployments(world)
    assert answer["Data"]["DeploymentId"] == made["deploymentId"]
    assert made["status"] == "InProgress"
    assert stack.primary() == wanted["TaskDefinition"]
    assert world.weights().get("green") == 100
    assert len(world.service()["taskSets"]) == 2
    # 30 s until green is healthy, 5 minutes at 20 %, 10 of bake, a poll now and then.
    assert 15.5 * 60 <= (world.clock.now() - began).total_seconds() <= 17 * 60


def test_a_failed_hook_is_told_and_cloudformations_way_back_shifts_nothing(
    world: World, stack: Stack
) -> None:
    def fail() -> None:
        report = {
            "deploymentId": world.outside.invoked[-1][1]["DeploymentId"],
            "passed": False,
            "summary": "1 of 2 checks failed",
            "failures": ["health: expected status 200, got 503"],
        }
        boto3.client("ssm").put_parameter(
            Name="/pase/storefront/release-checks",
            Value=json.dumps(report),
            Type="String",
            Overwrite=True,
        )
        world.answer_hook("Failed")

    world.outside.on_hook = fail
    before = stack.primary()
    answer = stack.request("Update", stack.properties("app@sha256:2"))
    assert answer["Status"] == "FAILED"
    failed, rollback = deployments(world)
    for part in (
        f"deployment {failed['deploymentId']} is Failed at AfterAllowTestTraffic",
        f"storefront:1 serves; rollback {rollback['deploymentId']} took the traffic back",
        "CodeDeploy says: ",
        "Release checks: 1 of 2 checks failed | health: expected status 200, got 503",
    ):
        assert part in answer["Reason"]
    assert stack.primary() == before
    back = stack.request("Update", stack.serving)
    assert back["Status"] == "SUCCESS"
    assert back["Data"]["DeploymentId"] == "none"
    assert len(deployments(world)) == 2
    assert world.weights().get("blue") == 100


def test_a_green_that_never_gets_healthy_is_taken_back_in_time_with_its_reasons(
    world: World, stack: Stack
) -> None:
    wanted = stack.properties("app@sha256:broken", TimeoutMinutes="20")
    world.fleet.behaviours[wanted["TaskDefinition"]] = Behaviour(
        healthy_after=None, crash_after=60, crash_reason="Essential container in task exited"
    )
    name_hosts()
    answer = stack.request("Update", wanted)
    assert answer["Status"] == "FAILED"
    for part in (
        "is Stopped at Install",
        "longer than its 20 minutes",
        "storefront:1 serves; rollback",
        "x Essential container in task exited",
    ):
        assert part in answer["Reason"]


def test_an_alarm_in_the_bake_takes_the_release_back_and_is_named(
    world: World, stack: Stack
) -> None:
    steps = stack.steps("Update", stack.properties("app@sha256:2"))
    for reason in steps:
        if "bake time" in reason:
            world.alarm("ALARM")
    failed, rollback = deployments(world)
    assert (failed["status"], rollback["status"]) == ("Stopped", "Succeeded")
    assert f"Alarms in ALARM now: {ALARM}." in stack.reason()
    assert f"rollback {rollback['deploymentId']} took the traffic back" in stack.reason()
    assert stack.primary() == stack.serving["TaskDefinition"]
    assert world.weights().get("blue") == 100


def test_the_next_release_cuts_the_hot_standby_of_the_last_one_short(
    world: World, stack: Stack
) -> None:
    first = stack.properties("app@sha256:2", BakeMinutes="1")
    stack.request("Update", first)
    second = stack.properties("app@sha256:3", BakeMinutes="1")
    answer = stack.request("Update", second)
    assert answer["Status"] == "SUCCESS", answer["Reason"]
    assert [one["status"] for one in deployments(world)] == ["Succeeded", "InProgress"]
    assert stack.primary() == second["TaskDefinition"]


def test_a_shift_that_somebody_began_is_taken_back_first(world: World, stack: Stack) -> None:
    other = world.deploy(image="app@sha256:elsewhere")
    world.pass_time(120)
    wanted = stack.properties("app@sha256:2", BakeMinutes="1")
    answer = stack.request("Update", wanted)
    assert answer["Status"] == "SUCCESS", answer["Reason"]
    assert world.info(other)["status"] == "Stopped"
    assert stack.primary() == wanted["TaskDefinition"]


def test_an_operators_rollback_in_the_shift_fails_the_release(world: World, stack: Stack) -> None:
    steps = stack.steps("Update", stack.properties("app@sha256:2"))
    for reason in steps:
        if "at AllowTraffic" in reason:
            world.codedeploy.stop_deployment(
                deploymentId=deployments(world)[0]["deploymentId"], autoRollbackEnabled=True
            )
    assert [one["status"] for one in deployments(world)] == ["Stopped", "Succeeded"]
    assert "is Stopped at AllowTraffic" in stack.reason()
    assert "MANUAL_STOP" in stack.reason()
    assert stack.primary() == stack.serving["TaskDefinition"]


class KilledError(Exception):
    """The process is gone."""


# A start is three calls (there are no deployments to describe yet), a step that waits is four.
@pytest.mark.parametrize("calls", range(1, 8))
def test_a_process_killed_after_any_call_starts_one_deployment_and_ends_it(
    world: World, bucket: Bucket, stack: Stack, calls: int
) -> None:
    """The n-th call that the steps make is answered by AWS, and its answer never arrives."""
    wanted = stack.properties("app@sha256:2", BakeMinutes="0")
    request = event(url=bucket.url, request_id="killed", wanted=wanted, old=stack.serving)
    given = {"request": request, "startedAt": world.clock.now().isoformat()}
    made = 0

    def count(**_: Any) -> None:
        nonlocal made
        made += 1
        if made == calls:
            raise KilledError

    def step() -> dict[str, Any]:
        session = boto3.DEFAULT_SESSION
        assert session is not None
        session.events.register("after-call", count)
        try:
            return on_step(given, now=world.clock.now())
        except KilledError:
            return {"wait": True, "seconds": 5}
        finally:
            session.events.unregister("after-call", count)

    while (answer := step())["wait"]:
        play(world.clock, [world.model], seconds=answer["seconds"])
        stack.check()
    assert made > calls
    assert [one["status"] for one in deployments(world)] == ["InProgress"]
    assert bucket.answers[-1]["Status"] == "SUCCESS"
    assert stack.primary() == wanted["TaskDefinition"]
