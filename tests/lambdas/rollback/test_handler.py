"""The rollback function: its real handler and event, boto3 against moto and the model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws

from lambdas.rollback.handler import InvalidEvent, handler
from lambdas.rollback.ports import CallFailed
from lambdas.rollback.workflow import CannotRollBack
from rehearsal.wire import in_process
from tests.ops.world import ALARMS, CLUSTER, HOOK, REGION, SERVICE, World, digest


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A service in moto that was created with one image, and not released yet."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("CLUSTER", CLUSTER)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        world = World(root=Path())
        with in_process("codedeploy", world.model):
            yield world


def roll_back(to: str = "") -> dict[str, str]:
    return handler({"service": SERVICE, "to": to}, None)


@pytest.mark.parametrize("minutes", [2, 30], ids=["shifting", "hot standby"])
def test_a_release_is_stopped_and_blue_serves_again(world: World, minutes: float) -> None:
    first = world.serving()
    deployment = world.deploy(world.define(2))
    world.turn(minutes=minutes)
    image = f"{CLUSTER}/{SERVICE}@{digest(1)}"
    assert roll_back() == {
        "action": "stopped",
        "deploymentId": deployment,
        "to": image,
        "message": f"Deployment {deployment} of {SERVICE} is being stopped; CodeDeploy moves all "
        f"traffic back to {image} ({SERVICE}:1).",
    }
    world.turn(minutes=1)
    assert world.serving() == first
    assert world.info(deployment)["status"] == "Stopped"


def test_after_the_clean_up_the_one_before_is_released_with_the_hook(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.released(2)
    world.released(3)
    answer = roll_back()
    assert (answer["action"], answer["to"]) == ("started", f"{CLUSTER}/{SERVICE}@{digest(2)}")
    assert answer["deploymentId"] == world.deployments()[0]
    assert world.content(answer["deploymentId"])["Hooks"] == [{"AfterAllowTestTraffic": HOOK}]
    assert json.loads(capsys.readouterr().out)["message"] == answer["message"]
    world.turn(minutes=10)
    assert world.serving().endswith(f"{SERVICE}:2")


def test_clicked_twice_it_is_one_rollback(world: World) -> None:
    world.released(2)
    world.released(3)
    first = roll_back()
    again = roll_back()
    assert again["action"] == "under-way"
    assert again["deploymentId"] == first["deploymentId"]
    world.turn(minutes=90)
    assert world.serving().endswith(f"{SERVICE}:2")


def test_clicked_twice_in_hot_standby_the_second_finds_codedeploys_rollback(world: World) -> None:
    deployment = world.deploy(world.define(2))
    world.turn(minutes=30)
    assert roll_back()["action"] == "stopped"
    world.turn(seconds=1)
    again = roll_back()
    assert again["action"] == "under-way"
    assert f"CodeDeploy's rollback of {deployment} is under way" in again["message"]


def test_alarms_in_alarm_are_left_out_and_named(world: World) -> None:
    world.released(2)
    world.alarm(ALARMS[0], "ALARM")
    answer = roll_back()
    assert f"Alarms in ALARM now do not stop it: {ALARMS[0]}." in answer["message"]
    world.turn(minutes=10)
    assert world.serving().endswith(f"{SERVICE}:1")


def test_with_every_alarm_in_alarm_none_watches(world: World) -> None:
    world.released(2)
    for name in ALARMS:
        world.alarm(name, "ALARM")
    override = world.info(roll_back()["deploymentId"])["overrideAlarmConfiguration"]
    assert override == {"enabled": False, "alarms": []}
    world.turn(minutes=10)
    assert world.serving().endswith(f"{SERVICE}:1")


def test_a_named_revision_is_returned_to(world: World) -> None:
    world.released(2)
    world.released(3)
    assert roll_back("1")["to"].endswith(digest(1))


def test_when_nothing_can_be_done_it_raises_the_reason(world: World) -> None:
    with pytest.raises(CannotRollBack, match="nothing to roll back: storefront:1 serves"):
        roll_back()
    with pytest.raises(CannotRollBack, match="the cluster has no ACTIVE service cart"):
        handler({"service": "cart"}, None)
    assert world.deployments() == []


@pytest.mark.parametrize("event", [{}, {"service": ""}, {"service": 1}, {"service": "a", "to": 2}])
def test_an_event_that_names_nothing_is_refused(
    event: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("CLUSTER", CLUSTER)
    with pytest.raises(InvalidEvent, match="must be a text"):
        handler(event, None)


def test_a_call_that_aws_refuses_says_which(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.released(2)
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDWATCH", "http://127.0.0.1:9")
    with pytest.raises(CallFailed, match="reading the alarms: Could not connect"):
        roll_back()
    assert len(world.deployments()) == 1
