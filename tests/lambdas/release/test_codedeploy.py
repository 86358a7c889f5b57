"""What is asked of CodeDeploy and how its answers are read; the Stubber checks every request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from lambdas.release.codedeploy import BATCH, CodeDeploy
from lambdas.release.ports import AwsError, Busy, Refused
from lambdas.release.snapshot import Deployment, LifecycleEvent, Status
from tests.lambdas.release.given import MINUTE, REQUEST, STARTED, request

pytestmark = pytest.mark.usefixtures("account")

ASKED = request()
WANTED = ASKED.wanted
NAMES = {"applicationName": "storefront", "deploymentGroupName": "storefront"}


@pytest.fixture
def codedeploy(account: None) -> Any:
    del account
    return boto3.client("codedeploy")


@pytest.fixture
def stub(codedeploy: Any) -> Iterator[Stubber]:
    with Stubber(codedeploy) as stub:
        yield stub
        stub.assert_no_pending_responses()


def info(id: str, status: str = "InProgress", **more: Any) -> dict[str, Any]:
    return {"deploymentId": id, "status": status, "createTime": STARTED} | more


def test_a_groups_deployments_are_read_page_by_page_and_25_at_a_time(
    codedeploy: Any, stub: Stubber
) -> None:
    start = STARTED - timedelta(days=5)
    ids = [f"d-{number}" for number in range(BATCH + 2)]
    asked = {**NAMES, "createTimeRange": {"start": start}}
    stub.add_response("list_deployments", {"deployments": ids[:20], "nextToken": "2"}, asked)
    stub.add_response("list_deployments", {"deployments": ids[20:]}, {**asked, "nextToken": "2"})
    for batch in (ids[:BATCH], ids[BATCH:]):
        stub.add_response(
            "batch_get_deployments",
            {"deploymentsInfo": [info(each) for each in batch]},
            {"deploymentIds": batch},
        )
    found = CodeDeploy(client=codedeploy).since(WANTED, start=start)
    assert [each.id for each in found] == ids


def test_no_deployments_are_not_asked_about(codedeploy: Any, stub: Stubber) -> None:
    stub.add_response("list_deployments", {"deployments": []})
    assert CodeDeploy(client=codedeploy).since(WANTED, start=STARTED) == ()


def test_a_deployment_is_read_with_its_request_its_rollback_and_its_error(
    codedeploy: Any, stub: Stubber
) -> None:
    description = f"pase release sha256:ab request {REQUEST}"
    stub.add_response("list_deployments", {"deployments": ["d-1", "d-2", "d-3"]})
    mine = info(
        "d-1",
        "Stopped",
        completeTime=STARTED + MINUTE,
        description=description,
        creator="user",
        errorInformation={"code": "ALARM_ACTIVE", "message": "alarms"},
        rollbackInfo={"rollbackDeploymentId": "d-2", "rollbackMessage": "under way"},
    )
    back = info(
        "d-2",
        "InProgress",
        description=description,
        creator="codeDeployRollback",
        rollbackInfo={"rollbackTriggeringDeploymentId": "d-1"},
    )
    other = info("d-3", "Ready", description="by hand")
    stub.add_response("batch_get_deployments", {"deploymentsInfo": [mine, back, other]})
    assert CodeDeploy(client=codedeploy).since(WANTED, start=STARTED) == (
        Deployment(
            id="d-1",
            status=Status.STOPPED,
            created_at=STARTED,
            ended_at=STARTED + MINUTE,
            request_id=REQUEST,
            rollback_id="d-2",
            rollback_message="under way",
            error_code="ALARM_ACTIVE",
            error_message="alarms",
        ),
        Deployment(
            id="d-2",
            status=Status.IN_PROGRESS,
            created_at=STARTED,
            rollback=True,
            rolls_back="d-1",
        ),
        Deployment(id="d-3", status=Status.READY, created_at=STARTED),
    )


def test_every_status_that_codedeploy_has_is_known(codedeploy: Any) -> None:
    model = codedeploy.meta.service_model.shape_for("DeploymentStatus")
    assert set(model.enum) == set(Status)


def test_a_status_that_is_not_known_is_an_error_and_no_guess(
    codedeploy: Any, stub: Stubber
) -> None:
    stub.add_response("list_deployments", {"deployments": ["d-1"]})
    stub.add_response("batch_get_deployments", {"deploymentsInfo": [info("d-1", "Paused")]})
    with pytest.raises(AwsError, match="d-1 has the unknown status 'Paused'; known: Created"):
        CodeDeploy(client=codedeploy).since(WANTED, start=STARTED)


def test_lifecycle_events_are_read_with_their_diagnostics(codedeploy: Any, stub: Stubber) -> None:
    events = [
        {"lifecycleEventName": "Install", "status": "Succeeded", "endTime": STARTED},
        {
            "lifecycleEventName": "AfterAllowTestTraffic",
            "status": "Failed",
            "diagnostics": {"errorCode": "UnknownError", "message": "said Failed", "logTail": ""},
        },
        {
            "lifecycleEventName": "AllowTraffic",
            "status": "Pending",
            "diagnostics": {"errorCode": "Success", "message": "", "logTail": "tail"},
        },
    ]
    stub.add_response(
        "get_deployment_target",
        {
            "deploymentTarget": {
                "deploymentTargetType": "ECSTarget",
                "ecsTarget": {"lifecycleEvents": events},
            }
        },
        {"deploymentId": "d-1", "targetId": "pase:storefront"},
    )
    assert CodeDeploy(client=codedeploy).events(WANTED, deployment_id="d-1") == (
        LifecycleEvent(name="Install", status="Succeeded", ended_at=STARTED),
        LifecycleEvent(
            name="AfterAllowTestTraffic", status="Failed", diagnostics="UnknownError: said Failed"
        ),
        LifecycleEvent(name="AllowTraffic", status="Pending", diagnostics="tail"),
    )


@pytest.mark.parametrize(
    "code", ["DeploymentNotStartedException", "DeploymentTargetDoesNotExistException"]
)
def test_a_deployment_that_has_not_begun_has_no_events(
    codedeploy: Any, stub: Stubber, code: str
) -> None:
    stub.add_client_error("get_deployment_target", code)
    assert CodeDeploy(client=codedeploy).events(WANTED, deployment_id="d-1") == ()


def test_a_deployment_is_created_from_an_inline_appspec(codedeploy: Any, stub: Stubber) -> None:
    asked = {
        **NAMES,
        "revision": {
            "revisionType": "AppSpecContent",
            "appSpecContent": {"content": ANY, "sha256": ANY},
        },
        "description": f"pase release {WANTED.digest} request {REQUEST}",
    }
    stub.add_response("create_deployment", {"deploymentId": "d-1"}, asked)
    assert CodeDeploy(client=codedeploy).create(ASKED) == "d-1"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("DeploymentLimitExceededException", Busy),
        ("InvalidRevisionException", Refused),
        ("DeploymentGroupDoesNotExistException", Refused),
        ("DescriptionTooLongException", Refused),
        ("AccessDeniedException", AwsError),
        ("ThrottlingException", AwsError),
        ("InvalidSignatureException", AwsError),
    ],
)
def test_a_refusal_is_told_from_what_may_pass(
    codedeploy: Any, stub: Stubber, code: str, kind: type[AwsError]
) -> None:
    stub.add_client_error("create_deployment", code, "because")
    with pytest.raises(AwsError) as error:
        CodeDeploy(client=codedeploy).create(ASKED)
    assert type(error.value) is kind
    assert "storefront" in str(error.value)


def test_a_deployment_is_stopped_with_its_rollback(codedeploy: Any, stub: Stubber) -> None:
    stub.add_response(
        "stop_deployment",
        {"status": "Pending"},
        {"deploymentId": "d-1", "autoRollbackEnabled": True},
    )
    stub.add_client_error("stop_deployment", "DeploymentAlreadyCompletedException")
    CodeDeploy(client=codedeploy).take_back(deployment_id="d-1")
    CodeDeploy(client=codedeploy).take_back(deployment_id="d-1")


def test_a_hot_standby_is_ended_and_one_that_is_over_is_no_error(
    codedeploy: Any, stub: Stubber
) -> None:
    stub.add_response(
        "continue_deployment", {}, {"deploymentId": "d-1", "deploymentWaitType": "TERMINATION_WAIT"}
    )
    for code in (
        "DeploymentAlreadyCompletedException",
        "DeploymentIsNotInReadyStateException",
        "InvalidDeploymentStatusException",
    ):
        stub.add_client_error("continue_deployment", code)
    for _ in range(4):
        CodeDeploy(client=codedeploy).end_standby(deployment_id="d-1")


def test_the_groups_alarms_are_named(codedeploy: Any, stub: Stubber) -> None:
    configuration = {"enabled": True, "alarms": [{"name": "a"}, {"name": "b"}]}
    for information in ({"alarmConfiguration": configuration}, {}):
        stub.add_response("get_deployment_group", {"deploymentGroupInfo": information}, NAMES)
    assert CodeDeploy(client=codedeploy).alarm_names(WANTED) == ("a", "b")
    assert CodeDeploy(client=codedeploy).alarm_names(WANTED) == ()


@pytest.mark.parametrize(
    ("operation", "call"),
    [
        ("list_deployments", lambda port: port.since(WANTED, start=STARTED)),
        ("get_deployment_target", lambda port: port.events(WANTED, deployment_id="d-1")),
        ("stop_deployment", lambda port: port.take_back(deployment_id="d-1")),
        ("continue_deployment", lambda port: port.end_standby(deployment_id="d-1")),
        ("get_deployment_group", lambda port: port.alarm_names(WANTED)),
    ],
)
def test_what_codedeploy_refuses_is_told_with_the_call_and_its_object(
    codedeploy: Any, stub: Stubber, operation: str, call: Callable[[CodeDeploy], object]
) -> None:
    stub.add_client_error(operation, "AccessDeniedException", "no policy allows it")
    with pytest.raises(AwsError, match=r"(d-1|storefront).* failed: .*no policy allows it"):
        call(CodeDeploy(client=codedeploy))
