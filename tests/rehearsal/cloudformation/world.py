"""What the tests of the stacks' model play in: functions that answer as a test tells them to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import boto3

from lambdas.common.cloudformation import Outcome, deliver
from rehearsal.answers import Answers
from rehearsal.clock import ManualClock, play
from rehearsal.cloudformation import CloudFormation
from rehearsal.stack import Stack

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:asked"

Reply = Outcome | None
"""What a function answers; None: nothing."""


def success(physical_id: str = "physical", **data: str) -> Outcome:
    """SUCCESS with attributes."""
    return Outcome(status="SUCCESS", reason="", physical_id=physical_id, data=data)


def failure(reason: str, physical_id: str = "physical") -> Outcome:
    """FAILED."""
    return Outcome(status="FAILED", reason=reason, physical_id=physical_id)


@dataclass
class Function:
    """The function behind every custom resource; ``reply`` decides what it answers."""

    asked: list[dict[str, Any]] = field(default_factory=list)
    reply: Callable[[Mapping[str, Any]], Reply] = lambda _: success()

    def invoke(self, arn: str, event: Mapping[str, Any]) -> None:
        """Lambda takes the invocation, and the function runs at once."""
        assert arn == event["ServiceToken"]
        self.asked.append(json.loads(json.dumps(event)))
        outcome = self.reply(event)
        if outcome:
            deliver(event, outcome)

    def kinds(self, logical_id: str | None = None) -> list[str]:
        """The request types so far, of one resource or of all."""
        return [
            event["RequestType"]
            for event in self.asked
            if logical_id in (None, event["LogicalResourceId"])
        ]


@dataclass
class Account:
    """The model with an empty account."""

    clock: ManualClock
    function: Function
    cloudformation: CloudFormation
    functions: dict[str, Mapping[str, Any]]
    machines: dict[str, Mapping[str, Any]]

    @classmethod
    @contextmanager
    def open(
        cls, *, account: str = "123456789012", region: str = "eu-central-1"
    ) -> Iterator[Account]:
        """Within moto's mock."""
        clock = ManualClock(START)
        function = Function()
        functions: dict[str, Mapping[str, Any]] = {}
        machines: dict[str, Mapping[str, Any]] = {}

        def register_machine(name: str, arn: str, definition: Mapping[str, Any], role: str) -> None:
            machines[name] = {"arn": arn, "definition": definition, "role": role}

        with Answers() as answers:
            model = CloudFormation(
                clock=clock,
                client=_client,
                answers=answers,
                invoke=function.invoke,
                register_function=functions.__setitem__,
                register_state_machine=register_machine,
                account=account,
                region=region,
            )
            yield cls(clock, function, model, functions, machines)

    @property
    def stack(self) -> Stack:
        """The one stack of most tests."""
        return self.cloudformation.stack("Test")

    def pass_time(self, seconds: float) -> None:
        """Turn the clock, stopping wherever something is due."""
        play(self.clock, [self.cloudformation], seconds=seconds)


def _client(service: str) -> Any:
    make: Any = boto3.client
    return make(service)


def statuses(stack: Stack, logical_id: str | None = None) -> list[str]:
    """The statuses of a resource's events, by default of the stack's own."""
    wanted = logical_id or stack.name
    return [event.status for event in stack.events if event.logical_id == wanted]


def reason(stack: Stack, logical_id: str, status: str) -> str:
    """Why a resource last came to a status."""
    found = [
        event.reason
        for event in stack.events
        if (event.logical_id, event.status) == (logical_id, status)
    ]
    assert found, f"{logical_id} was never {status}: {[str(event) for event in stack.events]}"
    return found[-1]


def custom(*, after: tuple[str, ...] = (), type_: str = "Custom::Thing", **properties: Any) -> Any:
    """A custom resource."""
    return {
        "Type": type_,
        "Properties": {"ServiceToken": FUNCTION, **properties},
        **({"DependsOn": list(after)} if after else {}),
    }


def parameter(value: Any, *, name: str = "/p", **attributes: Any) -> Any:
    """A parameter of Parameter Store, the cheapest resource there is."""
    properties = {"Type": "String", "Name": name, "Value": value}
    return {"Type": "AWS::SSM::Parameter", "Properties": properties, **attributes}


def template(**resources: Any) -> dict[str, Any]:
    """A template of these resources."""
    return {"Resources": resources}


def value(name: str = "/p") -> str:
    """What is in Parameter Store."""
    found: str = boto3.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
    return found


def attribute(logical_id: str, name: str) -> Any:
    """Fn::GetAtt."""
    return {"Fn::GetAtt": [logical_id, name]}
