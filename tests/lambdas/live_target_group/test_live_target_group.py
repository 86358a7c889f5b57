"""Which target group is live, in every state of a service; through the real handler and moto."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from lambdas.live_target_group.adapters import EcsServices
from lambdas.live_target_group.handler import handler, outcome_of
from lambdas.live_target_group.live_target_group import (
    Asked,
    NotKnown,
    ServiceState,
    TaskSet,
    find_live,
)
from tests.lambdas.release.answers import Bucket, bucket_server

PREFIX = "arn:aws:elasticloadbalancing:ap-southeast-1:123456789012:targetgroup"
BLUE = f"{PREFIX}/storefront-blue/0011223344556677"
GREEN = f"{PREFIX}/storefront-green/8899aabbccddeeff"
OTHER = f"{PREFIX}/storefront-purple/0123456789abcdef"
PHYSICAL_ID = "pase/storefront/ProductionLiveGroup"
ASKED = Asked(cluster="pase", service="storefront", blue=BLUE, green=GREEN)


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with bucket_server() as server:
        yield server


@pytest.fixture
def ecs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An ECS, played by moto, with a cluster and a revision and no service."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-southeast-1")
    with mock_aws():
        client = boto3.client("ecs")
        client.create_cluster(clusterName="pase")
        client.register_task_definition(
            family="storefront", containerDefinitions=[{"name": "app", "image": "i", "memory": 8}]
        )
        yield client


def balancers(target_group: str | None) -> list[dict[str, Any]]:
    if target_group is None:
        return []
    return [{"targetGroupArn": target_group, "containerName": "app", "containerPort": 8080}]


def create_service(ecs: Any, target_group: str | None = BLUE) -> None:
    ecs.create_service(
        cluster="pase",
        serviceName="storefront",
        taskDefinition="storefront",
        desiredCount=1,
        # moto has task sets for this controller, and describes them as ECS does CodeDeploy's.
        deploymentController={"type": "EXTERNAL"},
        loadBalancers=balancers(target_group),
    )


def add_task_set(ecs: Any, target_group: str, *, primary: bool = False) -> None:
    made = ecs.create_task_set(
        cluster="pase",
        service="storefront",
        taskDefinition="storefront",
        loadBalancers=balancers(target_group),
    )
    if primary:
        ecs.update_service_primary_task_set(
            cluster="pase", service="storefront", primaryTaskSet=made["taskSet"]["taskSetArn"]
        )


def event(kind: str = "Update", *, url: str = "http://127.0.0.1:1/", **change: Any) -> Any:
    properties = {
        "ServiceToken": "arn:aws:lambda:ap-southeast-1:123456789012:function:live",
        "Cluster": "pase",
        "Service": "storefront",
        "BlueTargetGroup": BLUE,
        "GreenTargetGroup": GREEN,
        "Listener": {"Port": "443", "Certificates": [{"CertificateArn": "arn"}]},
    }
    made: dict[str, Any] = {
        "RequestType": kind,
        "ResponseURL": url,
        "StackId": "arn:aws:cloudformation:ap-southeast-1:123456789012:stack/storefront/1",
        "RequestId": "request-1",
        "ResourceType": "Custom::LiveTargetGroup",
        "LogicalResourceId": "ProductionLiveGroup",
        "ResourceProperties": properties,
    }
    if kind != "Create":
        made["PhysicalResourceId"] = PHYSICAL_ID
    return made | change


def answered(**arguments: Any) -> str:
    outcome = outcome_of(event(**arguments))
    assert outcome.status == "SUCCESS", outcome.reason
    return outcome.data["TargetGroupArn"]


@pytest.mark.usefixtures("ecs")
def test_blue_is_live_before_there_is_a_service(bucket: Bucket) -> None:
    handler(event("Create", url=bucket.url), None)
    reason = "service storefront does not exist: it will be created in blue"
    assert bucket.answers == [
        {
            "Status": "SUCCESS",
            "Reason": reason,
            "PhysicalResourceId": PHYSICAL_ID,
            "StackId": "arn:aws:cloudformation:ap-southeast-1:123456789012:stack/storefront/1",
            "RequestId": "request-1",
            "LogicalResourceId": "ProductionLiveGroup",
            "Data": {"TargetGroupArn": BLUE},
        }
    ]


def test_blue_is_live_before_there_is_a_cluster_and_after_the_service(ecs: Any) -> None:
    create_service(ecs, GREEN)
    ecs.delete_service(cluster="pase", service="storefront", force=True)
    assert answered() == BLUE
    ecs.delete_cluster(cluster="pase")
    asked = event()
    asked["ResourceProperties"]["Cluster"] = "absent"
    assert outcome_of(asked).data["TargetGroupArn"] == BLUE


@pytest.mark.parametrize("group", [BLUE, GREEN])
def test_a_service_without_task_sets_is_where_it_was_created(ecs: Any, group: str) -> None:
    create_service(ecs, group)
    assert answered() == group


@pytest.mark.parametrize(("live", "idle"), [(BLUE, GREEN), (GREEN, BLUE)])
def test_the_primary_task_sets_group_is_live_whatever_else_is_there(
    ecs: Any, live: str, idle: str
) -> None:
    create_service(ecs, BLUE)
    add_task_set(ecs, idle)
    add_task_set(ecs, live, primary=True)
    assert answered() == live


def test_every_request_is_answered_anew_the_one_that_takes_a_change_back_too(ecs: Any) -> None:
    create_service(ecs, BLUE)
    add_task_set(ecs, BLUE, primary=True)
    assert answered(kind="Create") == BLUE
    add_task_set(ecs, GREEN, primary=True)
    old = event()["ResourceProperties"]
    assert answered(kind="Update", OldResourceProperties=old) == GREEN
    assert answered(kind="Update", OldResourceProperties=old) == GREEN


def test_a_group_that_is_neither_is_answered_all_the_same_with_a_warning(ecs: Any) -> None:
    create_service(ecs, OTHER)
    outcome = outcome_of(event())
    assert outcome.data["TargetGroupArn"] == OTHER
    assert "WARNING: it is neither blue" in outcome.reason
    assert BLUE in outcome.reason
    assert GREEN in outcome.reason


def test_what_is_not_known_is_a_failure_and_never_a_guess(ecs: Any) -> None:
    create_service(ecs, BLUE)
    add_task_set(ecs, GREEN)
    outcome = outcome_of(event())
    assert outcome.status == "FAILED"
    assert outcome.data == {}
    assert "storefront in cluster pase has 1 task sets and none that is PRIMARY" in outcome.reason


def test_a_service_without_a_load_balancer_is_not_known(ecs: Any) -> None:
    create_service(ecs, None)
    assert outcome_of(event()).status == "FAILED"


@pytest.mark.parametrize(
    "answer", [{"services": [], "failures": [{"reason": "ACCESS"}]}, "AccessDeniedException"]
)
def test_ecs_that_does_not_tell_is_a_failure(ecs: Any, answer: dict[str, Any] | str) -> None:
    with Stubber(ecs) as stub:
        if isinstance(answer, str):
            stub.add_client_error("describe_services", answer, "no policy allows it")
        else:
            stub.add_response("describe_services", answer)
        outcome = outcome_of(event(), services=EcsServices(client=ecs))
    assert outcome.status == "FAILED"
    assert outcome.physical_id == PHYSICAL_ID
    assert "DescribeServices of service storefront in cluster pase failed: " in outcome.reason


def test_delete_asks_nothing(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    handler(event("Delete", url=bucket.url, ResourceProperties={}), None)
    assert bucket.answers[0]["Status"] == "SUCCESS"
    assert bucket.answers[0]["PhysicalResourceId"] == PHYSICAL_ID


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"ResourceProperties": {"Cluster": "pase"}}, "Service must be a text that is not empty"),
        ({"ResourceProperties": None}, "the request has no ResourceProperties"),
        ({"RequestType": "Replace"}, "unknown RequestType 'Replace'; allowed: Create, Update"),
    ],
)
def test_a_bad_request_is_answered_as_failed(
    bucket: Bucket, change: dict[str, Any], reason: str
) -> None:
    handler(event("Create", url=bucket.url, **change), None)
    (answer,) = bucket.answers
    assert answer["Status"] == "FAILED"
    assert reason in answer["Reason"]
    assert answer["PhysicalResourceId"].endswith("/ProductionLiveGroup")


@pytest.mark.usefixtures("ecs")
def test_two_listeners_are_two_resources_that_never_change_their_names() -> None:
    first = outcome_of(event("Create")).physical_id
    second = outcome_of(event("Create", LogicalResourceId="TestLiveGroup")).physical_id
    assert first != second
    assert outcome_of(event("Update", PhysicalResourceId=first)).physical_id == first


@pytest.mark.usefixtures("ecs")
def test_the_log_never_holds_the_url(bucket: Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    handler(event(url=bucket.url), None)
    said = capsys.readouterr()
    assert json.loads(said.out)["TargetGroupArn"] == BLUE
    assert "Signature" not in said.out + said.err


GROUPS = st.sampled_from((BLUE, GREEN, OTHER, None))
SERVICES = st.none() | st.builds(
    ServiceState,
    status=st.sampled_from(("ACTIVE", "ACTIVE", "DRAINING", "INACTIVE")),
    target_group=GROUPS,
    task_sets=st.lists(
        st.builds(
            TaskSet,
            status=st.sampled_from(("PRIMARY", "ACTIVE", "DRAINING")),
            target_group=GROUPS,
        ),
        max_size=3,
    ).map(tuple),
)


@given(SERVICES)
def test_with_an_active_service_only_a_group_that_holds_its_tasks_is_answered(
    service: ServiceState | None,
) -> None:
    try:
        live = find_live(ASKED, service).target_group
    except NotKnown:
        assert service is not None
        assert service.status == "ACTIVE"
        return
    if service is None or service.status != "ACTIVE":
        assert live == BLUE
    elif service.task_sets:
        assert live in {each.target_group for each in service.task_sets if each.status == "PRIMARY"}
    else:
        assert live == service.target_group
