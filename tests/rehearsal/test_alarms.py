"""Alarms of a deployment group.

https://docs.aws.amazon.com/codedeploy/latest/userguide/monitoring-create-alarms.html
"""

from __future__ import annotations

import pytest

from .parts import standby
from .world import ALARM, World


def test_an_alarm_during_the_canary_step_stops_the_deployment_and_rolls_it_back(
    world: World,
) -> None:
    world.group()
    id = world.deploy()
    world.pass_time(31)
    world.alarm("ALARM")
    world.pass_time(0)
    info = world.info(id)
    assert info["status"] == "Stopped"
    assert info["errorInformation"] == {
        "code": "ALARM_ACTIVE",
        "message": "One or more alarms have been activated according to the Amazon CloudWatch "
        "metrics you selected, and the affected deployments have been stopped. Activated alarms: "
        f"<{ALARM}>",
    }
    assert world.events(id)["AllowTraffic"] == "Failed"
    assert world.events(id)["AfterAllowTraffic"] == "Skipped"
    assert world.weights() == {"blue": 100, "green": 0}


def test_alarms_are_watched_through_the_hot_standby(world: World) -> None:
    world.group()
    id = world.deploy()
    world.pass_time(30 + 300 + 3000)
    world.alarm("ALARM")
    world.pass_time(0)
    assert world.info(id)["status"] == "Stopped"
    assert world.weights() == {"blue": 100, "green": 0}


def test_alarms_are_not_watched_once_the_deployment_has_succeeded(world: World) -> None:
    world.group(blueGreenDeploymentConfiguration=standby(0))
    id = world.deploy()
    world.pass_time(400)
    world.alarm("ALARM")
    world.pass_time(60)
    assert world.info(id)["status"] == "Succeeded"
    assert world.weights() == {"blue": 0, "green": 100}


def test_an_alarm_that_is_active_from_the_start_fails_install(world: World) -> None:
    world.group()
    world.alarm("ALARM")
    id = world.deploy()
    world.pass_time(20)
    assert world.info(id)["status"] == "Stopped"
    assert world.events(id)["BeforeInstall"] == "Succeeded"
    assert world.events(id)["Install"] == "Failed"
    assert world.sets() == {"": "PRIMARY"}


def test_an_alarm_without_data_stops_nothing(world: World) -> None:
    world.group()
    world.alarm("INSUFFICIENT_DATA")
    id = world.deploy()
    world.pass_time(400)
    assert world.weights() == {"blue": 0, "green": 100}
    assert world.info(id)["status"] == "InProgress"


def test_alarms_that_are_not_enabled_are_ignored(world: World) -> None:
    world.group(alarmConfiguration={"enabled": False, "alarms": [{"name": ALARM}]})
    world.alarm("ALARM")
    world.deploy()
    world.pass_time(400)
    assert world.weights() == {"blue": 0, "green": 100}


@pytest.mark.parametrize(("ignore", "status"), [(False, "Stopped"), (True, "InProgress")])
def test_an_alarm_that_cannot_be_read_stops_the_deployment_unless_that_is_ignored(
    world: World, ignore: bool, status: str
) -> None:
    """https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_AlarmConfiguration.html"""
    world.group(
        alarmConfiguration={
            "enabled": True,
            "alarms": [{"name": "gone"}],
            "ignorePollAlarmFailure": ignore,
        }
    )
    id = world.deploy()
    world.pass_time(1)
    assert world.info(id)["status"] == status


def test_a_deployment_may_have_alarms_of_its_own(world: World) -> None:
    world.group()
    world.alarm("ALARM")
    id = world.deploy(overrideAlarmConfiguration={"enabled": False, "alarms": []})
    world.pass_time(31)
    assert world.info(id)["status"] == "InProgress"


def test_an_alarm_without_automatic_rollback_stops_and_leaves_the_weights(world: World) -> None:
    world.group(autoRollbackConfiguration={"enabled": True, "events": ["DEPLOYMENT_FAILURE"]})
    id = world.deploy()
    world.pass_time(31)
    world.alarm("ALARM")
    world.pass_time(60)
    assert world.info(id)["status"] == "Stopped"
    assert world.weights() == {"blue": 80, "green": 20}
