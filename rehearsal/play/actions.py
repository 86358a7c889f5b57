"""What a scenario does while a release runs, when a lifecycle event has begun: once, or again."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from botocore.exceptions import ClientError

from ..errors import FunctionError, RehearsalError
from ..recording import DeploymentRecord
from ..scenario.model import Action
from ..stack import StackError
from .deployments import event_began
from .environment import Environment
from .world import World


@dataclass(eq=False)
class _Waiting:
    action: Action
    due: float | None = None
    again: bool = False


class Actions:
    """The actions of one step. They count lifecycle events of deployments that begin in it."""

    def __init__(self, world: World, actions: Sequence[Action]) -> None:
        self._world = world
        self._waiting = [_Waiting(one) for one in actions]
        self._began = time.monotonic()
        self._calls: list[threading.Thread] = []
        self._failures: list[str] = []
        self._before = {one.name: len(one.record.deployments) for one in world.environments}

    @property
    def done(self) -> bool:
        """Whether nothing is left to do, but again."""
        return all(one.again for one in self._waiting) and not self._calls

    def end(self) -> None:
        """The release has ended: nothing is done again."""
        self._waiting = [one for one in self._waiting if not one.again]

    def describe(self) -> str:
        """What has not been done."""
        left = ", ".join(f"{one.action.do} at {one.action.when}" for one in self._waiting)
        return f"not done: {left}" if left else "an operator's command has not ended"

    def run_due(self) -> None:
        """Do what is due. Raises `RehearsalError` when it cannot be done."""
        self._calls = [one for one in self._calls if one.is_alive()]
        if self._failures:
            raise RehearsalError(f"an action of the scenario failed: {self._failures[0]}")
        for one in list(self._waiting):
            if one.due is None:
                one.due = self._due(one.action)
            if one.due is not None and time.monotonic() >= one.due and self._do(one.action):
                if one.action.every_seconds is None:
                    self._waiting.remove(one)
                else:
                    one.due += one.action.every_seconds
                    one.again = True

    def _due(self, action: Action) -> float | None:
        """When, on `time.monotonic`'s scale; None while its event has not begun."""
        later = action.after_seconds / self._world.clock.factor
        if action.when == "Start":
            return self._began + later
        environment = self._world.environment(action.environment)
        for record in self._new(environment):
            began = event_began(record, action.when)
            if began is not None and not record.rollback_of:
                return self._world.zero.at + began + later
        return None

    def _new(self, environment: Environment) -> Sequence[DeploymentRecord]:
        return environment.record.deployments[self._before[environment.name] :]

    def _do(self, action: Action) -> bool:
        """Do it; False when it has to be tried again."""
        environment = self._world.environment(action.environment)
        match action.do:
            case "kill_task":
                return self._kill_task(environment, str(action.colour))
            case "restart_database":
                environment.recorder.mark("action", "the database is restarted")
                environment.restart_database()
            case "set_users":
                rate = action.rate or 0.0
                self._world.set_rate(environment.name, rate)
                environment.recorder.mark("action", f"users ask {rate:g} times a second")
            case "rollback":
                self._roll_back(environment)
            case "release":
                return self._deploy(environment, str(action.version), touched=False)
            case "update_listener":
                current = environment.asked_for
                return self._deploy(environment, current, touched=True)
            case "end_standby":
                self._end_standby(environment)
            case "rotate":
                return self._rotate(environment, again=action.every_seconds is not None)
            case "silence_function":
                environment.parts.functions.silent.add(str(action.function))
                environment.recorder.mark("action", f"{action.function} no longer answers")
        return True

    def _kill_task(self, environment: Environment, colour: str) -> bool:
        assert environment.groups is not None
        group = environment.groups.blue if colour == "blue" else environment.groups.green
        with self._world.turn:
            targets = [
                one for one in environment.parts.fleet.targets(group) if one.state == "healthy"
            ]
            if not targets:
                return False
            environment.parts.fleet.kill(targets[0].task_set)
        environment.recorder.mark("action", f"a task of {colour} is killed")
        return True

    def _roll_back(self, environment: Environment) -> None:
        """One click: the function behind the Automation document."""
        functions = environment.parts.functions
        environment.recorder.mark("action", "an operator takes the release back")
        event = {"service": environment.plan.service_name, "to": ""}

        def call() -> None:
            try:
                functions.invoke(functions.arn("rollback"), event)
            except FunctionError as error:
                self._failures.append(str(error))

        self._calls.append(threading.Thread(target=call, name="rollback", daemon=True))
        self._calls[-1].start()

    def _end_standby(self, environment: Environment) -> None:
        """ "Terminate original task set now", as the console calls it."""
        record = environment.record.deployments[-1]
        codedeploy = environment.parts.account.client("codedeploy")
        try:
            with self._world.turn:
                codedeploy.continue_deployment(
                    deploymentId=record.id, deploymentWaitType="TERMINATION_WAIT"
                )
        except ClientError as error:
            self._failures.append(str(error))
        environment.recorder.mark("action", "a person ends the hot standby")

    def _rotate(self, environment: Environment, *, again: bool) -> bool:
        """RotateSecret. While a rotation has not ended it is refused: then it is tried again, but
        for one that comes again by itself.
        """
        client = environment.parts.account.client("secretsmanager")
        try:
            with self._world.turn:
                client.rotate_secret(SecretId=environment.database_secret())
        except ClientError as error:
            if "previous rotation isn't complete" in str(error):
                return again
            self._failures.append(str(error))
        return True

    def _deploy(self, environment: Environment, version: str, *, touched: bool) -> bool:
        """CloudFormation refuses a second update while one runs: it is tried again afterwards."""
        try:
            with self._world.turn:
                environment.deploy(version, touched=touched)
        except StackError as error:
            if "IN_PROGRESS" not in str(error):
                self._failures.append(str(error))
                return True
            environment.recorder.mark_once("action", f"{version} has to wait: {error}")
            return False
        what = "the listeners are updated" if touched else f"{version} is released"
        environment.recorder.mark("action", f"{what} by a further stack update")
        return True
