"""What a scenario does while a release runs: each once, when its lifecycle event has begun."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

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


class Actions:
    """The actions of one step. ``first``: how many deployments each environment had before it."""

    def __init__(self, world: World, actions: Sequence[Action]) -> None:
        self._world = world
        self._waiting = [_Waiting(one) for one in actions]
        self._began = time.monotonic()
        self._before = {one.name: len(one.record.deployments) for one in world.environments}

    @property
    def done(self) -> bool:
        """Whether nothing is left to do."""
        return not self._waiting

    def describe(self) -> str:
        """What has not been done."""
        return ", ".join(f"{one.action.do} at {one.action.when}" for one in self._waiting)

    def run_due(self) -> None:
        """Do what is due."""
        for one in list(self._waiting):
            if one.due is None:
                one.due = self._due(one.action)
            if one.due is not None and time.monotonic() >= one.due and self._do(one.action):
                self._waiting.remove(one)

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
                self._world.database.restart()
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
        service = environment.plan.service_name
        functions.invoke(functions.arn("rollback"), {"service": service, "to": ""})

    def _end_standby(self, environment: Environment) -> None:
        """ "Terminate original task set now", as the console calls it."""
        record = environment.record.deployments[-1]
        with self._world.turn:
            environment.parts.account.client("codedeploy").continue_deployment(
                deploymentId=record.id, deploymentWaitType="TERMINATION_WAIT"
            )
        environment.recorder.mark("action", "a person ends the hot standby")

    def _deploy(self, environment: Environment, version: str, *, touched: bool) -> bool:
        """CloudFormation refuses a second update while one runs: it is tried again afterwards."""
        try:
            with self._world.turn:
                environment.deploy(version, touched=touched)
        except StackError as error:
            environment.recorder.mark_once("action", f"{version} has to wait: {error}")
            return False
        what = "the listeners are updated" if touched else f"{version} is released"
        environment.recorder.mark("action", f"{what} by a further stack update")
        return True
