"""What EventBridge is told.

https://docs.aws.amazon.com/codedeploy/latest/userguide/monitoring-cloudwatch-events.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .parts import standby
from .world import SERVICE, World


def test_an_event_is_a_whole_envelope(world: World) -> None:
    world.group()
    id = world.deploy()
    world.pass_time(0)
    [event] = world.outside.published
    group = world.codedeploy.get_deployment_group(
        applicationName=SERVICE, deploymentGroupName=SERVICE
    )["deploymentGroupInfo"]
    prefix = "arn:aws:codedeploy:eu-central-1:123456789012"
    assert dict(event) == {
        "version": "0",
        "id": event["id"],
        "detail-type": "CodeDeploy Deployment State-change Notification",
        "source": "aws.codedeploy",
        "account": "123456789012",
        "time": "2026-03-02T12:01:00Z",
        "region": "eu-central-1",
        "resources": [
            f"{prefix}:application:{SERVICE}",
            f"{prefix}:deploymentgroup:{SERVICE}/{SERVICE}",
        ],
        "detail": {
            "region": "eu-central-1",
            "deploymentId": id,
            "instanceGroupId": group["deploymentGroupId"],
            "deploymentGroup": SERVICE,
            "application": SERVICE,
            "state": "START",
        },
    }


def test_a_release_that_goes_well_starts_and_succeeds(world: World) -> None:
    world.group(blueGreenDeploymentConfiguration=standby(0))
    world.deploy()
    world.pass_time(400)
    assert world.states() == ["START", "SUCCESS"]


def test_a_release_that_waits_for_approval_says_ready_and_stop_when_nobody_comes(
    world: World,
) -> None:
    world.group(blueGreenDeploymentConfiguration=standby(60, approval=15))
    world.deploy()
    world.pass_time(1000)
    assert world.states() == ["START", "READY", "STOP", "START", "SUCCESS"]


def test_a_failed_release_says_failure_and_its_rollback_tells_its_own_story(
    world: World,
) -> None:
    world.group()
    id = world.deploy(hooks=True)
    world.pass_time(31)
    world.answer_hook("Failed")
    world.pass_time(20)
    rollback = world.info(id)["rollbackInfo"]["rollbackDeploymentId"]
    told = [(one["detail"]["deploymentId"], one["detail"]["state"]) for one in published(world)]
    assert told == [(id, "START"), (id, "FAILURE"), (rollback, "START"), (rollback, "SUCCESS")]


def test_events_have_ids_of_their_own(world: World) -> None:
    world.group(blueGreenDeploymentConfiguration=standby(0))
    world.deploy()
    world.pass_time(400)
    world.deploy()
    world.pass_time(400)
    ids = [event["id"] for event in published(world)]
    assert len(set(ids)) == len(ids) == 4


def test_a_receiver_of_events_finds_the_state_it_is_told_of(world: World) -> None:
    seen = []

    def look(event: Mapping[str, Any]) -> None:
        detail = event["detail"]
        seen.append((detail["state"], world.info(detail["deploymentId"])["status"]))

    world.group(blueGreenDeploymentConfiguration=standby(0))
    world.outside.on_event = look
    world.deploy()
    world.pass_time(29)
    assert seen == [("START", "InProgress")]
    world.pass_time(400)
    assert seen[1:] == [("SUCCESS", "Succeeded")]


def test_who_hears_of_a_stop_finds_its_rollback(world: World) -> None:
    seen = []

    def look(event: Mapping[str, Any]) -> None:
        if event["detail"]["state"] == "STOP":
            seen.append(world.info(event["detail"]["deploymentId"])["rollbackInfo"])

    world.group()
    world.outside.on_event = look
    id = world.deploy()
    world.pass_time(31)
    world.codedeploy.stop_deployment(deploymentId=id, autoRollbackEnabled=True)
    world.pass_time(0)
    assert seen == [world.info(id)["rollbackInfo"]]


def test_a_receiver_of_events_may_stop_the_deployment(world: World) -> None:
    def stop(event: Mapping[str, Any]) -> None:
        if event["detail"]["state"] == "READY":
            world.codedeploy.stop_deployment(
                deploymentId=event["detail"]["deploymentId"], autoRollbackEnabled=True
            )

    world.group(blueGreenDeploymentConfiguration=standby(60, approval=15))
    world.outside.on_event = stop
    id = world.deploy()
    world.pass_time(30)
    assert world.info(id)["status"] == "Stopped"


def published(world: World) -> list[Mapping[str, Any]]:
    """All events so far."""
    return world.outside.published
