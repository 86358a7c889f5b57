"""Rotations, releases, failures and looks in any order: restarted in the end, never too often.

Played minute by minute, with what CodeDeploy and ECS do to one service.
"""

from __future__ import annotations

import dataclasses
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from lambdas.rollback.served import Deployment
from lambdas.secret_redeployment.decision import (
    NeedsPerson,
    Serving,
    Start,
    State,
    UpToDate,
    decide,
    is_restart,
)
from lambdas.secret_redeployment.injected import MARGIN, Injected
from tests.lambdas.secret_redeployment.given import ARN, at

NAMES = ("database", "payments", "search")
LASTS = 20
STANDBY = 60


class Service(RuleBasedStateMachine):
    """A service, its secrets and its deployments."""

    def __init__(self) -> None:
        super().__init__()
        self.minute = 1000.0
        self.serving = at(0)
        self.deployments: list[Deployment] = []
        self.rotated = dict.fromkeys(NAMES, -1.0)
        self.versions = dict.fromkeys(NAMES, 1)
        self.pending: set[str] = set()
        self.fails = False
        self.alarm = False
        self.before = self.serving
        self.last: object = UpToDate()

    @rule(name=st.sampled_from(NAMES))
    def begin_to_rotate(self, name: str) -> None:
        self.pending.add(name)

    @rule(name=st.sampled_from(NAMES))
    def rotate(self, name: str) -> None:
        self.pending.discard(name)
        self.versions[name] += 1
        self.rotated[name] = self.minute

    @rule()
    def release(self) -> None:
        if not self._active():
            self._deploy("pase release sha256:1 request 1")

    @rule(fails=st.booleans())
    def deployments_fail(self, fails: bool) -> None:
        self.fails = fails

    @rule(alarm=st.booleans())
    def alarm_changes(self, alarm: bool) -> None:
        self.alarm = alarm

    @rule(minutes=st.sampled_from([0.1, 0.5, 1, 3, 10, 45, 90]))
    def time_passes(self, minutes: float) -> None:
        self.minute += minutes
        self._settle()

    @rule(looks=st.integers(1, 12))
    def the_schedule_goes_on(self, looks: int) -> None:
        for _ in range(looks):
            self.minute += 10
            self._settle()
            self.look()

    @rule()
    def look(self) -> None:
        decision = self.last = decide(self._state())
        if isinstance(decision, Start):
            assert not self._active(), "never during a release"
            assert not self.alarm
            assert decision.secrets, "never for nothing"
            for one in decision.secrets:
                assert self.serving < one.since + MARGIN, "never for what the tasks have"
            assert not self._rotated_within(minutes=2), "coalesced"
            self._deploy(decision.description)

    @rule()
    def look_twice_at_once(self) -> None:
        """The second decides on what the first has seen; CodeDeploy refuses its deployment."""
        decision = decide(self._state())
        self.look()
        assert decision == self.last

    @invariant()
    def restarts_are_few(self) -> None:
        """One for each version of a secret, and for each of them one more after each release."""
        restarts = [one for one in self.deployments if is_restart(one)]
        releases = len(self.deployments) - len(restarts)
        versions = sum(self.versions.values()) - len(NAMES)
        assert len(restarts) <= versions * (1 + releases)

    def teardown(self) -> None:
        """Left alone, with nothing in the way, it comes to an end."""
        self.fails = self.alarm = False
        self.pending.clear()
        self.the_schedule_goes_on(looks=60)
        if isinstance(self.last, NeedsPerson):
            tried = [one for one in self.deployments if is_restart(one)]
            assert tried, "only because a restart did not last"
            assert tried[-1].status == "Failed"
            self._deploy("pase release sha256:1 request 2")
            self.the_schedule_goes_on(looks=12)
        assert isinstance(self.last, UpToDate)
        assert all(self.serving > at(minute) for minute in self.rotated.values())

    def _state(self) -> State:
        return State(
            service="shop",
            serving=Serving(task_definition=ARN, created=self.serving),
            secrets=[self._secret(name) for name in NAMES],
            deployments=list(reversed(self.deployments)),
            breaching=["shop-Errors"] if self.alarm else [],
            now=at(self.minute),
        )

    def _secret(self, name: str) -> Injected:
        since = at(self.rotated[name])
        return Injected(
            arn=name,
            name=name,
            current=f"v{self.versions[name]}",
            after=since - timedelta(seconds=2),
            since=since,
            rotating=name in self.pending,
        )

    def _rotated_within(self, *, minutes: float) -> bool:
        """Whether a secret was that the tasks do not have."""
        return any(
            self.minute - moment < minutes and self.serving < at(moment)
            for moment in self.rotated.values()
        )

    def _active(self) -> bool:
        return any(one.active for one in self.deployments)

    def _deploy(self, description: str) -> None:
        self.minute += 0.01
        self.deployments.append(
            Deployment(
                id=f"d-{len(self.deployments)}",
                status="InProgress",
                created=at(self.minute),
                description=description,
                task_definition=ARN,
            )
        )

    def _settle(self) -> None:
        """After `LASTS` minutes a deployment serves or has failed; its standby ends later."""
        if not self._active():
            return
        newest = self.deployments[-1]
        age = (at(self.minute) - newest.created) / timedelta(minutes=1)
        if newest.in_standby:
            if age >= LASTS + STANDBY:
                self._end(newest, "Failed" if self.fails else "Succeeded")
        elif age >= LASTS and self.fails:
            self._end(newest, "Failed")
        elif age >= LASTS:
            self.before = self.serving
            self.serving = newest.created + timedelta(seconds=20)
            self.deployments[-1] = dataclasses.replace(newest, in_standby=True)

    def _end(self, deployment: Deployment, status: str) -> None:
        if status == "Failed" and deployment.in_standby:
            self.serving = self.before
        self.deployments[-1] = dataclasses.replace(
            deployment, status=status, completed=at(self.minute), rolled_back_by="d-back"
        )


TestAnyOrder = Service.TestCase
TestAnyOrder.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
