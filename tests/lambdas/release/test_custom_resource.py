"""CloudFormation's events through the real handler: what is started, what is answered at once."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from lambdas.release.handler import handler, on_request
from lambdas.release.ports import AwsError, Refused
from lambdas.release.stepfunctions import StepFunctions
from tests.lambdas.release.answers import Bucket
from tests.lambdas.release.given import (
    PHYSICAL_ID,
    REQUEST,
    STACK,
    event,
    properties,
)


@pytest.fixture
def machine(account: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A state machine, and a client that sees its executions."""
    del account
    client = boto3.client("stepfunctions")
    arn = client.create_state_machine(
        name="pase-storefront-release",
        definition="{}",
        roleArn="arn:aws:iam::123456789012:role/machine",
    )["stateMachineArn"]
    monkeypatch.setenv("STATE_MACHINE_ARN", arn)
    return client


def executions(client: Any) -> list[dict[str, Any]]:
    (machine,) = client.list_state_machines()["stateMachines"]
    found = client.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]
    return [client.describe_execution(executionArn=each["executionArn"]) for each in found]


# --- CloudFormation's event ---


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_a_request_starts_an_execution_and_is_not_answered_yet(
    machine: Any, bucket: Bucket, kind: str
) -> None:
    asked = event(kind, url=bucket.url)
    assert handler(asked, None) is None
    (execution,) = executions(machine)
    assert execution["name"] == REQUEST
    assert json.loads(execution["input"]) == asked
    assert bucket.answers == []


def test_the_same_request_delivered_twice_is_one_execution(machine: Any, bucket: Bucket) -> None:
    asked = event(url=bucket.url)
    handler(asked, None)
    handler(dict(reversed(asked.items())), None)
    assert len(executions(machine)) == 1
    handler(asked | {"LogicalResourceId": "Other"}, None)
    assert len(executions(machine)) == 1
    assert bucket.answers == []


@pytest.mark.usefixtures("account")
def test_delete_stops_nothing_and_asks_nothing(bucket: Bucket) -> None:
    handler(event("Delete", url=bucket.url, ResourceProperties={}), None)
    assert bucket.answers == [
        {
            "Status": "SUCCESS",
            "Reason": "nothing is stopped: what serves users goes on",
            "PhysicalResourceId": PHYSICAL_ID,
            "StackId": STACK,
            "RequestId": REQUEST,
            "LogicalResourceId": "Release",
            "Data": {},
        }
    ]


@pytest.mark.parametrize(
    ("change", "reason", "physical_id"),
    [
        (
            {"ResourceProperties": properties(BakeMinutes="long")},
            "BakeMinutes must be a whole number 0..57, got 'long'",
            PHYSICAL_ID,
        ),
        ({"ResourceProperties": None}, "no ResourceProperties", "Release/release"),
        ({"RequestType": "Replace"}, "unknown RequestType 'Replace'; allowed: Cr", PHYSICAL_ID),
    ],
)
def test_what_is_invalid_is_answered_and_starts_nothing(
    machine: Any, bucket: Bucket, change: dict[str, Any], reason: str, physical_id: str
) -> None:
    handler(event("Create", url=bucket.url, **change), None)
    (answer,) = bucket.answers
    assert answer["Status"] == "FAILED"
    assert reason in answer["Reason"]
    assert answer["PhysicalResourceId"] == physical_id
    assert executions(machine) == []


@pytest.mark.usefixtures("account")
def test_a_machine_that_is_not_there_is_answered(bucket: Bucket) -> None:
    handler(event(url=bucket.url), None)
    (answer,) = bucket.answers
    assert answer["Status"] == "FAILED"
    assert "StartExecution of arn:aws:states:ap-southeast-1" in answer["Reason"]


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(("code", "status"), [("ThrottlingException", 400), ("Internal", 500)])
def test_a_start_that_may_work_later_is_left_to_lambdas_retry(
    bucket: Bucket, code: str, status: int
) -> None:
    client = boto3.client("stepfunctions")
    with Stubber(client) as stub:
        stub.add_client_error("start_execution", code, "later", http_status_code=status)
        machine = StepFunctions(arn="arn:aws:states:::stateMachine:m", client=client)
        with pytest.raises(AwsError, match="later") as error:
            on_request(event(url=bucket.url), machine=machine)
    assert not isinstance(error.value, Refused)
    assert bucket.answers == []


@pytest.mark.usefixtures("account")
def test_a_start_without_permission_is_answered(bucket: Bucket) -> None:
    client = boto3.client("stepfunctions")
    with Stubber(client) as stub:
        stub.add_client_error(
            "start_execution", "AccessDeniedException", "no", http_status_code=400
        )
        on_request(
            event(url=bucket.url), machine=StepFunctions(arn="arn:aws:states:::m", client=client)
        )
    assert "AccessDeniedException" in bucket.answers[0]["Reason"]


@pytest.mark.usefixtures("machine")
def test_the_log_never_holds_the_url(bucket: Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    handler(event(url=bucket.url), None)
    handler(event("Delete", url=bucket.url), None)
    said = capsys.readouterr()
    statuses = [json.loads(line)["status"] for line in said.out.splitlines()]
    assert statuses == ["STARTED", "SUCCESS"]
    assert "Signature" not in said.out + said.err


def test_the_handler_imports_nothing_heavier_than_boto3() -> None:
    program = (
        "import sys, lambdas.release.handler, lambdas.live_target_group.handler;"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(ran.stdout.split())
    assert "boto3" in loaded
    assert not loaded & {"pydantic", "aws_cdk", "jsii", "moto", "requests", "config"}
