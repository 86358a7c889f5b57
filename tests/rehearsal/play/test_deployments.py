"""CodeDeploy's deployments as the record tells them."""

from __future__ import annotations

import json

import pytest

from rehearsal.play.deployments import DeploymentLog, event_began
from rehearsal.recording import DeploymentRecord, EnvironmentRecord

from ..parts import HOOK, appspec
from ..world import SERVICE, START, World


def current_event(record: DeploymentRecord) -> str:
    """The lifecycle event in progress, "HotStandby" after the last, "" between two."""
    for event in record.events:
        if event.status == "InProgress":
            return event.name
    return "HotStandby" if record.moved is not None and record.end is None else ""


class Log:
    """The log of a world's deployments; a version is its task definition's revision."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.record = EnvironmentRecord(
            name="prod", account="1", region="r", service="storefront", strategy="canary"
        )
        self._log = DeploymentLog(
            record=self.record,
            seconds=lambda moment: (moment - START).total_seconds(),
            version=lambda arn: f"v{arn.rpartition(':')[2]}",
            colour={world.blue: "blue", world.green: "green"}.__getitem__,
        )

    def after(self, seconds: float) -> list[DeploymentRecord]:
        """The records when so many seconds have passed."""
        self.world.pass_time(seconds)
        self._log.write(self.world.model.deployments)
        return self.record.deployments


@pytest.fixture
def log(world: World) -> Log:
    """One deployment of a canary, begun at second 60."""
    world.group()
    world.deploy()
    return Log(world)


def test_a_deployment_is_recorded_as_it_goes_on(log: Log) -> None:
    (record,) = log.after(60)
    assert (record.version, record.colour, record.status) == ("v2", "green", "InProgress")
    assert (record.start, record.end, record.moved) == (60, None, None)
    assert (record.error, record.rollback_of) == ("", "")
    events = {one.name: one for one in record.events}
    assert events["Install"].status == "Succeeded"
    assert events["AllowTraffic"].status == "InProgress"
    assert events["AllowTraffic"].end is None
    assert events["AfterAllowTraffic"].start is None
    assert current_event(record) == "AllowTraffic"


def test_it_stays_one_record_however_often_it_is_written(log: Log) -> None:
    log.after(30)
    log.after(30)
    assert len(log.after(0)) == 1


def test_hot_standby_begins_when_all_traffic_has_moved(log: Log) -> None:
    (record,) = log.after(600)
    assert record.moved == next(one.end for one in record.events if one.name == "AllowTraffic")
    assert record.moved is not None
    assert 300 <= record.moved - record.start < 600
    assert record.end is None
    assert current_event(record) == "HotStandby"
    assert event_began(record, "HotStandby") == record.moved


def test_hot_standby_has_not_begun_while_a_hook_after_the_shift_runs(world: World) -> None:
    world.group()
    spec = json.loads(appspec(world.task_definition("app@sha256:2")))
    spec["Hooks"] = [{"AfterAllowTraffic": HOOK}]
    content = {"revisionType": "AppSpecContent", "appSpecContent": {"content": json.dumps(spec)}}
    world.codedeploy.create_deployment(
        applicationName=SERVICE, deploymentGroupName=SERVICE, revision=content
    )
    log = Log(world)
    (record,) = log.after(600)
    assert current_event(record) == "AfterAllowTraffic"
    assert record.moved is None
    world.answer_hook("Succeeded")
    log.after(1)
    assert record.moved is not None
    assert record.moved < 600


def test_a_deployment_ends_after_hot_standby(log: Log) -> None:
    (record,) = log.after(2 * 3600)
    assert record.status == "Succeeded"
    assert record.end is not None
    assert record.moved is not None
    assert record.end - record.moved >= 3600
    assert current_event(record) == ""


def test_when_an_event_began(log: Log) -> None:
    (record,) = log.after(60)
    began = event_began(record, "AllowTraffic")
    assert began is not None
    assert 60 <= began <= 120
    assert event_began(record, "AfterAllowTraffic") is None
    assert event_began(record, "HotStandby") is None
    assert event_began(record, "NoSuchEvent") is None


def test_a_rollback_is_a_record_of_its_own_that_names_what_it_takes_back(log: Log) -> None:
    (record,) = log.after(60)
    log.world.alarm("ALARM")
    first, second = log.after(120)
    assert first is record
    assert first.status == "Stopped"
    assert first.end is not None
    assert "alarm" in first.error.lower()
    assert second.rollback_of == first.id
    assert second.version == "v1"
    assert second.moved is None


def test_a_deployment_that_has_ended_stays_as_it_was(log: Log) -> None:
    (record,) = log.after(2 * 3600)
    events = record.events
    log.after(10)
    assert record.events is events


def test_the_next_release_is_on_the_other_colour(log: Log) -> None:
    log.after(2 * 3600)
    log.world.deploy(image="app@sha256:3")
    first, second = log.after(60)
    assert (first.colour, second.colour) == ("green", "blue")
    assert second.version == "v3"
