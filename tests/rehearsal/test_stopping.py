"""Stopping a deployment, and rollback.

https://docs.aws.amazon.com/codedeploy/latest/userguide/deployments-stop.html
https://docs.aws.amazon.com/codedeploy/latest/userguide/deployments-rollback-and-redeploy.html
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from .parts import standby
from .world import SERVICE, World

NEVER = {"enabled": False}


def stop(world: World, id: str, **given: Any) -> dict[str, Any]:
    """StopDeployment."""
    answer: dict[str, Any] = world.codedeploy.stop_deployment(deploymentId=id, **given)
    return answer


def test_a_stop_is_pending_until_the_deployment_has_stopped(world: World) -> None:
    """https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-steps-ecs.html"""
    world.group()
    id = world.deploy()
    world.pass_time(31)
    assert stop(world, id)["status"] == "Pending"
    assert world.info(id)["status"] == "InProgress"
    assert stop(world, id)["status"] == "Pending"
    world.pass_time(0)
    assert world.info(id)["status"] == "Stopped"
    assert world.info(id)["errorInformation"]["code"] == "MANUAL_STOP"
    assert stop(world, id)["status"] == "Succeeded"


def test_a_stop_with_rollback_gives_all_traffic_back_at_once_and_removes_green(
    world: World,
) -> None:
    world.group()
    id = world.deploy()
    world.pass_time(31)
    stop(world, id, autoRollbackEnabled=True)
    world.pass_time(0)
    assert world.weights() == {"blue": 100, "green": 0}
    assert world.weights(world.test) == {"blue": 100}
    assert world.sets() == {"": "PRIMARY", id: "DRAINING"}
    world.pass_time(5)
    assert world.sets() == {"": "PRIMARY"}


def test_a_rollback_is_a_deployment_of_its_own_named_on_both_sides(world: World) -> None:
    world.group()
    id = world.deploy()
    world.pass_time(31)
    stop(world, id, autoRollbackEnabled=True)
    world.pass_time(0)
    told = world.info(id)["rollbackInfo"]
    rollback = told["rollbackDeploymentId"]
    assert told["rollbackMessage"] == (
        f"Deployment {id} terminated. Automatic rollback is triggered with a DeploymentId "
        f"{rollback}."
    )
    info = world.info(rollback)
    assert info["creator"] == "codeDeployRollback"
    assert info["status"] == "InProgress"
    assert info["deploymentConfigName"] == "CodeDeployDefault.ECSAllAtOnce"
    assert info["rollbackInfo"] == {
        "rollbackTriggeringDeploymentId": id,
        "rollbackMessage": f"Deployment {rollback} is triggered to roll back deployment {id}.",
    }
    world.pass_time(15)
    assert world.info(rollback)["status"] == "Succeeded"
    assert world.events(rollback)["AllowTraffic"] == "Succeeded"
    assert world.events(rollback)["Install"] == "Skipped"


def test_a_rollback_keeps_the_group_busy_until_it_has_ended(world: World) -> None:
    world.group()
    id = world.deploy()
    world.pass_time(31)
    stop(world, id, autoRollbackEnabled=True)
    world.pass_time(0)
    with pytest.raises(ClientError, match="DeploymentLimitExceededException"):
        world.deploy()
    world.pass_time(15)
    assert world.deploy()


def test_a_rollback_cannot_be_stopped(world: World) -> None:
    world.group()
    id = world.deploy()
    world.pass_time(31)
    stop(world, id, autoRollbackEnabled=True)
    world.pass_time(0)
    rollback = world.info(id)["rollbackInfo"]["rollbackDeploymentId"]
    with pytest.raises(ClientError, match="UnsupportedActionForDeploymentTypeException"):
        stop(world, rollback)


def test_a_rollback_deploys_the_last_revision_that_succeeded(world: World) -> None:
    world.group(blueGreenDeploymentConfiguration=standby(0))
    world.outside.on_hook = lambda: world.answer_hook("Succeeded")
    good = world.deploy(hooks=True)
    world.pass_time(400)
    bad = world.deploy(image="app@sha256:3")
    world.pass_time(31)
    stop(world, bad, autoRollbackEnabled=True)
    world.pass_time(0)
    assert world.info(bad)["previousRevision"] == world.info(good)["revision"]
    rollback = world.info(bad)["rollbackInfo"]["rollbackDeploymentId"]
    assert world.info(rollback)["revision"] == world.info(good)["revision"]


def test_a_stop_without_rollback_leaves_everything_where_it_is(world: World) -> None:
    """https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-steps-ecs.html"""
    world.group()
    id = world.deploy()
    world.pass_time(31)
    stop(world, id, autoRollbackEnabled=False)
    world.pass_time(3600)
    assert world.info(id)["status"] == "Stopped"
    assert "rollbackInfo" not in world.info(id)
    assert world.weights() == {"blue": 80, "green": 20}
    assert world.sets() == {"": "PRIMARY", id: "ACTIVE"}


@pytest.mark.parametrize(
    ("events", "rolls_back"),
    [(["DEPLOYMENT_STOP_ON_REQUEST"], True), (["DEPLOYMENT_FAILURE"], False)],
)
def test_without_a_word_the_configuration_decides_about_the_rollback_of_a_stop(
    world: World, events: list[str], rolls_back: bool
) -> None:
    world.group(autoRollbackConfiguration={"enabled": True, "events": events})
    id = world.deploy()
    world.pass_time(31)
    stop(world, id)
    world.pass_time(0)
    assert ("rollbackInfo" in world.info(id)) is rolls_back


def test_a_deployment_may_have_an_automatic_rollback_of_its_own(world: World) -> None:
    world.group()
    id = world.deploy(autoRollbackConfiguration=NEVER)
    world.pass_time(31)
    stop(world, id)
    world.pass_time(0)
    assert "rollbackInfo" not in world.info(id)


def test_a_stop_before_anything_is_installed_rolls_nothing_back(world: World) -> None:
    """https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html"""
    world.group()
    id = world.deploy()
    stop(world, id, autoRollbackEnabled=True)
    world.pass_time(0)
    assert world.info(id)["status"] == "Stopped"
    assert "rollbackInfo" not in world.info(id)
    assert world.sets() == {"": "PRIMARY"}


def test_a_stop_in_hot_standby_gives_the_traffic_back_to_the_original(world: World) -> None:
    world.group()
    id = world.deploy()
    world.pass_time(30 + 300 + 1800)
    stop(world, id, autoRollbackEnabled=True)
    world.pass_time(0)
    assert world.weights() == {"blue": 100, "green": 0}
    assert world.sets() == {"": "PRIMARY", id: "DRAINING"}
    assert world.service()["loadBalancers"][0]["targetGroupArn"] == world.blue
    assert set(world.events(id).values()) == {"Succeeded"}


def test_a_completed_deployment_cannot_be_stopped(world: World) -> None:
    world.group(blueGreenDeploymentConfiguration=standby(0))
    id = world.deploy()
    world.pass_time(400)
    with pytest.raises(ClientError, match="DeploymentAlreadyCompletedException"):
        stop(world, id)


def test_a_failed_hook_rolls_back_where_the_group_says_so(world: World) -> None:
    world.group()
    id = world.deploy(hooks=True)
    world.pass_time(31)
    world.answer_hook("Failed")
    world.pass_time(30)
    assert world.weights(world.test) == {"blue": 100}
    assert world.sets() == {"": "PRIMARY"}
    rollback = world.info(id)["rollbackInfo"]["rollbackDeploymentId"]
    assert world.info(rollback)["status"] == "Succeeded"


def test_a_rollback_comes_at_the_moment_of_the_stop_even_when_time_jumps(world: World) -> None:
    world.group()
    id = world.deploy(hooks=True)
    world.pass_time(31)
    world.clock.advance(7200)
    world.model.run_due()
    info = world.info(id)
    rollback = world.info(info["rollbackInfo"]["rollbackDeploymentId"])
    assert rollback["startTime"] == info["completeTime"]
    assert (info["completeTime"] - info["startTime"]).total_seconds() == 3630


def test_the_group_tells_its_last_deployments(world: World) -> None:
    world.group(blueGreenDeploymentConfiguration=standby(0))
    good = world.deploy()
    world.pass_time(400)
    bad = world.deploy(image="app@sha256:3", autoRollbackConfiguration=NEVER)
    world.pass_time(31)
    stop(world, bad)
    world.pass_time(0)
    told = world.codedeploy.get_deployment_group(
        applicationName=SERVICE, deploymentGroupName=SERVICE
    )["deploymentGroupInfo"]
    assert told["lastSuccessfulDeployment"]["deploymentId"] == good
    assert told["lastAttemptedDeployment"]["deploymentId"] == bad
    assert told["lastAttemptedDeployment"]["status"] == "Stopped"
    assert told["targetRevision"] == world.info(good)["revision"]
