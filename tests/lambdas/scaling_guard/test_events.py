"""EventBridge's events and the watchdog's through the real handler, against moto's AWS.

moto keeps a target's SuspendedState and bounds when they are left out, as AWS does, but has no
SuspendedState at all for a target that was registered without one, where AWS answers three times
false: `flags_from` reads both alike. It answers an empty list for an unknown deployment group,
where AWS has an error; that is played by a Stubber. It runs no deployment: their status is set in
its records.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws
from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.codedeploy.models import codedeploy_backends
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ecs.models import ecs_backends
from moto.ssm.models import ssm_backends

from lambdas.scaling_guard.adapters import CodeDeployDeployments, ParameterMarkers, ScalableTargets
from lambdas.scaling_guard.guard import SUSPENDED, Bounds
from lambdas.scaling_guard.handler import InvalidInput, handler
from lambdas.scaling_guard.ports import GuardError
from tests.lambdas.scaling_guard.memory import FREE

REGION = "ap-southeast-1"
MARKER = "/pase/shop/scaling-suspended"
TARGET = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}
NOTHING = {
    "DynamicScalingInSuspended": False,
    "DynamicScalingOutSuspended": False,
    "ScheduledScalingSuspended": False,
}
ALL = dict.fromkeys(NOTHING, True)
IN_ONLY = {**NOTHING, "DynamicScalingInSuspended": True}


@pytest.fixture(scope="module", autouse=True)
def aws() -> Iterator[None]:
    """AWS, played by moto."""
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        environment.setenv("AWS_DEFAULT_REGION", REGION)
        yield


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Services `shop` and `stock` in the cluster `main`, both scaled, and nothing else."""
    for backends in (
        applicationautoscaling_backends,
        codedeploy_backends,
        ecs_backends,
        ssm_backends,
    ):
        backends.reset()
    monkeypatch.setenv("CLUSTER", "main")
    monkeypatch.setenv("PLATFORM", "pase")
    monkeypatch.setenv("SERVICES", "shop,stock")
    boto3.client("ecs").create_cluster(clusterName="main")
    boto3.client("ecs").register_task_definition(
        family="app", containerDefinitions=[{"name": "app", "image": "app", "memory": 256}]
    )
    for service in ("shop", "stock"):
        add_service(service)


def add_service(service: str) -> None:
    boto3.client("ecs").create_service(
        cluster="main",
        serviceName=service,
        desiredCount=3,
        deploymentController={"type": "EXTERNAL"},
    )
    register(service, MinCapacity=3, MaxCapacity=20)
    codedeploy = boto3.client("codedeploy")
    codedeploy.create_application(applicationName=service, computePlatform="ECS")
    codedeploy.create_deployment_group(
        applicationName=service,
        deploymentGroupName=service,
        serviceRoleArn="arn:aws:iam::123456789012:role/deploy",
    )


def register(service: str, **change: Any) -> None:
    boto3.client("application-autoscaling").register_scalable_target(
        ResourceId=f"service/main/{service}", **TARGET, **change
    )


def target(service: str = "shop") -> dict[str, Any]:
    found: list[Any] = boto3.client("application-autoscaling").describe_scalable_targets(
        ResourceIds=[f"service/main/{service}"], **TARGET
    )["ScalableTargets"]
    return dict(found[0])


def suspended(service: str = "shop") -> dict[str, bool]:
    state: dict[str, bool] = target(service).get("SuspendedState", NOTHING)
    return state


def schedule(name: str, expression: str, minimum: int, maximum: int, **more: Any) -> None:
    boto3.client("application-autoscaling").put_scheduled_action(
        ScheduledActionName=name,
        ResourceId="service/main/shop",
        Schedule=expression,
        ScalableTargetAction={"MinCapacity": minimum, "MaxCapacity": maximum},
        **TARGET,
        **more,
    )


