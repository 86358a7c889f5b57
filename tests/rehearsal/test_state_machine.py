"""Step Functions as far as releases use it.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from rehearsal.clock import ManualClock, play
from rehearsal.errors import FunctionError
from rehearsal.state_machine import StateMachines
from rehearsal.wire import in_process
from tests.support.mocked_aws import mocked_aws

from .world import START

ARN = "arn:aws:states:eu-central-1:123456789012:stateMachine:pase-storefront-release"
FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:pase-storefront-release"

RELEASE: dict[str, Any] = {
    "StartAt": "Step",
    "TimeoutSeconds": 3600,
    "States": {
        "Step": {
            "Type": "Task",
            "Resource": FUNCTION,
            "Parameters": {
                "request.$": "$$.Execution.Input",
                "startedAt.$": "$$.Execution.StartTime",
            },
            "Retry": [
                {
                    "ErrorEquals": ["States.ALL"],
                    "IntervalSeconds": 5,
                    "BackoffRate": 2,
                    "MaxAttempts": 3,
                }
            ],
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "GiveUp"}],
            "Next": "More?",
        },
        "More?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.wait", "BooleanEquals": True, "Next": "Wait"}],
            "Default": "Done",
        },
        "Wait": {"Type": "Wait", "SecondsPath": "$.seconds", "Next": "Step"},
        "GiveUp": {
            "Type": "Task",
            "Resource": FUNCTION,
            "Parameters": {"request.$": "$$.Execution.Input", "error.$": "$.error"},
            "Next": "Failed",
        },
        "Failed": {"Type": "Fail", "Error": "Release.GaveUp", "Cause": "told CloudFormation"},
        "Done": {"Type": "Succeed"},
    },
}


@dataclass
class Machines:
    """The machines, their function and what it was given."""

    clock: ManualClock
    machines: StateMachines
    answers: list[Any] = field(default_factory=list)
    given: list[tuple[float, str, Any]] = field(default_factory=list)
    on_call: list[Callable[[], object]] = field(default_factory=list)

    def start(self, name: str = "one", **input: Any) -> str:
        """StartExecution through boto3."""
        answer = boto3.client("stepfunctions").start_execution(
            stateMachineArn=ARN, name=name, input=json.dumps(input)
        )
        return str(answer["executionArn"])

    def status(self, arn: str) -> Any:
        """DescribeExecution."""
        return boto3.client("stepfunctions").describe_execution(executionArn=arn)

    def pass_time(self, seconds: float) -> None:
        """Turn the clock."""
        play(self.clock, [self.machines], seconds=seconds)

    def times(self) -> list[float]:
        """When the function ran."""
        return [moment for moment, _, _ in self.given]


@pytest.fixture
def played() -> Iterator[Machines]:
    clock = ManualClock(START)

    def invoke(function: str, payload: Any) -> Any:
        found.given.append(((clock.now() - START).total_seconds(), function, payload))
        if found.on_call:
            found.on_call.pop(0)()
        answer = found.answers.pop(0) if found.answers else {"wait": False}
        if isinstance(answer, Exception):
            raise answer
        return answer

    machines = StateMachines(clock=clock, invoke=invoke)
    found = Machines(clock, machines)
    machines.define(ARN, RELEASE)
    with mocked_aws(), in_process("stepfunctions", machines):
        yield found


def test_a_task_is_given_the_input_and_the_start_of_the_execution(played: Machines) -> None:
    played.start(RequestType="Update")
    played.pass_time(0)
    assert played.given == [
        (
            0,
            FUNCTION,
            {"request": {"RequestType": "Update"}, "startedAt": "2026-03-02T12:00:00.000Z"},
        )
    ]


def test_a_machine_waits_as_long_as_the_function_says_and_asks_again(played: Machines) -> None:
    played.answers = [{"wait": True, "seconds": 15}, {"wait": True, "seconds": 30}]
    arn = played.start()
    played.pass_time(3000)
    assert played.times() == [0, 15, 45]
    described = played.status(arn)
    assert described["status"] == "SUCCEEDED"
    assert described["stopDate"] == START + timedelta(seconds=45)
    assert json.loads(described["output"]) == {"wait": False}


def test_the_machine_knows_when_it_goes_on(played: Machines) -> None:
    played.answers = [{"wait": True, "seconds": 15}]
    assert played.machines.next_due() is None
    played.start()
    assert played.machines.next_due() == START
    played.machines.run_due()
    assert played.machines.next_due() == START + timedelta(seconds=15)


def test_an_error_is_tried_again_with_growing_pauses(played: Machines) -> None:
    played.answers = [FunctionError("TimeoutError", "slow")] * 2
    arn = played.start()
    played.pass_time(100)
    assert played.times() == [0, 5, 15]
    assert played.status(arn)["status"] == "SUCCEEDED"


def test_attempts_are_counted_anew_each_time_the_state_is_entered(played: Machines) -> None:
    error = FunctionError("TimeoutError", "slow")
    played.answers = [error, error, {"wait": True, "seconds": 1}, error, error, error]
    arn = played.start()
    played.pass_time(200)
    assert played.status(arn)["status"] == "SUCCEEDED"
    assert played.times() == [0, 5, 15, 16, 21, 31, 51]


def test_an_error_that_stays_is_caught_with_its_name_and_cause(played: Machines) -> None:
    played.answers = [FunctionError("ValueError", "no cluster")] * 4
    arn = played.start(RequestId="7")
    played.pass_time(100)
    _, _, payload = played.given[-1]
    assert payload["request"] == {"RequestId": "7"}
    assert payload["error"]["Error"] == "ValueError"
    assert json.loads(payload["error"]["Cause"])["errorMessage"] == "no cluster"
    described = played.status(arn)
    assert (described["status"], described["error"]) == ("FAILED", "Release.GaveUp")


def test_an_error_that_nobody_catches_ends_the_execution(played: Machines) -> None:
    played.answers = [FunctionError("ValueError", "no")] * 5
    arn = played.start()
    played.pass_time(100)
    assert played.status(arn)["error"] == "ValueError"


def test_the_same_start_again_is_the_same_execution(played: Machines) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html"""
    played.answers = [{"wait": True, "seconds": 15}]
    arn = played.start(a=1)
    played.pass_time(1)
    assert played.start(a=1) == arn
    played.pass_time(1)
    assert len(played.given) == 1


