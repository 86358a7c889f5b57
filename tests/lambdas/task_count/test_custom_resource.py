"""CloudFormation's events through the real handler: ECS is moto's, the ResponseURL a real server.

moto lets a service of the EXTERNAL controller have task sets, and describes them as ECS does those
of CodeDeploy; it starts no CodeDeploy deployment by itself.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from unittest.mock import create_autospec

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws
from moto.ecs.models import ecs_backends

from lambdas.common.cloudformation import (
    MAX_ANSWER_BYTES,
    DeliveryError,
    Outcome,
    answer_body,
    deliver,
)
from lambdas.task_count.adapters import EcsServices
from lambdas.task_count.handler import handler, outcome_of
from lambdas.task_count.ports import EcsError

STACK = "arn:aws:cloudformation:ap-southeast-1:123456789012:stack/shop/1"
PHYSICAL_ID = "pase/shop/task-count"


class Bucket(ThreadingHTTPServer):
    """Where CloudFormation waits: keeps what is PUT, after answering the `statuses` first."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Put)
        self.answers: list[dict[str, Any]] = []
        self.content_types: list[str | None] = []
        self.statuses: list[int] = []
        self.attempts = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/answer?X-Amz-Signature=secret"


class Put(BaseHTTPRequestHandler):
    server: Bucket

    def log_message(self, format: str, *args: object) -> None:
        """Keep the test's output free of an access log."""

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.attempts += 1
        status = self.server.statuses.pop(0) if self.server.statuses else 200
        if status == 200:
            self.server.answers.append(json.loads(body))
            self.server.content_types.append(self.headers["Content-Type"])
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


class Context:
    def get_remaining_time_in_millis(self) -> int:
        return 95_000


class Clock:
    """Time that passes only by sleeping; `meanwhile` is what happens during each sleep."""

    def __init__(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        self.now = 0.0
        self.meanwhile = meanwhile

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float, /) -> None:
        self.now += seconds
        self.meanwhile()


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with Bucket() as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def account() -> Iterator[Any]:
    """An AWS account, played by moto, and a client of its ECS."""
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        environment.setenv("AWS_DEFAULT_REGION", "ap-southeast-1")
        yield boto3.client("ecs")


@pytest.fixture
def ecs(account: Any) -> Any:
    """The account with nothing but the service `shop` of one task in the cluster `pase`."""
    ecs_backends.reset()
    account.create_cluster(clusterName="pase")
    account.register_task_definition(
        family="shop", containerDefinitions=[{"name": "web", "image": "shop", "memory": 256}]
    )
    account.create_service(
        cluster="pase",
        serviceName="shop",
        desiredCount=1,
        deploymentController={"type": "EXTERNAL"},
    )
    return account


def count(ecs: Any) -> int:
    found = ecs.describe_services(cluster="pase", services=["shop"])["services"][0]
    return int(found["desiredCount"])


def add_task_set(ecs: Any) -> str:
    created = ecs.create_task_set(cluster="pase", service="shop", taskDefinition="shop")
    return str(created["taskSet"]["taskSetArn"])


def event(
    kind: str,
    tasks: int = 3,
    *,
    scaling: bool = True,
    old: tuple[int, bool] | None = None,
    url: str = "http://127.0.0.1:1/",
    **change: Any,
) -> dict[str, Any]:
    def properties(tasks: int, scaling: bool) -> dict[str, str]:
        return {
            "ServiceToken": "arn:aws:lambda:ap-southeast-1:123456789012:function:task-count",
            "Cluster": "pase",
            "Service": "shop",
            "DesiredTasks": str(tasks),
            "ScalingEnabled": "true" if scaling else "false",
        }

    made: dict[str, Any] = {
        "RequestType": kind,
        "ResponseURL": url,
        "StackId": STACK,
        "RequestId": "request-1",
        "ResourceType": "Custom::TaskCount",
        "LogicalResourceId": "TaskCount",
        "ResourceProperties": properties(tasks, scaling),
    }
    if kind != "Create":
        made["PhysicalResourceId"] = PHYSICAL_ID
    if old is not None:
        made["OldResourceProperties"] = properties(*old)
    return made | change


