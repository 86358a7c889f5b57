"""How a service's release and capacity choices become CodeDeploy's and ECS's."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from aws_cdk import Duration, Stack
from aws_cdk import aws_codedeploy as codedeploy

from constructs_lib.blue_green_service import Shift, Strategy, _routing, capacity_strategy
from tests.constructs.conftest import BuildStack

SHIFTS = {
    "Canary": (
        Shift(strategy="canary", percent=10, interval=Duration.minutes(7)),
        {
            "Type": "TimeBasedCanary",
            "TimeBasedCanary": {"CanaryPercentage": 10, "CanaryInterval": 7},
        },
    ),
    "Linear": (
        Shift(strategy="linear", percent=50, interval=Duration.minutes(1)),
        {
            "Type": "TimeBasedLinear",
            "TimeBasedLinear": {"LinearPercentage": 50, "LinearInterval": 1},
        },
    ),
    "AllAtOnce": (
        Shift(strategy="all_at_once", percent=50, interval=Duration.minutes(1)),
        {"Type": "AllAtOnce"},
    ),
}


@pytest.fixture(scope="module")
def routings(built: BuildStack) -> dict[str, Any]:
    """Name -> the routing that CodeDeploy is told, of every strategy."""

    def make(stack: Stack) -> None:
        for name, (shift, _) in SHIFTS.items():
            codedeploy.EcsDeploymentConfig(
                stack, name, deployment_config_name=name, traffic_routing=_routing(shift)
            )

    configs = built(make).find_resources("AWS::CodeDeploy::DeploymentConfig").values()
    return {
        c["Properties"]["DeploymentConfigName"]: c["Properties"]["TrafficRoutingConfig"]
        for c in configs
    }


@pytest.mark.parametrize("name", SHIFTS)
def test_a_strategy_becomes_codedeploys_routing(routings: dict[str, Any], name: str) -> None:
    assert routings[name] == SHIFTS[name][1]


def test_every_strategy_is_tested() -> None:
    assert {shift.strategy for shift, _ in SHIFTS.values()} == set(get_args(Strategy))


@pytest.mark.parametrize(
    ("spot_percent", "expected"),
    [
        (0, [("FARGATE", 100, 1)]),
        (50, [("FARGATE", 50, 1), ("FARGATE_SPOT", 50, 0)]),
        (90, [("FARGATE", 10, 1), ("FARGATE_SPOT", 90, 0)]),
        (100, [("FARGATE_SPOT", 100, 0)]),
    ],
)
def test_the_first_task_is_on_demand_unless_all_are_on_spot(
    spot_percent: int, expected: list[tuple[str, int, int]]
) -> None:
    assert [
        (strategy["CapacityProvider"], strategy["Weight"], strategy["Base"])
        for strategy in capacity_strategy(spot_percent)
    ] == expected