def test_a_name_is_taken_by_another_input_and_by_an_execution_that_has_ended(
    played: Machines,
) -> None:
    played.start(a=1)
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        played.start(a=2)
    played.pass_time(1)
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        played.start(a=1)


def test_an_unknown_machine_is_refused(played: Machines) -> None:
    with pytest.raises(ClientError, match="StateMachineDoesNotExist"):
        boto3.client("stepfunctions").start_execution(stateMachineArn=f"{ARN}x", name="one")
    assert played.machines.executions == []


def test_a_machine_that_takes_too_long_is_ended(played: Machines) -> None:
    played.answers = [{"wait": True, "seconds": 1000}] * 9
    arn = played.start()
    played.pass_time(3599)
    assert played.status(arn)["status"] == "RUNNING"
    played.pass_time(1)
    assert played.status(arn)["status"] == "TIMED_OUT"
    assert played.times() == [0, 1000, 2000, 3000]


def test_a_function_may_start_an_execution(played: Machines) -> None:
    played.on_call = [lambda: played.start("two")]
    played.start()
    played.pass_time(0)
    assert [one.status for one in played.machines.executions] == ["SUCCEEDED", "SUCCEEDED"]


def test_a_function_that_runs_the_machines_again_is_not_run_twice(played: Machines) -> None:
    played.on_call = [played.machines.run_due]
    played.start()
    played.pass_time(0)
    assert len(played.given) == 1


def test_the_optimised_integration_wraps_the_answer(played: Machines) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html"""
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": FUNCTION, "Payload": {"name.$": "$$.Execution.Name"}},
        "ResultSelector": {"wait.$": "$.Payload.wait"},
        "ResultPath": "$.answer",
        "OutputPath": "$.answer",
        "End": True,
    }
    played.machines.define(ARN, {"StartAt": "Only", "States": {"Only": task}})
    arn = played.start()
    played.pass_time(0)
    assert played.given == [(0, FUNCTION, {"name": "one"})]
    assert json.loads(played.status(arn)["output"]) == {"wait": False}


def test_a_path_that_leads_nowhere_fails_the_execution(played: Machines) -> None:
    played.answers = [{}]
    arn = played.start()
    played.pass_time(0)
    described = played.status(arn)
    assert described["error"] == "States.Runtime"
    assert "$.wait leads nowhere" in described["cause"]


def test_a_fixed_wait_and_the_end_of_a_state_are_known(played: Machines) -> None:
    played.machines.define(
        ARN,
        json.dumps(
            {"StartAt": "Pause", "States": {"Pause": {"Type": "Wait", "Seconds": 9, "End": True}}}
        ),
    )
    arn = played.start()
    played.pass_time(8)
    assert played.status(arn)["status"] == "RUNNING"
    played.pass_time(1)
    assert played.status(arn)["status"] == "SUCCEEDED"
