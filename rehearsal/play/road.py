"""Carries a version down the road as the pipeline does: stack, gate, approval, next environment."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from botocore.exceptions import ClientError

from ..deployment import Deployment
from ..errors import FunctionError, RehearsalError
from ..recording import Gate, Recording, Release
from ..scenario.model import Scenario
from ..stack import StackError
from ..stack_state import Event
from .environment import Environment
from .world import World

APPROVAL_SECONDS = 30.0
"""Of the model: so long a person takes to say yes."""
LIMIT_SECONDS = 4500.0
"""Of the model: no stack takes longer, because CloudFormation waits an hour for a resource."""

Pump = Callable[[Callable[[], bool], float, str], None]
"""Wait until something is so, at most so many model seconds; the text says what for."""


class Road:
    """The pipeline. ``pump`` waits, and lets everything else go on meanwhile."""

    def __init__(
        self, *, scenario: Scenario, world: World, recording: Recording, pump: Pump
    ) -> None:
        self._scenario = scenario
        self._world = world
        self._recording = recording
        self._pump = pump
        self._checked: set[str] = set()
        self._ready_since: dict[str, float] = {}

    def carry(self, version: str, *, to: str) -> Release:
        """Release a version as far as ``to``; how it ended where it ended."""
        last: Release | None = None
        for environment in self._world.environments:
            if environment.plan.approval:
                self._approve_entry(environment, version)
            last = self._release(environment, version)
            if last.result != "released" or not self._passes_gate(environment, last):
                break
            if environment.name == to:
                break
        assert last is not None
        return last

    def look_after(self) -> None:
        """Approve what waits for a person, and note the checks that have been answered.

        All of it under ``turn``.
        """
        with self._world.turn:
            for environment in self._world.environments:
                for one in environment.deployments()[-3:]:
                    self._approve_shift(environment, one)
                    self._note_checks(environment, one)

    def _release(self, environment: Environment, version: str) -> Release:
        spec = self._scenario.versions.get(version)
        touched = bool(spec and spec.listener and spec.listener.touch)
        now = environment.recorder.now()
        release = Release(version=version, result="running", start=round(now, 2))
        with self._world.watched:
            environment.record.releases.append(release)
        environment.recorder.cut()
        environment.recorder.mark("deploy", f"{version}: the stack is updated")
        try:
            with self._world.turn:
                seen = len(environment.stack.events)
                environment.deploy(version, touched=touched)
        except StackError as error:
            raise RehearsalError(
                f"scenario {self._scenario.name}: {version} cannot be released to "
                f"{environment.name}: {error}"
            ) from None
        self._pump(
            lambda: bool(_operation(environment, seen)),
            LIMIT_SECONDS,
            f"the stack of {environment.name} to be updated to {version}",
        )
        self._end(environment, release, _operation(environment, seen))
        return release

    def _end(self, environment: Environment, release: Release, events: Sequence[Event]) -> None:
        status = events[-1].status
        release.end = round(environment.recorder.now(), 2)
        if status == "UPDATE_COMPLETE":
            release.result = "released"
            environment.recorder.mark("done", f"{release.version} is released")
            return
        release.result = "failed"
        reasons = [
            one.reason
            for one in events
            if one.status.endswith("_FAILED") and one.type != "AWS::CloudFormation::Stack"
        ]
        release.reason = reasons[0] if reasons else str(status)
        line = release.reason.splitlines()[0] if release.reason else str(status)
        environment.recorder.mark("failed", f"{release.version} is not released: {line}")

    def _approve_entry(self, environment: Environment, version: str) -> None:
        """The pipeline's manual approval before a stage."""
        until = time.monotonic() + APPROVAL_SECONDS / self._world.clock.factor
        self._pump(lambda: time.monotonic() >= until, LIMIT_SECONDS, "the approval")
        text = f"the pipeline's approval before {environment.name}"
        environment.recorder.mark("approval", f"{version}: {text} is given")
        self._add_gate("approval in the pipeline", environment, version, passed=True, detail="")

    def _approve_shift(self, environment: Environment, one: Deployment) -> None:
        """CodeDeploy waits before users are moved; after a while a person lets it go on."""
        if one.status != "Ready" or one.reroute:
            return
        since = self._ready_since.setdefault(one.id, time.monotonic())
        if time.monotonic() - since < APPROVAL_SECONDS / self._world.clock.factor:
            return
        environment.parts.account.client("codedeploy").continue_deployment(
            deploymentId=one.id, deploymentWaitType="READY_WAIT"
        )
        version = environment.parts.launcher.version(one.revision.task_definition)
        environment.recorder.mark("approval", f"{version}: users may be moved ({one.id})")
        self._add_gate("approval before traffic", environment, version, passed=True, detail=one.id)

    def _note_checks(self, environment: Environment, one: Deployment) -> None:
        """The release checks, which CodeDeploy's hook runs on green before any user is moved."""
        event = one.lifecycle["AfterAllowTestTraffic"]
        if one.id in self._checked or event.status not in ("Succeeded", "Failed"):
            return
        if one.is_rollback or "AfterAllowTestTraffic" not in one.revision.hooks:
            return
        self._checked.add(one.id)
        version = environment.parts.launcher.version(one.revision.task_definition)
        passed = event.status == "Succeeded"
        detail = self._report(environment, one.id)
        self._add_gate("release checks", environment, version, passed=passed, detail=detail)

    def _report(self, environment: Environment, deployment: str) -> str:
        variables = environment.parts.functions.variables("release_checks")
        try:
            answer = environment.parts.account.client("ssm").get_parameter(
                Name=variables["REPORT_PARAMETER"]
            )
        except ClientError:
            return "no report was kept"
        report = json.loads(answer["Parameter"]["Value"])
        if report["deploymentId"] != deployment:
            return "no report was kept"
        return "; ".join([report["summary"], *report["failures"][:3]])

    def _passes_gate(self, environment: Environment, release: Release) -> bool:
        """The pipeline's gate after a stage: the same function, through the production listener."""
        gate = environment.plan.gate
        functions = environment.parts.functions
        event = {"gate": gate, "listener": "production"}
        answer = self._waited(
            lambda: functions.invoke(functions.arn("release_checks"), event), f"the gate {gate}"
        )
        passed, detail = _understood(answer)
        environment.recorder.mark(
            "gate", f"{release.version}: gate {gate} {'passed' if passed else 'FAILED'}: {detail}"
        )
        self._add_gate(gate, environment, release.version, passed=passed, detail=detail)
        if not passed:
            release.result = "failed"
            release.reason = f"gate {gate}: {detail}"
        return passed

    def _waited(self, call: Callable[[], Any], what: str) -> Any:
        """What a call comes to, made in a thread so that everything else goes on."""
        answers: list[Any] = []

        def run() -> None:
            try:
                answers.append(call())
            except Exception as error:
                answers.append(error)

        thread = threading.Thread(target=run, name="gate", daemon=True)
        thread.start()
        self._pump(lambda: not thread.is_alive(), LIMIT_SECONDS, what)
        answer = answers[0]
        if isinstance(answer, Exception) and not isinstance(answer, FunctionError):
            raise answer
        return answer

    def _add_gate(
        self, name: str, environment: Environment, version: str, *, passed: bool, detail: str
    ) -> None:
        gate = Gate(
            name=name,
            environment=environment.name,
            version=version,
            at=round(environment.recorder.now(), 2),
            passed=passed,
            detail=detail,
        )
        with self._world.watched:
            self._recording.gates.append(gate)


def _operation(environment: Environment, seen: int) -> Sequence[Event]:
    """The events after the first ``seen`` up to the end of the stack's operation; none before it.

    Another operation may have begun since.
    """
    events = environment.stack.events[seen:]
    for index, one in enumerate(events):
        of_stack = one.type == "AWS::CloudFormation::Stack"
        if of_stack and not one.status.endswith("_IN_PROGRESS"):
            return events[: index + 1]
    return ()


def _understood(answer: Any) -> tuple[bool, str]:
    """Whether a gate's report says that it passed, and in which words."""
    if isinstance(answer, FunctionError):
        return False, str(answer)
    failures: Sequence[str] = [
        f"{check['name']}: {failure}"
        for check in answer.get("checks", [])
        for failure in check["failures"]
    ]
    text = "; ".join([str(answer.get("error") or answer.get("summary", "")), *failures[:3]])
    return bool(answer.get("passed")), text
