"""The approval before traffic moves, and the wait before the original is terminated.

https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_DeploymentReadyOption.html
https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_ContinueDeployment.html
"""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from .parts import standby
from .world import World

APPROVAL = standby(60, approval=15)


def proceed(world: World, id: str, wait: str) -> None:
    """ContinueDeployment."""
    world.codedeploy.continue_deployment(deploymentId=id, deploymentWaitType=wait)


def test_with_approval_the_deployment_is_ready_after_the_checks_and_nothing_moves(
    world: World,
) -> None:
    world.group(blueGreenDeploymentConfiguration=APPROVAL)
    id = world.deploy()
    world.pass_time(31)
    assert world.info(id)["status"] == "Ready"
    assert world.target(id)["status"] == "Ready"
    assert world.events(id)["AfterAllowTestTraffic"] == "Succeeded"
    assert world.events(id)["BeforeAllowTraffic"] == "Pending"
    assert world.weights() == {"blue": 100, "green": 0}


def test_continuing_moves_the_traffic(world: World) -> None:
    world.group(blueGreenDeploymentConfiguration=APPROVAL)
    id = world.deploy()
    world.pass_time(31)
    proceed(world, id, "READY_WAIT")
    world.pass_time(0)
    assert world.info(id)["status"] == "InProgress"
    assert world.weights() == {"blue": 80, "green": 20}


def test_without_approval_in_time_the_deployment_is_stopped_with_the_documented_message(
    world: World,
) -> None:
    world.group(blueGreenDeploymentConfiguration=APPROVAL)
    id = world.deploy()
    world.pass_time(30 + 899)
    assert world.info(id)["status"] == "Ready"
    world.pass_time(1)
    info = world.info(id)
    assert info["status"] == "Stopped"
    assert info["errorInformation"]["message"] == (
        "The deployment timed out while waiting for a notification to continue. This time out "
        "period is 15 minutes."
    )
    world.pass_time(20)
    assert world.sets() == {"": "PRIMARY"}


def test_a_deployment_that_is_not_ready_cannot_be_continued(world: World) -> None:
    world.group()
    id = world.deploy()
    world.pass_time(31)
    with pytest.raises(ClientError, match="DeploymentIsNotInReadyStateException"):
        proceed(world, id, "READY_WAIT")
    with pytest.raises(ClientError, match="InvalidDeploymentStatusException"):
        proceed(world, id, "TERMINATION_WAIT")


def test_continuing_in_hot_standby_terminates_the_original_at_once(world: World) -> None:
    world.group()
    id = world.deploy()
    world.pass_time(30 + 300 + 60)
    proceed(world, id, "TERMINATION_WAIT")
    world.pass_time(0)
    assert world.info(id)["status"] == "Succeeded"
    assert world.sets() == {"": "DRAINING", id: "PRIMARY"}


def test_a_completed_deployment_cannot_be_continued(world: World) -> None:
    world.group(blueGreenDeploymentConfiguration=standby(0))
    id = world.deploy()
    world.pass_time(400)
    with pytest.raises(ClientError, match="DeploymentAlreadyCompletedException"):
        proceed(world, id, "TERMINATION_WAIT")


def test_no_wait_terminates_the_original_when_traffic_has_moved(world: World) -> None:
    world.group(blueGreenDeploymentConfiguration=standby(0))
    id = world.deploy()
    world.pass_time(30 + 300)
    assert world.info(id)["status"] == "Succeeded"
