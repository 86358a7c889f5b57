"""A rehearsal's whole world: AWS, databases, the environments of the road, and their users."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from types import TracebackType
from typing import Self

from ..aws.account import Account
from ..aws.mocked import mocked_aws
from ..aws.server import serve
from ..clock import Actor, ScaledClock
from ..errors import RehearsalError
from ..host.faults import Fault
from ..host.ports import Ports
from ..host.processes import Processes
from ..recording import EnvironmentRecord
from ..scenario.model import FIRST_VERSION, FaultSpec, Scenario
from ..users import Answered, Users, Visitors
from ..wire import left_alone
from .databases import Databases
from .environment import Environment
from .parts import Surroundings
from .plan import Plan
from .recorder import Zero

TICK_SECONDS = 0.1
GIVE_UP_TASKS = 4
"""So many tasks of the first version that end before they are healthy: it does not start."""
_MODELS = ("codedeploy", "secretsmanager", "stepfunctions")


class World:
    """Enter it, `create` it, `begin` the recording; leave it, and nothing of it is left.

    Two locks: ``turn`` for moto and the models, ``watched`` for what is recorded. Whatever fails in
    one of its threads is raised by `check`.
    """

    def __init__(
        self,
        *,
        scenario: Scenario,
        plans: Sequence[Plan],
        processes: Processes,
        ports: Ports,
        watched: threading.Lock,
        listeners: Ports | None = None,
    ) -> None:
        self.scenario = scenario
        self.turn = threading.Lock()
        self.watched = watched
        self.zero = Zero()
        self.clock = ScaledClock(datetime.now(UTC), factor=scenario.factor)
        self.databases = Databases(
            processes=processes, ports=ports, environments=[one.name for one in plans]
        )
        self._endpoint = ""
        self._processes = processes
        self._stack = ExitStack()
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []
        self._failure: BaseException | None = None
        self._rates: dict[str, float] = {}
        self._ended = 0.0
        accounts = {one.name: Account(id=one.account, region=one.region) for one in plans}
        self._accounts = accounts
        around = Surroundings(
            clock=self.clock,
            processes=processes,
            ports=ports,
            listeners=listeners or ports,
            turn=self.turn,
            watched=watched,
            endpoint=lambda: self._endpoint,
            zero=self.zero,
            accounts=accounts,
            versions=(FIRST_VERSION, *scenario.versions),
            faults=self._faults,
            databases=self.databases,
        )
        self.environments = [Environment(one, around) for one in plans]
        self.users = Users(
            start=processes.start, folder=processes.folder, on_answers=self._answered
        )

    def __enter__(self) -> Self:
        """Raises what keeps it from being built; nothing is left of it then."""
        try:
            self._enter()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def environment(self, name: str) -> Environment:
        """The environment of that name."""
        return next(one for one in self.environments if one.name == name)

    def create(self) -> None:
        """Create every environment's stacks with the first version; they go on by themselves."""
        with self.turn:
            for one in self.environments:
                one.create(FIRST_VERSION)
        self._start("engine", self._run)
        for one in self.environments:
            self._start(f"steps-{one.name}", partial(self._go, one.parts.machines))
            rotations = one.parts.secrets.rotations
            self._start(f"rotations-{one.name}", partial(self._go, rotations))

    def served(self) -> bool:
        """Whether every environment's users would be served.

        Raises `RehearsalError` when the first version's tasks end again and again.
        """
        with self.turn:
            for one in self.environments:
                fallen = one.parts.fleet.fallen
                if len(fallen) >= GIVE_UP_TASKS:
                    raise RehearsalError(
                        f"{one.name}: {FIRST_VERSION} does not start, after {len(fallen)} tasks: "
                        f"{fallen[-1]}"
                    )
            return all(one.ready() for one in self.environments)

    def task_logs(self) -> list[str]:
        """What the latest task of each environment that is not ready wrote last."""
        with self.turn:
            waiting = [one for one in self.environments if not one.ready()]
            latest = [
                each
                for one in waiting
                for each in [each for each in one.parts.fleet.tasks() if each.pid is not None][-1:]
            ]
        return [
            f"task {one.id[:8]}: {self._processes.log(f'task-{one.id[:8]}') or 'wrote nothing'}"
            for one in latest
        ]

    def begin(self) -> None:
        """The recording begins, and users come."""
        self.zero.moment = time.monotonic()
        with self.turn:
            for one in self.environments:
                one.serve()
        last = self.environments[-1].name
        users = self.scenario.users
        self._rates = {
            one.name: users.rate if one.name == last else users.elsewhere
            for one in self.environments
        }
        self._visit()

    def set_rate(self, environment: str, rate: float) -> None:
        """So many requests a real second from now on."""
        self._rates[environment] = rate
        self._visit()

    def end_visits(self) -> None:
        """Nobody asks from now on."""
        self._rates = dict.fromkeys(self._rates, 0.0)
        self._visit()
        self._ended = time.monotonic()

    def all_seen(self) -> bool:
        """Whether every second until the end of the visits is recorded."""
        return all(one.recorder.seen_until(self._ended) for one in self.environments)

    def records(self) -> list[EnvironmentRecord]:
        """The environments' records, which grow."""
        return [one.record for one in self.environments]

    def check(self) -> None:
        """Raise what failed in a thread."""
        if self._failure is not None:
            raise self._failure

    def _enter(self) -> None:
        self._stack.callback(self.databases.close)
        self.databases.open()
        self._stack.enter_context(mocked_aws(self.environments[0].plan.region))
        for service in _MODELS:
            self._stack.enter_context(left_alone(service))
        self._endpoint = self._stack.enter_context(
            serve(list(self._accounts.values()), lock=self.turn)
        )
        for one in self.environments:
            self._stack.callback(one.close)
        self._stack.callback(self.users.close)
        self._stack.callback(self._stop)
        with self.turn:
            for one in self.environments:
                one.build()
        self.users.open()

    def _stop(self) -> None:
        """A thread may wait for a function's answer, so functions are ended first."""
        self._stopped.set()
        for one in self.environments:
            one.parts.functions.close()
        for thread in self._threads:
            thread.join()

    def _start(self, name: str, run: Callable[[], None]) -> None:
        def running() -> None:
            try:
                run()
            except BaseException as error:
                if not self._stopped.is_set():
                    self._failure = error
                    self._stopped.set()

        thread = threading.Thread(target=running, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _run(self) -> None:
        while not self._stopped.wait(TICK_SECONDS):
            with self.turn:
                for one in self.environments:
                    one.tick()
            for one in self.environments:
                one.route()

    def _go(self, actor: Actor) -> None:
        while not self._stopped.wait(TICK_SECONDS):
            with self.turn:
                actor.run_due()

    def _visit(self) -> None:
        users = self.scenario.users
        self.users.visit(
            [
                Visitors(
                    name=one.name,
                    url=one.url,
                    paths=users.paths,
                    rate=self._rates[one.name],
                    keep_alive=users.keep_alive,
                )
                for one in self.environments
            ]
        )

    def _answered(self, answers: Sequence[Answered]) -> None:
        by_name: dict[str, list[Answered]] = {}
        for one in answers:
            by_name.setdefault(one.visitors, []).append(one)
        for environment in self.environments:
            environment.recorder.answered(by_name.get(environment.name, ()))

    def _faults(self, environment: str, version: str) -> Sequence[Fault]:
        found = self.scenario.versions.get(version)
        return [
            self._fault(one)
            for one in (found.faults if found else ())
            if not one.environments or environment in one.environments
        ]

    def _fault(self, spec: FaultSpec) -> Fault:
        """A scenario's fault in real seconds."""
        return Fault(
            kind=spec.kind,
            share=spec.share,
            status=spec.status,
            milliseconds=spec.milliseconds or 0.0,
            seconds=(spec.seconds or 0.0) / self.clock.factor,
            paths=spec.paths,
            above_rate=spec.above_rate,
            after_seconds=spec.after_seconds / self.clock.factor,
        )
