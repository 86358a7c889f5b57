"""Releases played by the model of CodeDeploy: its events, the real handler, SNS to a queue."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest

from lambdas.release_notifications.handler import handler
from tests.rehearsal.parts import standby
from tests.rehearsal.world import ALARM, CLUSTER, SERVICE, World
from tests.support.mocked_aws import mocked_aws

ACCOUNT = "123456789012"
STACK = "pase release sha256:2 request 1"


class Context:
    def get_remaining_time_in_millis(self) -> int:
        return 180_000


class Reader:
    """Somebody who reads what the topic sends."""

    def __init__(self) -> None:
        self._sqs = boto3.client("sqs")
        queue = self._sqs.create_queue(QueueName="reader")["QueueUrl"]
        self._queue = queue
        sns = boto3.client("sns")
        self.topic = sns.create_topic(Name="pase-releases")["TopicArn"]
        endpoint = f"arn:aws:sqs:eu-central-1:{ACCOUNT}:reader"
        sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=endpoint)

    def read(self) -> dict[str, str]:
        """The messages since the last time: text by subject, in their order."""
        found = {}
        while got := self._sqs.receive_message(QueueUrl=self._queue).get("Messages"):
            for one in got:
                body = json.loads(one["Body"])
                found[body["Subject"]] = body["Message"]
                self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=one["ReceiptHandle"])
        return found


@pytest.fixture
def world() -> Iterator[World]:
    """A healthy service whose events go to the function."""
    with mocked_aws(), World.open() as opened:
        opened.pass_time(60)
        opened.outside.on_event = lambda event: handler(dict(event), Context())
        yield opened


@pytest.fixture
def reader(world: World, monkeypatch: pytest.MonkeyPatch) -> Reader:
    del world
    made = Reader()
    for name, value in {
        "CLUSTER": CLUSTER,
        "PLATFORM": "pase",
        "ENVIRONMENT": "prod",
        "TOPIC_ARN": made.topic,
    }.items():
        monkeypatch.setenv(name, value)
    return made


def put_parameter(name: str, value: str) -> None:
    boto3.client("ssm").put_parameter(
        Name=f"/pase/{SERVICE}/{name}", Value=value, Type="String", Overwrite=True
    )


def stack_asks_for(revision: int) -> None:
    put_parameter(
        "task-definition",
        f"arn:aws:ecs:eu-central-1:{ACCOUNT}:task-definition/{SERVICE}:{revision}",
    )


def firsts(messages: Mapping[str, str]) -> list[str]:
    return [text.splitlines()[0] for text in messages.values()]


def test_a_healthy_release_from_start_to_end(world: World, reader: Reader) -> None:
    world.group(blueGreenDeploymentConfiguration=standby(60, approval=15))
    deployment = world.deploy(description=STACK)
    world.pass_time(120)
    assert firsts(reader.read()) == [
        "Release started: storefront in prod gets sha256:2 (storefront:2). Users are not affected: "
        "sha256:1 (storefront:1) serves them.",
        "Waiting for approval: sha256:2 (storefront:2) of storefront in prod is ready beside the "
        "old version. Users are not affected: sha256:1 (storefront:1) serves them.",
    ]
    world.codedeploy.continue_deployment(deploymentId=deployment, deploymentWaitType="READY_WAIT")
    world.pass_time(3600 + 600)
    messages = reader.read()
    assert firsts(messages) == [
        "Release ended well: sha256:2 (storefront:2) serves all users of storefront in prod. The "
        "hot standby is over."
    ]
    (text,) = messages.values()
    assert "  Old          sha256:1 (storefront:1)\n" in text
    assert "Could not be found out" not in text


def test_failed_checks_are_told_with_their_report(world: World, reader: Reader) -> None:
    world.group()
    stack_asks_for(1)
    deployment = world.deploy(hooks=True, description=STACK)
    world.pass_time(120)
    reader.read()
    report = {
        "deploymentId": deployment,
        "passed": False,
        "summary": "1 of 4 checks failed",
        "failures": ["front page: expected status 200, got 500"],
    }
    put_parameter("release-checks", json.dumps(report))
    world.answer_hook("Failed")
    world.pass_time(60)
    messages = reader.read()
    assert list(messages) == [
        "[prod] storefront: release failed, users not affected",
        "[prod] storefront: rollback started",
        "[prod] storefront: rolled back, users were not affected",
    ]
    for text in messages.values():
        assert "front page: expected status 200, got 500" in text
        assert "AfterAllowTestTraffic" in text
        assert "none of the release's alarms is in ALARM now" in text
        assert "Not what the stack asked for" not in text
        assert "Could not be found out" not in text


def test_an_alarm_at_20_percent(world: World, reader: Reader) -> None:
    world.group()
    world.deploy(description=STACK)
    world.pass_time(120)
    reader.read()
    world.alarm("ALARM")
    world.pass_time(60)
    messages = reader.read()
    assert list(messages) == [
        "[prod] storefront: release was stopped, traffic goes back",
        "[prod] storefront: rollback started",
        "[prod] storefront: rolled back, old version serves",
    ]
    for text in messages.values():
        assert f"in ALARM now: {ALARM}" in text
    assert "some users of storefront in prod had sha256:2 (storefront:2)" in firsts(messages)[0]


def test_a_rollback_in_hot_standby_is_not_what_the_stack_asked_for(
    world: World, reader: Reader
) -> None:
    world.group()
    deployment = world.deploy(description=STACK)
    world.pass_time(1200)
    stack_asks_for(2)
    reader.read()
    world.codedeploy.stop_deployment(deploymentId=deployment, autoRollbackEnabled=True)
    world.pass_time(60)
    messages = reader.read()
    assert list(messages) == [
        "[prod] storefront: release was stopped, traffic goes back",
        "[prod] storefront: rollback started",
        "[prod] storefront: rolled back, old version serves",
    ]
    last = list(messages.values())[-1]
    assert last.startswith(
        "Rolled back: sha256:1 (storefront:1) serves all users of storefront in prod again. All "
        "users had sha256:2 (storefront:2) for a time.\n"
    )
    assert "  The stack asked for sha256:2 (storefront:2); sha256:1 (storefront:1) serves. " in last
    assert "or raise release.repeat in config/services/storefront.toml and deploy." in last


def test_a_release_that_nobody_approves(world: World, reader: Reader) -> None:
    world.group(blueGreenDeploymentConfiguration=standby(60, approval=15))
    world.deploy(description=STACK)
    world.pass_time(120)
    reader.read()
    world.pass_time(900)
    messages = reader.read()
    assert (
        "Nobody approved it in time. To try again, release it again."
        in (messages["[prod] storefront: release was stopped, users not affected"])
    )


def test_an_event_that_comes_twice_gives_the_same_message(world: World, reader: Reader) -> None:
    world.group()
    world.deploy(description=STACK)
    world.pass_time(60)
    first = reader.read()
    world.pass_time(60)
    handler(dict(world.outside.published[0]), Context())
    assert reader.read() == first


def test_a_deployment_that_codedeploy_does_not_know_is_told_all_the_same(
    world: World, reader: Reader
) -> None:
    world.group()
    world.deploy()
    world.pass_time(60)
    reader.read()
    event: dict[str, Any] = json.loads(json.dumps(world.outside.published[0]))
    event["detail"] |= {"application": "absent", "deploymentId": "d-ABSENT000"}
    handler(event, Context())
    ((subject, text),) = reader.read().items()
    assert subject == "[prod] absent: deployment has started, more is not known"
    assert "What serves (ECS's task sets): ECS knows no service absent in cluster pase" in text
    assert "Deployment d-ABSENT000: An error occurred (DeploymentDoesNotExistException)" in text


def test_with_hardly_any_time_left_the_message_is_sent_without_facts(
    world: World, reader: Reader
) -> None:
    class Late(Context):
        def get_remaining_time_in_millis(self) -> int:
            return 55_000

    world.group()
    world.outside.on_event = lambda event: handler(dict(event), Late())
    world.deploy()
    world.pass_time(10)
    (text,) = reader.read().values()
    assert "not asked, the function's time was over" in text


def test_a_message_that_the_topic_does_not_take_is_an_error_so_that_lambda_tries_again(
    world: World, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.group()
    world.deploy()
    world.pass_time(60)
    monkeypatch.setenv("TOPIC_ARN", f"{reader.topic}-gone")
    with pytest.raises(Exception, match="NotFound"):
        handler(dict(world.outside.published[0]), Context())
