"""A service that scales while it is deployed.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-bluegreen.html
"""

from __future__ import annotations

from tests.support.simulated_fleet import Behaviour

from .world import World

SLOW = Behaviour(healthy_after=400)


def test_a_scaling_event_that_settles_in_time_changes_nothing(world: World) -> None:
    world.group()
    id = world.deploy()
    world.pass_time(31)
    world.desire(4)
    world.pass_time(300 + 31)
    assert world.info(id)["status"] == "InProgress"
    assert world.weights() == {"blue": 0, "green": 100}


def test_a_service_that_is_not_steady_five_minutes_after_scaling_fails_the_deployment(
    world: World,
) -> None:
    world.group(deploymentConfigName="CodeDeployDefault.ECSCanary10Percent15Minutes")
    world.fleet.default = SLOW
    id = world.deploy()
    world.pass_time(401)
    assert world.weights() == {"blue": 90, "green": 10}
    world.desire(4)
    world.pass_time(299)
    assert world.info(id)["status"] == "InProgress"
    world.pass_time(1)
    info = world.info(id)
    assert info["status"] == "Failed"
    assert "did not reach steady state within 5 minutes" in info["errorInformation"]["message"]
    assert world.weights() == {"blue": 100, "green": 0}


def test_traffic_goes_on_moving_while_the_service_settles(world: World) -> None:
    world.group(deploymentConfigName="CodeDeployDefault.ECSLinear10PercentEvery1Minutes")
    world.fleet.default = SLOW
    world.deploy()
    world.pass_time(401)
    world.desire(4)
    world.pass_time(180)
    assert world.weights() == {"blue": 60, "green": 40}


def test_a_scaling_event_before_green_is_installed_only_makes_install_wait(world: World) -> None:
    world.group()
    world.fleet.default = SLOW
    id = world.deploy()
    world.pass_time(300)
    world.desire(4)
    world.pass_time(350)
    assert world.events(id)["Install"] == "InProgress"
    world.pass_time(50)
    assert world.events(id)["Install"] == "Succeeded"


def test_a_lost_task_is_no_scaling_event(world: World) -> None:
    world.group()
    world.fleet.default = SLOW
    id = world.deploy()
    world.pass_time(401)
    green = world.service()["taskSets"][1]["taskSetArn"]
    world.fleet.lose(green, 1)
    world.pass_time(301)
    assert world.info(id)["status"] == "InProgress"


def test_five_minutes_begin_with_no_scaling_event_of_before(world: World) -> None:
    world.group()
    world.fleet.default = SLOW
    id = world.deploy()
    world.pass_time(1)
    world.desire(4)
    world.pass_time(350)
    world.fleet.sicken(world.service()["taskSets"][0]["taskSetArn"])
    world.pass_time(50 + 301)
    assert world.weights() == {"blue": 0, "green": 100}
    assert world.info(id)["status"] == "InProgress"
