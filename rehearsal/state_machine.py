"""Step Functions, Standard: executions of state machines, driven by the clock.

Functions take no time. Only what `state_language` reads can be run.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from .clock import Clock
from .errors import ApiError, FunctionError
from .state_language import PathError, at, fill, parse, place

Status = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT"]
Invoke = Callable[[str, Any], Any]

_INVOKE = ":states:::lambda:invoke"


@dataclass(eq=False, kw_only=True)
class Execution:
    """One execution. `due` is when its state is entered, tried again or left."""

    arn: str
    machine_arn: str
    machine: Mapping[str, Any]
    name: str
    input: str
    started: datetime
    state: str
    value: Any
    due: datetime
    entered: datetime
    status: Status = "RUNNING"
    stopped: datetime | None = None
    error: str | None = None
    cause: str | None = None
    waiting: bool = False
    attempts: dict[int, int] = field(default_factory=dict)

    @property
    def context(self) -> dict[str, Any]:
        """The context object: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html"""
        return {
            "Execution": {
                "Id": self.arn,
                "Name": self.name,
                "Input": json.loads(self.input),
                "StartTime": _iso(self.started),
            },
            "State": {"Name": self.state, "EnteredTime": _iso(self.entered)},
            "StateMachine": {"Id": self.machine_arn},
        }

    @property
    def deadline(self) -> datetime | None:
        """When TimeoutSeconds of the machine ends it."""
        seconds = self.machine.get("TimeoutSeconds")
        return None if seconds is None else self.started + timedelta(seconds=seconds)


class StateMachines:
    """State machines by ARN and their executions.

    `invoke` is given a function's ARN and payload, returns the function's answer and raises
    `FunctionError` when the function ends in an error. It may start executions.
    """

    def __init__(self, *, clock: Clock, invoke: Invoke) -> None:
        self._clock = clock
        self._invoke = invoke
        self._machines: dict[str, dict[str, Any]] = {}
        self._executions: dict[str, Execution] = {}
        self._playing = False

    def define(self, arn: str, definition: str | Mapping[str, Any]) -> None:
        """Create a state machine, or raise `DefinitionError`."""
        self._machines[arn] = parse(definition)

    @property
    def executions(self) -> list[Execution]:
        """All executions, oldest first."""
        return list(self._executions.values())

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Answer StartExecution or DescribeExecution, or raise `ApiError`."""
        if operation == "StartExecution":
            return self._start(parameters)
        if operation == "DescribeExecution":
            return self._describe(parameters)
        raise ApiError("UnknownOperationException", f"{operation} is not part of the model")

    def run_due(self) -> None:
        """Run every execution as far as it goes now, in the order of time."""
        if self._playing:
            return
        self._playing = True
        try:
            while (execution := self._next()) is not None:
                if execution.due > self._clock.now():
                    break
                self._step(execution)
        finally:
            self._playing = False

    def next_due(self) -> datetime | None:
        """When the next execution goes on."""
        execution = self._next()
        return None if execution is None else max(execution.due, self._clock.now())

    def _next(self) -> Execution | None:
        running = [one for one in self._executions.values() if one.status == "RUNNING"]
        return min(running, key=lambda one: one.due, default=None)

    def _start(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The same name and input again is the same execution while it runs:
        https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
        """
        machine_arn, name = given["stateMachineArn"], given["name"]
        machine = self._machines.get(machine_arn)
        if machine is None:
            raise ApiError(
                "StateMachineDoesNotExist", f"State Machine Does Not Exist: '{machine_arn}'"
            )
        arn = f"{machine_arn.replace(':stateMachine:', ':execution:')}:{name}"
        input = given.get("input", "{}")
        known = self._executions.get(arn)
        if known is not None:
            if known.status != "RUNNING" or known.input != input:
                raise ApiError("ExecutionAlreadyExists", f"Execution Already Exists: '{arn}'")
            return {"executionArn": arn, "startDate": known.started}
        now = self._clock.now()
        self._executions[arn] = Execution(
            arn=arn,
            machine_arn=machine_arn,
            machine=machine,
            name=name,
            input=input,
            started=now,
            state=machine["StartAt"],
            value=json.loads(input),
            due=now,
            entered=now,
        )
        return {"executionArn": arn, "startDate": now}

    def _describe(self, given: Mapping[str, Any]) -> dict[str, Any]:
        found = self._executions.get(given["executionArn"])
        if found is None:
            raise ApiError(
                "ExecutionDoesNotExist", f"Execution Does Not Exist: '{given['executionArn']}'"
            )
        described = {
            "executionArn": found.arn,
            "stateMachineArn": found.machine_arn,
            "name": found.name,
            "status": found.status,
            "startDate": found.started,
            "stopDate": found.stopped,
            "input": found.input,
            "output": json.dumps(found.value) if found.status == "SUCCEEDED" else None,
            "error": found.error,
            "cause": found.cause,
        }
        return {name: value for name, value in described.items() if value is not None}

    def _step(self, execution: Execution) -> None:
        deadline = execution.deadline
        if deadline is not None and execution.due >= deadline:
            self._end(execution, "TIMED_OUT", error="States.Timeout")
            return
        state = execution.machine["States"][execution.state]
        try:
            getattr(self, f"_{state['Type'].lower()}")(execution, state)
        except PathError as error:
            self._end(execution, "FAILED", error="States.Runtime", cause=str(error))
        if deadline is not None and execution.due > deadline:
            execution.due = deadline

    def _task(self, execution: Execution, state: Mapping[str, Any]) -> None:
        context = execution.context
        payload = execution.value
        if "Parameters" in state:
            payload = fill(state["Parameters"], payload, context)
        try:
            result = self._run(state["Resource"], payload)
        except FunctionError as error:
            self._task_failed(execution, state, error)
            return
        if "ResultSelector" in state:
            result = fill(state["ResultSelector"], result, context)
        value = place(state.get("ResultPath", "$"), execution.value, result)
        execution.value = at(state.get("OutputPath", "$"), value, context)
        self._leave(execution, state)

    def _run(self, resource: str, payload: Any) -> Any:
        """A function by its ARN, or by the optimised integration, which wraps its answer:
        https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
        """
        if resource.endswith(_INVOKE):
            answer = _through_json(self._invoke(payload["FunctionName"], payload.get("Payload")))
            return {"ExecutedVersion": "$LATEST", "Payload": answer, "StatusCode": 200}
        return _through_json(self._invoke(resource, payload))

    def _task_failed(
        self, execution: Execution, state: Mapping[str, Any], error: FunctionError
    ) -> None:
        """Retry, then Catch, then fail:
        https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
        """
        for index, retrier in enumerate(state.get("Retry", ())):
            if not _matches(retrier, error):
                continue
            done = execution.attempts.get(index, 0)
            if done >= retrier.get("MaxAttempts", 3):
                break
            execution.attempts[index] = done + 1
            pause = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** done
            pause = min(pause, retrier.get("MaxDelaySeconds", pause))
            execution.due += timedelta(seconds=pause)
            return
        cause = json.dumps({"errorMessage": error.message, "errorType": error.error})
        for catcher in state.get("Catch", ()):
            if _matches(catcher, error):
                output = {"Error": error.error, "Cause": cause}
                execution.value = place(catcher.get("ResultPath", "$"), execution.value, output)
                self._enter(execution, catcher["Next"])
                return
        self._end(execution, "FAILED", error=error.error, cause=cause)

    def _choice(self, execution: Execution, state: Mapping[str, Any]) -> None:
        for choice in state["Choices"]:
            found = at(choice["Variable"], execution.value, execution.context)
            if found is choice["BooleanEquals"]:
                self._enter(execution, choice["Next"])
                return
        if "Default" in state:
            self._enter(execution, state["Default"])
        else:
            self._end(execution, "FAILED", error="States.NoChoiceMatched")

    def _wait(self, execution: Execution, state: Mapping[str, Any]) -> None:
        if execution.waiting:
            self._leave(execution, state)
            return
        seconds = state.get("Seconds")
        if seconds is None:
            seconds = at(state["SecondsPath"], execution.value, execution.context)
        execution.waiting = True
        execution.due += timedelta(seconds=seconds)

    def _succeed(self, execution: Execution, _: Mapping[str, Any]) -> None:
        self._end(execution, "SUCCEEDED")

    def _fail(self, execution: Execution, state: Mapping[str, Any]) -> None:
        self._end(execution, "FAILED", error=state.get("Error"), cause=state.get("Cause"))

    def _leave(self, execution: Execution, state: Mapping[str, Any]) -> None:
        if state.get("End"):
            self._end(execution, "SUCCEEDED")
        else:
            self._enter(execution, state["Next"])

    def _enter(self, execution: Execution, state: str) -> None:
        execution.state = state
        execution.entered = execution.due
        execution.waiting = False
        execution.attempts = {}

    def _end(
        self,
        execution: Execution,
        status: Status,
        *,
        error: str | None = None,
        cause: str | None = None,
    ) -> None:
        execution.status, execution.stopped = status, execution.due
        execution.error, execution.cause = error, cause


def _matches(handler: Mapping[str, Any], error: FunctionError) -> bool:
    return any(
        name in ("States.ALL", "States.TaskFailed", error.error) for name in handler["ErrorEquals"]
    )


def _through_json(value: Any) -> Any:
    """A function's answer as the machine sees it."""
    return json.loads(json.dumps(value))


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