def marker() -> dict[str, Any] | None:
    ssm = boto3.client("ssm")
    try:
        value = ssm.get_parameter(Name=MARKER)["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        return None
    return dict(json.loads(value))


def deploy(service: str = "shop") -> str:
    created = boto3.client("codedeploy").create_deployment(
        applicationName=service,
        deploymentGroupName=service,
        revision={"revisionType": "AppSpecContent", "appSpecContent": {"content": "{}"}},
    )
    return str(created["deploymentId"])


def set_status(deployment: str, status: str) -> None:
    codedeploy_backends[DEFAULT_ACCOUNT_ID][REGION].deployments[deployment].status = status


def event(
    state: str, deployment: str, *, application: str = "shop", group: str | None = None
) -> dict[str, Any]:
    return {
        "version": "0",
        "id": "c071bfbf-83c4-49ca-a6ff-3df053957145",
        "detail-type": "CodeDeploy Deployment State-change Notification",
        "source": "aws.codedeploy",
        "account": "123456789012",
        "time": "2026-03-02T12:00:00Z",
        "region": REGION,
        "resources": [
            f"arn:aws:codedeploy:{REGION}:123456789012:application:{application}",
            f"arn:aws:codedeploy:{REGION}:123456789012:deploymentgroup:{application}/{application}",
        ],
        "detail": {
            "region": REGION,
            "deploymentId": deployment,
            "instanceGroupId": "9fd2fbef-2157-40d8-91e7-6845af69e2d2",
            "deploymentGroup": group or application,
            "state": state,
            "application": application,
        },
    }


def watchdog() -> None:
    handler({"watchdog": True}, None)


@pytest.mark.parametrize("state", ["SUCCESS", "FAILURE", "STOP"])
@pytest.mark.parametrize("before", [NOTHING, IN_ONLY, ALL], ids=["free", "in", "all"])
def test_a_release_suspends_scaling_and_its_end_gives_it_back(
    state: str, before: dict[str, bool]
) -> None:
    register("shop", SuspendedState=before)
    deployment = deploy()
    handler(event("START", deployment), None)
    assert suspended() == ALL
    found = marker()
    assert found is not None
    assert found["deploymentId"] == deployment
    assert found["before"] == before
    assert (found["min"], found["max"]) == (3, 20)
    assert datetime.fromisoformat(found["suspendedAt"]).tzinfo is not None
    set_status(deployment, "Succeeded")
    handler(event(state, deployment), None)
    assert suspended() == before
    assert marker() is None
    assert (target()["MinCapacity"], target()["MaxCapacity"]) == (3, 20)


def test_a_target_that_was_never_suspended_is_given_back_as_not_suspended() -> None:
    assert "SuspendedState" not in target()
    deployment = deploy()
    handler(event("START", deployment), None)
    set_status(deployment, "Succeeded")
    handler(event("SUCCESS", deployment), None)
    assert suspended() == NOTHING


def test_the_other_services_are_not_touched() -> None:
    handler(event("START", deploy()), None)
    assert suspended("stock") == NOTHING


@pytest.mark.parametrize("status", ["Created", "Queued", "InProgress", "Baking", "Ready"])
def test_scaling_stays_suspended_while_a_rollback_is_active(status: str) -> None:
    failed = deploy()
    handler(event("START", failed), None)
    set_status(failed, "Failed")
    rollback = deploy()
    set_status(rollback, status)
    handler(event("FAILURE", failed), None)
    assert suspended() == ALL
    assert marker() is not None
    set_status(rollback, "Succeeded")
    handler(event("SUCCESS", rollback), None)
    assert suspended() == NOTHING
    assert marker() is None


def test_a_start_suspends_before_its_deployment_is_listed() -> None:
    handler(event("START", "d-not-listed-yet"), None)
    assert suspended() == ALL
    watchdog()
    assert suspended() == NOTHING


def test_the_watchdog_suspends_where_the_start_was_lost() -> None:
    set_status(deploy("stock"), "InProgress")
    watchdog()
    assert suspended("stock") == ALL
    assert suspended() == NOTHING


def test_the_watchdog_gives_back_where_the_end_was_lost() -> None:
    deployment = deploy()
    handler(event("START", deployment), None)
    set_status(deployment, "Stopped")
    watchdog()
    assert suspended() == NOTHING
    assert marker() is None


def test_the_watchdog_suspends_again_what_a_stack_update_resumed() -> None:
    deployment = deploy()
    handler(event("START", deployment), None)
    register("shop", MinCapacity=4, MaxCapacity=30, SuspendedState=NOTHING)
    watchdog()
    assert suspended() == ALL
    set_status(deployment, "Succeeded")
    watchdog()
    assert suspended() == NOTHING
    assert (target()["MinCapacity"], target()["MaxCapacity"]) == (4, 30)


def test_a_state_in_between_suspends_too_where_the_start_was_lost() -> None:
    deployment = deploy()
    set_status(deployment, "Ready")
    handler(event("READY", deployment), None)
    assert suspended() == ALL


def test_a_scheduled_action_that_fell_due_is_made_up_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    hour_ago = datetime.now(UTC).timestamp() - 3600
    due = datetime.fromtimestamp(hour_ago, UTC)
    schedule("start", f"cron({due.minute} {due.hour} ? * * *)", 8, 40)
    schedule("odd", "rate(1 hour)", 1, 1)
    schedule("once", "cron(0 0 ? * * *)", 1, 1, StartTime=datetime(2026, 1, 1, tzinfo=UTC))
    deployment = deploy()
    handler(event("START", deployment), None)
    found = marker()
    assert found is not None
    # The release has been running for two hours.
    found["suspendedAt"] = datetime.fromtimestamp(hour_ago - 3600, UTC).isoformat()
    boto3.client("ssm").put_parameter(Name=MARKER, Value=json.dumps(found), Overwrite=True)
    set_status(deployment, "Succeeded")
    handler(event("SUCCESS", deployment), None)
    assert (target()["MinCapacity"], target()["MaxCapacity"]) == (8, 40)
    assert suspended() == NOTHING
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last["service"] == "shop"
    assert [note.split(":")[0] for note in last["notes"]] == [
        "not made up for, should it have fallen due",
        "not made up for, should it have fallen due",
        "the bounds 3..20 are now 8..40, because meanwhile fell due",
    ]
    assert "odd: its schedule is 'rate(1 hour)'" in last["notes"][0]


@pytest.mark.parametrize(
    ("application", "group"), [("other", "other"), ("shop", "other"), ("other", "shop")]
)
def test_a_deployment_of_something_else_is_ignored_and_logged(
    application: str, group: str, capsys: pytest.CaptureFixture[str]
) -> None:
    handler(event("START", "d-1", application=application, group=group), None)
    assert suspended() == NOTHING
    assert "not one of our services" in capsys.readouterr().out


def test_a_service_without_a_scalable_target_is_ignored_and_logged(
    capsys: pytest.CaptureFixture[str],
) -> None:
    boto3.client("application-autoscaling").deregister_scalable_target(
        ResourceId="service/main/shop", **TARGET
    )
    handler(event("START", deploy()), None)
    assert marker() is None
    assert "no scalable target" in capsys.readouterr().out


def test_one_service_that_fails_keeps_the_watchdog_from_no_other() -> None:
    boto3.client("ssm").put_parameter(Name=MARKER, Value="oops", Type="String")
    set_status(deploy("stock"), "InProgress")
    with pytest.raises(GuardError, match=r"/pase/shop/scaling-suspended is no marker.*no JSON"):
        watchdog()
    assert suspended("stock") == ALL


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({}, "watchdog"),
        ({"watchdog": "true"}, "watchdog"),
        ({"detail-type": "Scheduled Event", "detail": {}}, "Scheduled Event"),
        ({**event("START", "d-1"), "detail": None}, "Notification"),
        ({**event("START", "d-1"), "detail": {"application": 5}}, "detail.application.*5"),
        (event("", "d-1"), "detail.state"),
    ],
)
def test_an_event_that_cannot_be_used_says_what_is_wrong(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        handler(wrong, None)


@pytest.mark.parametrize("services", ["shop,", "shop, stock", ",", " "])
def test_a_list_of_services_that_cannot_be_used_says_what_is_wrong(
    services: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVICES", services)
    with pytest.raises(InvalidInput, match=f"SERVICES must be names.*{services}"):
        watchdog()


@pytest.mark.parametrize("name", ["CLUSTER", "PLATFORM", "SERVICES"])
def test_an_environment_variable_that_is_missing_is_named(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(InvalidInput, match=f"{name} must be set"):
        watchdog()


def deployments_answering(*answers: tuple[str, dict[str, Any] | str]) -> CodeDeployDeployments:
    client = boto3.client("codedeploy")
    stubber = Stubber(client)
    for _, answer in answers:
        if isinstance(answer, str):
            stubber.add_client_error("list_deployments", answer)
        else:
            stubber.add_response("list_deployments", answer)
    stubber.activate()
    return CodeDeployDeployments(client=client)


@pytest.mark.parametrize(
    "code", ["ApplicationDoesNotExistException", "DeploymentGroupDoesNotExistException"]
)
def test_a_service_that_has_no_deployment_group_has_no_active_deployment(code: str) -> None:
    assert deployments_answering(("", code)).active("shop") == []


def test_all_pages_of_deployments_are_read() -> None:
    pages = deployments_answering(
        ("", {"deployments": [], "nextToken": "more"}), ("", {"deployments": ["d-2"]})
    )
    assert pages.active("shop") == ["d-2"]


def test_a_call_that_fails_says_which_and_for_what() -> None:
    with pytest.raises(GuardError, match=r"service shop .*Throttling.*ListDeployments"):
        deployments_answering(("", "ThrottlingException")).active("shop")


def test_a_call_that_is_not_even_sent_says_which() -> None:
    with pytest.raises(GuardError, match=r"list_deployments failed: Parameter validation"):
        CodeDeployDeployments().active("")


def test_the_adapters_do_what_their_ports_say() -> None:
    targets = ScalableTargets(cluster="main")
    found = targets.describe("shop")
    assert found is not None
    assert found.flags == FREE
    assert found.bounds == Bounds(minimum=3, maximum=20)
    targets.suspend("shop", SUSPENDED)
    targets.bound("shop", Bounds(minimum=1, maximum=2))
    found = targets.describe("shop")
    assert found is not None
    assert found.flags == SUSPENDED
    assert found.bounds == Bounds(minimum=1, maximum=2)
    schedule("b", "cron(0 1 ? * FRI *)", 5, 6, Timezone="Asia/Tokyo")
    schedule("a", "cron(0 1 ? * FRI *)", 5, 6)
    assert [(one.name, one.time_zone) for one in targets.scheduled_actions("shop")] == [
        ("b", "Asia/Tokyo"),
        ("a", "UTC"),
    ]
    assert targets.scheduled_actions("stock") == []
    assert targets.describe("other") is None


def test_a_marker_is_created_once_and_deleted_more_than_once() -> None:
    deployment = deploy()
    handler(event("START", deployment), None)
    markers = ParameterMarkers(platform="pase")
    held = markers.read("shop")
    assert held is not None
    assert not markers.create("shop", held.having_seen(FREE))
    assert markers.read("shop") == held
    markers.delete("shop")
    markers.delete("shop")
    assert markers.read("shop") is None
    assert markers.create("shop", held)
