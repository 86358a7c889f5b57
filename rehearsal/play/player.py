"""Plays one scenario from beginning to end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from ..errors import RehearsalError
from ..host.ports import Ports
from ..host.processes import Processes
from ..recording import Expectation, NotHonoured, Recording
from ..scenario.model import Scenario, Step
from ..view.show import View
from .actions import Actions
from .environment import Environment
from .expect import Before, Judge, stand
from .not_honoured import not_honoured
from .plan import Plan
from .road import LIMIT_SECONDS, Road
from .world import World

LOOK_SECONDS = 0.1
REFRESH_SECONDS = 0.25
END_SECONDS = 20.0
START_SECONDS = 150.0
"""Real: so long the first version's tasks may take to be healthy."""


class TooLongError(RehearsalError):
    """Something did not come in the time it was given."""


class Player:
    """Plays a scenario in a world of its own and shows it."""

    def __init__(
        self,
        *,
        scenario: Scenario,
        plans: Sequence[Plan],
        processes: Processes,
        ports: Ports,
        view: View,
        recording: Recording,
        watched: threading.Lock,
        listeners: Ports | None = None,
    ) -> None:
        """``listeners``: where the load balancers' ports are taken from; default ``ports``."""
        self.recording = recording
        self._scenario = scenario
        self._view = view
        self._watched = watched
        self._refreshed = 0.0
        self._each_look: list[Callable[[], None]] = []
        self.world = World(
            scenario=scenario,
            plans=plans,
            processes=processes,
            ports=ports,
            watched=watched,
            listeners=listeners,
        )

        self._road = Road(scenario=scenario, world=self.world, recording=recording, pump=self._pump)

    def play(self) -> list[NotHonoured]:
        """Play it; what the templates say and was not done. The recording grows meanwhile."""
        world = self.world
        with world:
            self._view.say("AWS, the databases and the load balancers are up; creating the stacks")
            world.create()
            self._wait_until_served()
            self.recording.environments = world.records()
            world.begin()
            try:
                for step in self._scenario.steps:
                    self._play_step(step)
                world.end_visits()
                self._wait(world.all_seen, END_SECONDS, "the last answers")
            finally:
                self.recording.seconds = round(time.monotonic() - world.zero.at, 2)
            with world.turn:
                return not_honoured(world)

    def _wait_until_served(self) -> None:
        """Raises `RehearsalError` with what the tasks said when they do not get healthy."""
        try:
            self._wait(self.world.served, START_SECONDS, "every environment to serve v1")
        except TooLongError as error:
            raise RehearsalError("\n".join([str(error), *self.world.task_logs()])) from None

    def _play_step(self, step: Step) -> None:
        world = self.world
        with world.turn:
            before = stand(world.environments)
        actions = Actions(world, step.actions)
        self._each_look = [actions.run_due, self._road.look_after]
        ended = self._road.carry(step.release, to=step.to)
        actions.end()
        late = self._await_the_rest(actions)
        if step.scaled is not None:
            self._give_time_to_scale(world.environment(step.at or step.to), before)
        self._each_look = []
        with world.turn:
            judge = Judge(step, before=before, environments=world.environments, ended=ended)
            found = judge.expectations()
        with self._watched:
            self.recording.expectations += [*found, *late]

    def _await_the_rest(self, actions: Actions) -> list[Expectation]:
        """Wait for the actions and for every release; what of it did not come."""
        late = []
        for until, text, measured in (
            (lambda: actions.done, "What the scenario does meanwhile is done", actions.describe),
            (self._settled, "Every release settles", lambda: "one still moves users"),
            (self._rotated, "Every rotation ends", lambda: "one is still under way"),
        ):
            try:
                self._pump(until, LIMIT_SECONDS, text)
            except TooLongError:
                late.append(Expectation(text=text, held=False, measured=measured()))
        return late

    def _give_time_to_scale(self, environment: Environment, before: Before) -> None:
        """Whether it has scaled is for the judge to say."""
        with suppress(TooLongError):
            self._pump(
                lambda: self._desired(environment) > before.desired[environment.name],
                LIMIT_SECONDS,
                "the service to scale",
            )

    def _settled(self) -> bool:
        """No stack is being updated, and nothing moves users: at most a hot standby is left."""
        with self.world.turn:
            return all(
                not one.stack.status.in_progress
                and all(
                    not each.active or (each.terminating and not each.is_rollback)
                    for each in one.deployments()
                )
                for one in self.world.environments
            )

    def _rotated(self) -> bool:
        """No rotation is under way."""
        with self._watched:
            records = [one for each in self.world.records() for one in each.rotations]
            return all(one.result != "running" for one in records)

    def _desired(self, environment: Environment) -> int:
        with self.world.turn:
            return environment.seen.service().desired

    def _pump(self, until: Callable[[], bool], seconds: float, what: str) -> None:
        """Wait so many of the model's seconds at most."""
        self._wait(until, seconds / self.world.clock.factor, what)

    def _wait(self, until: Callable[[], bool], seconds: float, what: str) -> None:
        deadline = time.monotonic() + seconds
        while not until():
            self.world.check()
            if time.monotonic() > deadline:
                raise TooLongError(
                    f"scenario {self._scenario.name}: waited {seconds:.0f} s for {what}"
                )
            for look in self._each_look:
                look()
            if time.monotonic() >= self._refreshed + REFRESH_SECONDS:
                self._refreshed = time.monotonic()
                self._view.refresh()
            time.sleep(LOOK_SECONDS)
        self.world.check()


def new_recording(scenario: Scenario) -> Recording:
    """The empty recording of a scenario that begins now."""
    return Recording(
        scenario=scenario.name,
        title=scenario.title,
        description=scenario.description,
        factor=scenario.factor,
        began=datetime.now(UTC).isoformat(timespec="seconds"),
    )