def test_create_raises_the_count_and_answers_cloudformation(ecs: Any, bucket: Bucket) -> None:
    handler(event("Create", 3, url=bucket.url), Context())
    assert count(ecs) == 3
    assert bucket.answers == [
        {
            "Status": "SUCCESS",
            "Reason": "the desired count was 1 and is now 3",
            "PhysicalResourceId": PHYSICAL_ID,
            "StackId": STACK,
            "RequestId": "request-1",
            "LogicalResourceId": "TaskCount",
            "Data": {"DesiredCount": "3", "Action": "the desired count was 1 and is now 3"},
        }
    ]
    assert bucket.content_types == [""]


def test_create_leaves_a_higher_count_alone(ecs: Any, bucket: Bucket) -> None:
    ecs.update_service(cluster="pase", service="shop", desiredCount=7)
    handler(event("Create", 3, scaling=False, url=bucket.url), Context())
    assert count(ecs) == 7
    assert bucket.answers[0]["Data"]["DesiredCount"] == "7"


@pytest.mark.parametrize(
    ("desired", "old", "new", "expected"),
    [
        (8, (2, True), (3, True), 8),
        (2, (2, True), (3, True), 3),
        (8, (2, False), (3, False), 3),
        (8, (3, True), (3, False), 3),
        (8, (3, False), (3, False), 8),
    ],
)
def test_update_follows_the_configuration(
    ecs: Any, desired: int, old: tuple[int, bool], new: tuple[int, bool], expected: int
) -> None:
    ecs.update_service(cluster="pase", service="shop", desiredCount=desired)
    outcome = outcome_of(event("Update", new[0], scaling=new[1], old=old), wait_seconds=0)
    assert outcome.status == "SUCCESS"
    assert outcome.physical_id == PHYSICAL_ID
    assert count(ecs) == expected


def test_going_back_from_properties_that_were_invalid_works(ecs: Any) -> None:
    asked = event("Update", 3, scaling=False, old=(2, False))
    asked["OldResourceProperties"]["DesiredTasks"] = "many"
    assert outcome_of(asked, wait_seconds=0).status == "SUCCESS"
    assert count(ecs) == 3


def test_delete_touches_nothing_and_asks_for_no_service(ecs: Any, bucket: Bucket) -> None:
    ecs.delete_service(cluster="pase", service="shop", force=True)
    handler(event("Delete", url=bucket.url, ResourceProperties={}), Context())
    assert bucket.answers[0]["Status"] == "SUCCESS"
    assert bucket.answers[0]["PhysicalResourceId"] == PHYSICAL_ID


def test_two_task_sets_and_a_right_count_are_a_success(ecs: Any) -> None:
    add_task_set(ecs)
    add_task_set(ecs)
    assert outcome_of(event("Create", 1), wait_seconds=0).status == "SUCCESS"


def test_the_count_is_applied_once_the_deployment_has_ended(ecs: Any) -> None:
    add_task_set(ecs)
    green = add_task_set(ecs)
    seen = []

    def meanwhile() -> None:
        seen.append(count(ecs))
        if len(seen) == 2:
            ecs.delete_task_set(cluster="pase", service="shop", taskSet=green)

    outcome = outcome_of(event("Create", 3), wait_seconds=120, clock=Clock(meanwhile))
    assert outcome.status == "SUCCESS"
    assert seen == [1, 1], "the count was touched while two task sets were there"
    assert count(ecs) == 3


