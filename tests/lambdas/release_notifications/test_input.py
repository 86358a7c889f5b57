"""What the function is given, and what AWS answers: read, or said to be unreadable."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambdas.release_notifications.change import DETAIL_TYPE, InvalidEvent, State, parse
from lambdas.release_notifications.describe import deployment_of, event_of, image_of
from lambdas.release_notifications.facts import Deployment
from lambdas.release_notifications.handler import InvalidEnvironment, handler
from lambdas.release_notifications.ports import Unavailable

EVENT: dict[str, Any] = {
    "detail-type": DETAIL_TYPE,
    "account": "444444444444",
    "region": "ap-southeast-1",
    "time": "2026-11-25T03:12:40Z",
    "detail": {
        "application": "shop",
        "deploymentGroup": "shop",
        "deploymentId": "d-NEW",
        "state": "READY",
    },
}


class Context:
    def get_remaining_time_in_millis(self) -> int:
        return 180_000


def test_an_event_is_read() -> None:
    found = parse(EVENT)
    assert (found.state, found.service, found.group) == (State.READY, "shop", "shop")
    assert found.at.isoformat() == "2026-11-25T03:12:40+00:00"


def changed(**detail: Any) -> dict[str, Any]:
    return EVENT | {"detail": EVENT["detail"] | detail}


BAD = [
    (None, f'expected an EventBridge event "{DETAIL_TYPE}", got None'),
    ({"watchdog": True}, "expected an EventBridge event"),
    (EVENT | {"detail": []}, "the event's detail must be an object, got []"),
    (changed(state="DONE"), "unknown state 'DONE'; allowed: START, READY, SUCCESS, FAILURE, STOP"),
    (changed(application=""), "the event's application must be a text that is not empty, got ''"),
    (EVENT | {"region": None}, "the event's region must be a text that is not empty, got None"),
    (EVENT | {"time": "soon"}, "the event's time must be ISO 8601, got 'soon'"),
]


@pytest.mark.parametrize(("event", "reason"), BAD)
def test_a_bad_event_is_named(event: object, reason: str) -> None:
    with pytest.raises(InvalidEvent) as error:
        parse(event)
    assert reason in str(error.value)


def test_a_bad_event_is_logged_and_let_go(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("CLUSTER", "PLATFORM", "ENVIRONMENT", "TOPIC_ARN"):
        monkeypatch.setenv(name, "x")
    handler({"watchdog": True}, Context())
    assert json.loads(capsys.readouterr().out)["ignored"].startswith("expected an EventBridge")


@pytest.mark.parametrize("missing", ["CLUSTER", "PLATFORM", "ENVIRONMENT", "TOPIC_ARN"])
def test_a_function_without_its_environment_is_an_error(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    for name in ("CLUSTER", "PLATFORM", "ENVIRONMENT", "TOPIC_ARN"):
        monkeypatch.setenv(name, "x")
    monkeypatch.delenv(missing)
    with pytest.raises(InvalidEnvironment, match=f"environment variable {missing} is not set"):
        handler(EVENT, Context())


def test_a_deployment_that_says_little_is_read() -> None:
    found = deployment_of({"deploymentId": "d-1"})
    assert found.deployment.id == "d-1"
    assert not found.deployment.rollback
    assert (found.revision, found.previous_revision) == (None, None)


def test_a_deployment_is_read_as_codedeploy_describes_it() -> None:
    info = {
        "deploymentId": "d-BACK",
        "creator": "codeDeployRollback",
        "rollbackInfo": {"rollbackTriggeringDeploymentId": "d-NEW"},
        "instanceTerminationWaitTimeStarted": True,
        "revision": {"revisionType": "AppSpecContent"},
        "previousRevision": {"revisionType": "S3"},
        "blueGreenDeploymentConfiguration": {
            "deploymentReadyOption": {
                "actionOnTimeout": "STOP_DEPLOYMENT",
                "waitTimeInMinutes": 15,
            },
            "terminateBlueInstancesOnDeploymentSuccess": {"terminationWaitTimeInMinutes": 60},
        },
    }
    found = deployment_of(info)
    assert found.revision == {"revisionType": "AppSpecContent"}
    assert found.previous_revision == {"revisionType": "S3"}
    assert found.deployment == Deployment(
        id="d-BACK",
        rollback=True,
        rolls_back="d-NEW",
        ready_minutes=15,
        needs_approval=True,
        standby_minutes=60,
        standby_started=True,
    )


def test_a_wait_of_no_minutes_is_no_approval() -> None:
    ready = {"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 0}
    options = {"deploymentReadyOption": ready}
    info = {"deploymentId": "d-1", "blueGreenDeploymentConfiguration": options}
    assert not deployment_of(info).deployment.needs_approval


@pytest.mark.parametrize(
    ("description", "by_stack", "goes_back"),
    [
        ("pase release sha256:ab request 1", True, False),
        ("pase rollback to shop:41", False, True),
        ("by hand", False, False),
    ],
)
def test_who_started_a_deployment_is_told_by_its_description(
    description: str, by_stack: bool, goes_back: bool
) -> None:
    found = deployment_of({"deploymentId": "d-1", "description": description}).deployment
    assert (found.by_stack, found.goes_back) == (by_stack, goes_back)


EVENTS = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"]


@pytest.mark.parametrize(
    ("status", "code", "events", "expected"),
    [
        ("Failed", "HOOK_EXECUTION_FAILURE", EVENTS[:1], True),
        ("Failed", "HOOK_EXECUTION_FAILURE", EVENTS[1:], False),
        ("Stopped", "ALARM_ACTIVE", EVENTS[1:2], True),
        ("Stopped", "ALARM_ACTIVE", EVENTS[2:], False),
        ("Stopped", "MANUAL_STOP", EVENTS[2:], True),
        ("Stopped", "MANUAL_STOP", EVENTS[:2], False),
        ("Succeeded", None, EVENTS, False),
        ("InProgress", None, EVENTS, False),
    ],
)
def test_a_rollback_is_expected_as_the_settings_have_it(
    status: str, code: str | None, events: list[str], expected: bool
) -> None:
    info = {
        "deploymentId": "d-1",
        "status": status,
        "errorInformation": {"code": code} if code else None,
        "autoRollbackConfiguration": {"enabled": True, "events": events},
    }
    assert deployment_of(info).deployment.rollback_expected is expected
    off = info | {"autoRollbackConfiguration": {"enabled": False, "events": events}}
    assert deployment_of(off).deployment.rollback_expected is False


@pytest.mark.parametrize(
    ("image", "shown"),
    [
        ("1.dkr.ecr.eu-west-1.amazonaws.com/pase/shop@sha256:ab", "sha256:ab"),
        ("public.ecr.aws/nginx/nginx:1.27", "public.ecr.aws/nginx/nginx:1.27"),
    ],
)
def test_an_images_digest_is_taken_and_a_tag_is_left_as_it_is(image: str, shown: str) -> None:
    containers = [{"name": "log", "image": "log@sha256:0"}, {"name": "app", "image": image}]
    assert image_of({"containerDefinitions": containers}) == shown


def test_a_task_definition_without_the_services_container_is_named() -> None:
    with pytest.raises(Unavailable, match='no container "app"; its containers are: web, log'):
        image_of({"containerDefinitions": [{"name": "web"}, {"name": "log"}]})


def test_a_lifecycle_event_without_diagnostics_is_read() -> None:
    found = event_of({"lifecycleEventName": "Install", "status": "Succeeded"})
    assert (found.name, found.status, found.diagnostics) == ("Install", "Succeeded", "")
