"""Whatever happens in whatever order: users are served, and everything ends settled (hypothesis).

A state machine releases good and bad versions, lets time pass, sets and clears alarms, lets
operators roll back, approve nothing and scale, loses and repeats events, kills functions, and
touches listeners. Whenever the clock is turned the production listener's weight must be only on
groups with healthy targets. At the end nothing more happens but time, and then there is one task
set, all users are on it, no deployment is under way, scaling is as it was before, and the stack is
in a state from which the next release can start.
"""

from __future__ import annotations

import contextlib
import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from rehearsal.errors import FunctionError
from rehearsal.stack_state import Status
from tests.releases.conftest import quick
from tests.releases.functions import Kill, Side
from tests.releases.opening import opened
from tests.releases.platform import Platform, digest
from tests.releases.test_at_the_same_time import another_policy
from tests.releases.test_killed import SCENARIOS, SIDES
from tests.support.simulated_fleet import Behaviour
from tests.support.templates import Templates

STEPS_IN_A_RUN = 150
RUNS = 17
LEAST_STEPS = 2000
"""Many more, at random, with PASE_RELEASE_RUNS=200."""

LEAST_ENDS = 5

ALARMS = ("BlueErrorRate", "GreenErrorRate", "GreenLatency", "LoadBalancerErrorRate")
FATES = {
    "good": None,
    "never healthy": Behaviour(healthy_after=None),
    "crashing": Behaviour(healthy_after=None, crash_after=20),
    "slow": Behaviour(healthy_after=200),
    "checks fail": None,
}
CALLS = sorted({call for scenario in SCENARIOS.values() for call in scenario.calls})