def test_a_deployment_that_does_not_end_fails_in_time_and_says_what_to_do(ecs: Any) -> None:
    add_task_set(ecs)
    add_task_set(ecs)
    clock = Clock()
    outcome = outcome_of(event("Update", 3, old=(1, True)), wait_seconds=100, clock=clock)
    assert outcome.status == "FAILED"
    assert clock.now <= 100
    assert count(ecs) == 1
    for part in ("service shop in cluster pase is 1 and should be 3", "2 task sets", "deploy this"):
        assert part in outcome.reason


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_a_service_that_is_gone_fails_and_is_named(ecs: Any, kind: str) -> None:
    asked = event(kind, old=(1, True))
    ecs.delete_service(cluster="pase", service="shop", force=True)
    outcome = outcome_of(asked, wait_seconds=0)
    assert outcome.status == "FAILED"
    assert "Service shop in cluster pase is INACTIVE" in outcome.reason
    asked["ResourceProperties"]["Service"] = "absent"
    assert "does not exist" in outcome_of(asked, wait_seconds=0).reason
    asked["ResourceProperties"]["Cluster"] = "absent"
    assert "does not exist" in outcome_of(asked, wait_seconds=0).reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"ResourceProperties": {"Cluster": "pase"}}, "DesiredTasks must be a text"),
        ({"ResourceProperties": None}, "the request has no ResourceProperties"),
        ({"RequestType": "Replace"}, "unknown RequestType 'Replace'; allowed: Create, Update"),
    ],
)
def test_a_bad_request_is_answered_as_failed(
    bucket: Bucket, change: dict[str, Any], reason: str
) -> None:
    handler(event("Create", url=bucket.url, **change), Context())
    (answer,) = bucket.answers
    assert answer["Status"] == "FAILED"
    assert reason in answer["Reason"]
    assert answer["PhysicalResourceId"].endswith("/task-count")


def test_what_ecs_refuses_is_told_with_the_call_and_the_service(ecs: Any) -> None:
    with Stubber(ecs) as stub:
        for call in ("describe_services", "update_service"):
            stub.add_client_error(call, "AccessDeniedException", "no policy allows it")
        services = EcsServices(client=ecs)
        outcome = outcome_of(event("Create"), wait_seconds=0, services=services)
        with pytest.raises(EcsError, match="UpdateService to 3 tasks of service shop"):
            services.set_desired_count(cluster="pase", service="shop", tasks=3)
    assert outcome.status == "FAILED"
    assert outcome.reason.startswith("DescribeServices of service shop in cluster pase failed: ")
    assert "no policy allows it" in outcome.reason


def test_a_fault_of_the_program_is_an_answer_too() -> None:
    broken = create_autospec(EcsServices, instance=True)
    broken.describe.side_effect = RuntimeError("surprise")
    outcome = outcome_of(event("Create"), wait_seconds=0, services=broken)
    assert outcome.status == "FAILED"
    assert "unexpected RuntimeError: surprise" in outcome.reason


def _outcome(reason: str = "because") -> Outcome:
    return Outcome(status="FAILED", reason=reason, physical_id=PHYSICAL_ID)


def test_the_answer_is_sent_again_after_a_server_error(bucket: Bucket) -> None:
    bucket.statuses = [500, 503]
    clock = Clock()
    deliver(event("Create", url=bucket.url), _outcome(), clock=clock)
    assert len(bucket.answers) == 1
    assert (bucket.attempts, clock.now) == (3, 3)


def test_an_expired_url_is_final_and_is_not_told_to_anyone(bucket: Bucket) -> None:
    bucket.statuses = [403]
    with pytest.raises(DeliveryError, match=r"\(attempt 1\): HTTP status 403") as error:
        deliver(event("Create", url=bucket.url), _outcome(), clock=Clock())
    assert "secret" not in str(error.value)


def test_an_answer_that_cannot_be_delivered_is_an_error_so_that_lambda_tries_again() -> None:
    clock = Clock()
    with pytest.raises(DeliveryError, match=r"\(attempt 4\).*refused"):
        deliver(event("Create"), _outcome(), clock=clock)
    assert clock.now == 7
    with pytest.raises(DeliveryError, match="no ResponseURL"):
        deliver({"ResponseURL": "file:///etc/hostname"}, _outcome(), clock=clock)


@pytest.mark.parametrize("character", ["x", "é", "😀", '"'])
def test_a_long_reason_is_cut_to_what_cloudformation_takes(character: str) -> None:
    body = answer_body(event("Create"), _outcome("Because: " + character * 9000))
    assert MAX_ANSWER_BYTES - 50 < len(body) <= MAX_ANSWER_BYTES
    assert json.loads(body)["Reason"].startswith(f"Because: {character}")
    assert json.loads(body)["Reason"].endswith("…")


def test_the_log_never_holds_the_url(
    ecs: Any, bucket: Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    del ecs
    handler(event("Create", url=bucket.url), Context())
    said = capsys.readouterr()
    assert json.loads(said.out)["status"] == "SUCCESS"
    assert "Signature" not in said.out + said.err
