"""How production moves.

https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
"""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.traffic import Step, steps

from .world import World

LINEAR = "CodeDeployDefault.ECSLinear10PercentEvery1Minutes"


def test_a_canary_moves_its_share_and_after_the_interval_the_rest(world: World) -> None:
    world.group()
    world.deploy()
    world.pass_time(29)
    assert world.weights() == {"blue": 100, "green": 0}
    world.pass_time(1)
    assert world.weights() == {"blue": 80, "green": 20}
    world.pass_time(299)
    assert world.weights() == {"blue": 80, "green": 20}
    world.pass_time(1)
    assert world.weights() == {"blue": 0, "green": 100}


def test_a_linear_shift_moves_equal_shares_until_all_has_moved(world: World) -> None:
    world.group(deploymentConfigName=LINEAR)
    world.deploy()
    world.pass_time(30)
    seen = []
    for _ in range(10):
        seen.append(world.weights()["green"])
        world.pass_time(60)
    assert seen == [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]


def test_all_at_once_moves_everything_when_the_tasks_run(world: World) -> None:
    world.group(deploymentConfigName="CodeDeployDefault.ECSAllAtOnce")
    world.deploy()
    world.pass_time(9)
    assert world.weights() == {"blue": 100}
    world.pass_time(1)
    assert world.weights() == {"blue": 0, "green": 100}


def test_a_deployment_may_have_a_configuration_of_its_own(world: World) -> None:
    world.group()
    id = world.deploy(deploymentConfigName=LINEAR)
    world.pass_time(30)
    assert world.weights() == {"blue": 90, "green": 10}
    assert world.info(id)["deploymentConfigName"] == LINEAR


@pytest.mark.parametrize(
    ("routing", "expected"),
    [
        ({"type": "AllAtOnce"}, [Step(100, 0)]),
        (
            {
                "type": "TimeBasedCanary",
                "timeBasedCanary": {"canaryPercentage": 5, "canaryInterval": 2},
            },
            [Step(5, 120), Step(100, 0)],
        ),
        (
            {
                "type": "TimeBasedLinear",
                "timeBasedLinear": {"linearPercentage": 30, "linearInterval": 1},
            },
            [Step(30, 60), Step(60, 60), Step(90, 60), Step(100, 0)],
        ),
        (
            {
                "type": "TimeBasedLinear",
                "timeBasedLinear": {"linearPercentage": 50, "linearInterval": 3},
            },
            [Step(50, 180), Step(100, 0)],
        ),
    ],
    ids=["all at once", "canary", "linear with a smaller last share", "linear"],
)
def test_steps_follow_from_the_configuration(routing: dict[str, Any], expected: list[Step]) -> None:
    assert list(steps(routing)) == expected


def test_the_test_listener_moves_before_production(world: World) -> None:
    world.group()
    world.deploy(hooks=True)
    world.pass_time(29)
    assert world.weights(world.test) == {"blue": 100}
    world.pass_time(1)
    assert world.weights(world.test) == {"green": 100}
    assert world.weights() == {"blue": 100, "green": 0}


def test_a_group_without_a_test_listener_passes_the_event_by(world: World) -> None:
    pair = world.pair()
    del pair["targetGroupPairInfoList"][0]["testTrafficRoute"]
    world.group(loadBalancerInfo=pair)
    id = world.deploy()
    world.pass_time(31)
    assert world.events(id)["AllowTestTraffic"] == "Succeeded"
    assert world.weights(world.test) == {"blue": 100}


def test_the_next_deployment_uses_the_other_target_group(world: World) -> None:
    """https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-steps-ecs.html"""
    world.group()
    world.deploy()
    world.pass_time(30 + 300 + 3600 + 10)
    assert world.weights() == {"blue": 0, "green": 100}
    world.deploy(image="app@sha256:3")
    world.pass_time(30 + 300)
    assert world.weights() == {"green": 0, "blue": 100}


def test_the_target_tells_each_set_s_share_of_production(world: World) -> None:
    world.group()
    id = world.deploy()
    world.pass_time(31)
    told = {
        one["taskSetLabel"]: (one["status"], one["trafficWeight"], one["targetGroup"]["name"])
        for one in world.target(id)["taskSetsInfo"]
    }
    assert told == {
        "Blue": ("PRIMARY", 80.0, "storefront-blue"),
        "Green": ("ACTIVE", 20.0, "storefront-green"),
    }