class Releases(RuleBasedStateMachine):
    """One environment in which anything happens."""

    templates: Templates
    steps = 0
    ends: dict[str, int]
    """How the deployments ended, over all runs."""

    def __init__(self) -> None:
        super().__init__()
        self._open = opened(self.templates, "Staging")
        self.platform: Platform = self._open.__enter__()
        self.version = 1
        self.touched = False
        self.alarms: set[str] = set()

    @initialize()
    def first_deployment(self) -> None:
        platform = self.platform
        platform.change = self.shape
        assert platform.release(1) == "CREATE_COMPLETE", platform.describe()
        platform.pass_time(90)
        platform.invariant.listener = platform.listener(443)
        platform.invariant.on = True

    def shape(self, template: dict[str, object]) -> None:
        """Short times, and the listeners as they are now."""
        quick(template)
        if self.touched:
            another_policy(template)

    def teardown(self) -> None:
        try:
            self.settle()
        finally:
            self._open.__exit__(None, None, None)

    # What happens.

    @rule(seconds=st.sampled_from([1, 15, 40, 70]))
    def a_moment_passes(self, seconds: float) -> None:
        self.counted()
        self.platform.pass_time(seconds)

    @rule(seconds=st.sampled_from([15, 70, 150, 400]))
    def time_passes(self, seconds: float) -> None:
        """Whatever made an alarm fire is over after a while."""
        self.counted()
        self.quieten()
        self.platform.pass_time(seconds)

    @rule()
    def the_stack_is_waited_for(self) -> None:
        """As the pipeline does."""
        self.counted()
        self.quieten()
        for _ in range(60):
            if self.idle():
                return
            self.platform.pass_time(15)

    @rule()
    def the_standby_ends(self) -> None:
        """As it does when nobody does anything for a while."""
        self.counted()
        self.quieten()
        self.platform.pass_time(300)

    @rule()
    def the_release_goes_on_until_users_move(self) -> None:
        """The moments at which most can go wrong are short; this finds them."""
        self.counted()
        self.quieten()
        for _ in range(20):
            if self.idle() or len(self.platform.shares()) == 2:
                return
            self.platform.pass_time(5)

    @precondition(lambda self: self.idle())
    @rule(fate=st.sampled_from(sorted(FATES)), touch=st.booleans())
    def a_release_starts(self, fate: str, touch: bool) -> None:
        self.counted()
        self.version += 1
        self.touched ^= touch
        behaviour = FATES[fate]
        if behaviour is not None:
            self.platform.behave(self.version, behaviour)
        if fate == "checks fail":
            self.platform.bad_digests.add(digest(self.version))
        self.platform.deploy(self.version)

    @precondition(lambda self: self.idle())
    @rule()
    def a_listener_is_touched(self) -> None:
        self.counted()
        self.touched = not self.touched
        self.platform.deploy(self.version)

    @precondition(lambda self: self.under_way())
    @rule(name=st.sampled_from(ALARMS))
    def an_alarm_fires(self, name: str) -> None:
        self.counted()
        self.alarms.add(name)
        self.platform.alarm(name, "ALARM")
        self.platform.pass_time(1)

    @precondition(lambda self: self.under_way() or self.version > 1)
    @rule()
    def an_operator_rolls_back(self) -> None:
        self.counted()
        # There may be nothing to go back to; then the function raises with the reason.
        with contextlib.suppress(FunctionError):
            self.platform.rollback()
        self.platform.pass_time(1)

    @precondition(lambda self: self.platform.suspended() is False)
    @rule(count=st.integers(min_value=2, max_value=6))
    def the_scaler_scales(self, count: int) -> None:
        self.counted()
        self.platform.client("ecs").update_service(
            cluster="pase", service="storefront", desiredCount=count
        )
        self.platform.pass_time(1)

    @rule(lost=st.booleans(), twice=st.booleans())
    def events_get_lost_or_come_twice(self, lost: bool, twice: bool) -> None:
        self.counted()
        self.platform.lose = lambda _: lost
        self.platform.repeat = lambda _: twice

    @rule(
        call=st.sampled_from(CALLS),
        number=st.integers(min_value=1, max_value=4),
        side=st.sampled_from(SIDES),
    )
    def a_function_is_to_die(self, call: tuple[str, str], number: int, side: Side) -> None:
        self.counted()
        package, operation = call
        self.platform.functions.kills[:] = [
            Kill(package=package, operation=operation, number=number, side=side)
        ]

    @precondition(lambda self: self.platform.service()["runningCount"] > 2)
    @rule()
    def a_task_is_lost(self) -> None:
        """Not the last one: no release could help against that."""
        self.counted()
        for one in self.platform.service()["taskSets"]:
            if self.platform.fleet.counts(one["taskSetArn"]).healthy > 1:
                self.platform.fleet.lose(one["taskSetArn"], 1)
        self.platform.pass_time(1)

    # What must hold in the end.

    def settle(self) -> None:
        """Nothing more happens but time."""
        platform = self.platform
        platform.lose = platform.repeat = lambda _: False
        platform.functions.kills.clear()
        self.quieten()
        platform.pass_time(2 * 3600)

        assert not platform.stack.status.in_progress, platform.describe()
        assert platform.stack.status in (
            Status.CREATE_COMPLETE,
            Status.UPDATE_COMPLETE,
            Status.UPDATE_ROLLBACK_COMPLETE,
        ), platform.describe()
        assert list(platform.task_sets().values()) == ["PRIMARY"], platform.describe()
        assert list(platform.shares().values()) == [100], platform.describe()
        active = {"Created", "Queued", "InProgress", "Ready"}
        assert not [one for one in platform.deployments() if one["status"] in active]
        assert platform.suspended() is False, platform.describe()
        assert not platform.marker()
        for one in platform.deployments():
            how = f"{one['status']} ({one['creator']})"
            self.ends[how] = self.ends.get(how, 0) + 1

    def quieten(self) -> None:
        """Every alarm is over."""
        while self.alarms:
            self.platform.alarm(self.alarms.pop(), "OK")

    def under_way(self) -> bool:
        """Whether users are moving, or blue stands by."""
        return len(self.platform.task_sets()) == 2

    def idle(self) -> bool:
        """Whether CloudFormation would take an update."""
        return not self.platform.stack.status.in_progress

    def counted(self) -> None:
        """A step is taken."""
        type(self).steps += 1


@pytest.fixture
def machine(templates: Templates, quiet_aws: None) -> type[Releases]:
    """The machine over this session's templates."""
    del quiet_aws
    return type("Machine", (Releases,), {"templates": templates, "steps": 0, "ends": {}})


def play(machine: type[Releases]) -> None:
    """Run it, always the same way, or longer and at random where that is asked for."""
    runs = int(os.environ.get("PASE_RELEASE_RUNS", "0"))
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=runs or RUNS,
            stateful_step_count=STEPS_IN_A_RUN,
            deadline=None,
            derandomize=not runs,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_any_order_keeps_users_served_and_ends_settled(machine: type[Releases]) -> None:
    play(machine)
    print(f"{machine.steps} steps; deployments ended {machine.ends}")

    assert machine.steps >= LEAST_STEPS
    # Enough of every kind has happened for that to mean something.
    for how in ("Succeeded (user)", "Failed (user)", "Stopped (user)"):
        assert machine.ends[how] >= LEAST_ENDS, machine.ends
