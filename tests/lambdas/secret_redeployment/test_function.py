"""The real handler and events as documented: boto3 against the models of CodeDeploy and secrets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from lambdas.common.aws import aws_client
from lambdas.rollback.adapters import AwsReleases
from lambdas.secret_redeployment.handler import InvalidInput, NotRestarted, handler
from rehearsal.wire import in_process
from tests.ops.world import ACCOUNT, ALARMS, CLUSTER, HOOK, REGION, SERVICE, World
from tests.support.rights import LOG, called, granted
from tests.support.templates import Templates

SECRET = f"{CLUSTER}/{SERVICE}/database"


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A service with a secret, that was never released."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        aws_client.cache_clear()
        world = World(root=Path())
        with (
            in_process("codedeploy", world.model),
            in_process("secretsmanager", world.secrets.model),
        ):
            inject(world, monkeypatch, SECRET)
            world.turn(minutes=10)
            yield world
        aws_client.cache_clear()


@pytest.fixture
def world(fresh: World) -> World:
    """The service was released once, a day ago."""
    fresh.released(2)
    fresh.turn(minutes=1440)
    return fresh


def inject(world: World, monkeypatch: pytest.MonkeyPatch, *names: str) -> list[str]:
    arns = [world.secrets.make(name) for name in names]
    monkeypatch.setenv("CLUSTER", CLUSTER)
    monkeypatch.setenv("SERVICES", json.dumps({SERVICE: arns}))
    return arns


def rotated(world: World, name: str = SECRET) -> None:
    """Rotate it, to the end."""
    world.secrets.rotate(name)
    world.turn(seconds=1)


def look(world: World, **event: Any) -> None:
    """The schedule's event, at the model's time."""
    time = world.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    handler({"detail-type": "Scheduled Event", "time": time, "detail": {}, **event}, None)


def logged(capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def started(world: World) -> list[str]:
    """What was deployed since that release, newest first."""
    return world.deployments()[:-1]


def primary_created(world: World) -> datetime:
    sets = world.ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]
    (found,) = [one["createdAt"] for one in sets["taskSets"] if one["status"] == "PRIMARY"]
    moment: datetime = found
    return moment


def test_after_a_rotation_the_same_version_is_deployed_with_its_hook_and_once(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    look(world)
    assert started(world) == [], "nothing was rotated"
    serving = world.serving()
    rotated(world)
    world.turn(minutes=3)
    capsys.readouterr()
    look(world)
    (restart,) = started(world)
    (line,) = logged(capsys)
    assert line == {
        "service": SERVICE,
        "because": "Scheduled Event",
        "action": f"started the restart {restart} for {SECRET}",
    }
    content = world.content(restart)
    properties = content["Resources"][0]["TargetService"]["Properties"]
    assert properties["TaskDefinition"] == serving
    assert content["Hooks"] == [{"AfterAllowTestTraffic": HOOK}]
    for _ in range(12):
        world.turn(minutes=10)
        look(world)
    assert started(world) == [restart]
    assert world.info(restart)["status"] == "Succeeded"
    assert world.serving() == serving
    assert primary_created(world) > world.secrets.model.secret(SECRET).rotated  # type: ignore[operator]


def test_two_secrets_are_one_restart(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = inject(world, monkeypatch, f"{SECRET}2", f"{CLUSTER}/{SERVICE}/payments")
    world.released(3)
    before = world.deployments()
    rotated(world, first)
    world.turn(minutes=1)
    look(world)
    rotated(world, second)
    for _ in range(20):
        look(world)
        world.turn(minutes=10)
    assert len(world.deployments()) == len(before) + 1


def test_during_a_release_nothing_is_started_and_the_release_has_the_new_secret(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    rotated(world)
    world.turn(minutes=2)
    release = world.deploy(world.define(3))
    for minutes in (1, 5, 20):
        world.turn(minutes=minutes)
        look(world)
    assert started(world) == [release]
    assert "has not ended" in logged(capsys)[0]["action"]
    world.turn(minutes=90)
    look(world)
    assert started(world) == [release]


def test_a_release_whose_tasks_began_before_the_rotation_is_followed_by_a_restart(
    world: World,
) -> None:
    release = world.deploy(world.define(3))
    world.turn(minutes=20)
    rotated(world)
    world.turn(minutes=5)
    look(world)
    assert started(world) == [release], "it is in hot standby"
    world.turn(minutes=70)
    look(world)
    restart, _ = started(world)
    world.turn(minutes=90)
    assert world.info(restart)["status"] == "Succeeded"
    assert world.serving().endswith(f"{SERVICE}:3")


def test_where_releases_wait_for_approval_a_restart_does_not(world: World) -> None:
    world.ask_for_approval()
    rotated(world)
    world.turn(minutes=3)
    look(world)
    (restart,) = started(world)
    world.turn(minutes=2)
    assert world.info(restart)["status"] == "Ready"
    look(world)
    world.turn(minutes=90)
    assert world.info(restart)["status"] == "Succeeded"


def test_a_restart_that_fails_is_not_repeated_and_fails_every_look(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    rotated(world)
    world.turn(minutes=3)
    world.hook = "Failed"
    look(world)
    (restart,) = started(world)
    world.turn(minutes=20)
    for _ in range(3):
        with pytest.raises(NotRestarted, match=f"deployment {restart} failed"):
            look(world)
        world.turn(minutes=10)
    assert logged(capsys)[-1]["error"] == "RestartDue"
    assert len(started(world)) == 2, "the restart and CodeDeploy's rollback of it"
    world.hook = "Succeeded"
    world.released(3)
    look(world)


def test_in_alarm_it_waits(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    rotated(world)
    world.alarm(ALARMS[0], "ALARM")
    world.turn(minutes=3)
    look(world)
    assert started(world) == []
    assert logged(capsys)[0]["action"] == f"nothing yet: in ALARM: {ALARMS[0]}"
    world.alarm(ALARMS[0], "OK")
    look(world)
    assert len(started(world)) == 1


def test_a_service_that_was_never_released_is_restarted_too(fresh: World) -> None:
    rotated(fresh)
    fresh.turn(minutes=3)
    look(fresh)
    (restart,) = fresh.deployments()
    fresh.turn(minutes=90)
    assert fresh.info(restart)["status"] == "Succeeded"
    assert fresh.serving().endswith(f"{SERVICE}:1")


EVENTS = {
    "native": {
        "detail-type": "Secret Label Updated",
        "source": "aws.secretsmanager",
        "detail": {"name": SECRET, "labelUpdated": "AWSCURRENT", "versionId": "a1b2c3d4"},
    },
    "CloudTrail": {
        "detail-type": "AWS Service Event via CloudTrail",
        "source": "aws.secretsmanager",
        "detail": {
            "eventSource": "secretsmanager.amazonaws.com",
            "eventName": "RotationSucceeded",
            "eventType": "AwsServiceEvent",
            "additionalEventData": {"SecretId": f"arn:aws:secretsmanager:::secret:{SECRET}"},
        },
    },
    "CodeDeploy": {
        "detail-type": "CodeDeploy Deployment State-change Notification",
        "source": "aws.codedeploy",
        "detail": {"state": "SUCCESS", "application": SERVICE, "deploymentId": "d-1"},
    },
}


@pytest.mark.parametrize("kind", EVENTS)
def test_every_event_makes_it_look_and_the_log_says_which(
    world: World, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    rotated(world)
    world.turn(minutes=3)
    look(world, **EVENTS[kind])
    assert len(started(world)) == 1
    (line,) = logged(capsys)
    said = {"native": "AWSCURRENT", "CloudTrail": "RotationSucceeded", "CodeDeploy": "SUCCESS"}
    assert line["because"] == f"{EVENTS[kind]['detail-type']} {said[kind]}"


def test_the_events_of_the_models_make_it_look(world: World) -> None:
    world.published.clear()
    rotated(world)
    world.turn(minutes=3)
    kinds = [one["detail-type"] for one in world.published]
    assert "Secret Label Updated" in kinds
    for event in list(world.published):
        look(world, **{name: event[name] for name in ("detail-type", "detail")})
    assert len(started(world)) == 1


def test_overtaken_by_a_release_at_the_last_moment_it_waits(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rotated(world)
    world.turn(minutes=3)
    start = AwsReleases.start

    def late(releases: AwsReleases, **given: Any) -> str:
        world.deploy(world.serving())
        return start(releases, **given)

    monkeypatch.setattr(AwsReleases, "start", late)
    look(world)
    assert len(started(world)) == 1
    assert logged(capsys)[0]["action"].startswith("nothing yet: another deployment began")


def test_a_service_that_cannot_be_read_does_not_hold_up_another(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:pase/absent/database-Abc123"
    mine = world.secrets.model.secret(SECRET).arn
    services = {SERVICE: [absent], "inventory": [mine], "storefront2": [mine]}
    monkeypatch.setenv("SERVICES", json.dumps(services))
    with pytest.raises(NotRestarted, match=r"describing the secret .*absent"):
        look(world)
    first, *others = logged(capsys)
    assert first["error"] == "CallFailed"
    assert {one["action"] for one in others} == {"nothing: no task set of it serves"}


def test_a_deregistered_version_cannot_be_restarted_and_that_is_said(world: World) -> None:
    rotated(world)
    world.turn(minutes=3)
    world.ecs.deregister_task_definition(taskDefinition=f"{SERVICE}:2")
    with pytest.raises(NotRestarted, match=f"{SERVICE}:2, which serves, was deregistered"):
        look(world)


@pytest.mark.parametrize("services", ["", "[]", '{"a": "b"}', '{"a": [1]}', '{"a": [""]}'])
def test_settings_that_cannot_be_used_are_told(
    monkeypatch: pytest.MonkeyPatch, services: str
) -> None:
    monkeypatch.setenv("CLUSTER", CLUSTER)
    monkeypatch.setenv("SERVICES", services)
    with pytest.raises(InvalidInput, match="SERVICES must be a JSON object"):
        handler({}, None)
    monkeypatch.setenv("SERVICES", "{}")
    with pytest.raises(InvalidInput, match="the event's time must be an ISO-8601 time"):
        handler({"time": "noon"}, None)
    monkeypatch.delenv("CLUSTER")
    with pytest.raises(InvalidInput, match="CLUSTER must name"):
        handler({}, None)


def test_values_are_never_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    call = world.secrets.model.call

    def watched(operation: str, parameters: Any) -> dict[str, Any]:
        asked.append(operation)
        return call(operation, parameters)

    monkeypatch.setattr(world.secrets.model, "call", watched)
    look(world)
    assert set(asked) == {"DescribeSecret", "ListSecretVersionIds"}


def test_it_makes_the_calls_that_its_role_allows_and_no_other(
    world: World, templates: Templates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A restart after a rotation, and the end of its wait for approval."""
    world.ask_for_approval()
    rotated(world)
    world.turn(minutes=3)
    with called(monkeypatch) as to_start:
        look(world)
    world.turn(minutes=2)
    with called(monkeypatch) as to_continue:
        look(world)
    assert granted(templates, "secret_redeployment") == to_start | to_continue | {
        *LOG,
        # CreateDeployment asks for these as well: codedeploy/latest/userguide/
        # auth-and-access-control-permissions-reference.html
        "codedeploy:GetDeploymentConfig",
        "codedeploy:RegisterApplicationRevision",
    }
