"""Whatever comes in whatever order, and wherever the function is killed, scaling is not lost."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from lambdas.scaling_guard.guard import SUSPENDED, Bounds, Flags
from lambdas.scaling_guard.protocol import settle, suspend
from tests.lambdas.scaling_guard.memory import DAILY_PEAK, FREE, SERVICE, Account
from tests.support.interleaving import Killed

FLAGS = st.builds(Flags, scale_in=st.booleans(), scale_out=st.booleans(), scheduled=st.booleans())
BOUNDS = st.sampled_from([Bounds(minimum=2, maximum=9), Bounds(minimum=10, maximum=50)])
# After how many calls the function is killed; it makes no more, with nothing else going on.
KILLED = st.none() | st.integers(min_value=0, max_value=9)
MINUTES = st.integers(min_value=3, max_value=300)


class AnyOrder(RuleBasedStateMachine):
    """One service; events wait in a list until they are delivered, dropped, or delivered again."""

    def __init__(self) -> None:
        super().__init__()
        self.account = Account(actions=DAILY_PEAK)
        self.events: list[tuple[str, str]] = []
        self.releases = 0
        # What bounds come out is open when somebody changed them, or resumed scheduled scaling,
        # while the guard had it suspended.
        self.bounds_are_known = True

    @initialize(flags=FLAGS)
    def an_operator_may_have_suspended_something(self, flags: Flags) -> None:
        self.account.set_flags(flags)

    def run(self, *, state: str, deployment: str, killed_after: int | None) -> bool:
        """Run the function; whether it came to its end."""
        left = killed_after

        def count(_name: str) -> None:
            nonlocal left
            if left is None:
                return
            if left == 0:
                raise Killed
            left -= 1

        self.account.before_call = count
        try:
            if state == "START":
                suspend(self.account.world(), SERVICE, deployment_id=deployment)
            else:
                settle(self.account.world(), SERVICE)
        except Killed:
            return False
        return True

    @precondition(lambda self: not self.account.running)
    @rule()
    def a_deployment_starts(self) -> None:
        self.releases += 1
        deployment = f"d-{self.releases}"
        self.account.running.append(deployment)
        self.events.append(("START", deployment))

    @precondition(lambda self: self.account.running)
    @rule(state=st.sampled_from(["SUCCESS", "FAILURE", "STOP"]), rolled_back=st.booleans())
    def the_deployment_ends(self, state: str, rolled_back: bool) -> None:
        deployment = self.account.running.pop()
        self.events.append((state, deployment))
        if rolled_back:
            self.a_deployment_starts()

    @precondition(lambda self: self.events)
    @rule(
        which=st.integers(min_value=0, max_value=100),
        killed_after=KILLED,
        delivered_again=st.booleans(),
    )
    def an_event_is_delivered(
        self, which: int, killed_after: int | None, delivered_again: bool
    ) -> None:
        index = which % len(self.events)
        state, deployment = self.events[index]
        if not delivered_again:
            del self.events[index]
        self.run(state=state, deployment=deployment, killed_after=killed_after)

    @precondition(lambda self: self.events)
    @rule()
    def all_events_are_lost(self) -> None:
        self.events.clear()

    @rule(killed_after=KILLED)
    def the_watchdog_runs(self, killed_after: int | None) -> None:
        if self.run(state="", deployment="", killed_after=killed_after):
            self.settled()

    @rule(minutes=MINUTES)
    def time_passes(self, minutes: int) -> None:
        self.account.pass_time(minutes)

    @precondition(lambda self: not self.account.running and self.account.marker is None)
    @rule(flags=FLAGS)
    def an_operator_suspends_by_hand(self, flags: Flags) -> None:
        self.account.set_flags(flags)

    @rule()
    def a_stack_update_sets_the_flags_again(self) -> None:
        if self.account.marker is not None and self.account.unguarded.flags.scheduled:
            self.bounds_are_known = False
        self.account.set_flags(FREE)

    @rule(bounds=BOUNDS)
    def somebody_changes_the_bounds(self, bounds: Bounds) -> None:
        if self.account.marker is not None:
            self.bounds_are_known = False
        self.account.set_bounds(bounds)
        # Beyond the time in which an action of before may still be on its way.
        self.account.pass_time(3)

    @invariant()
    def nothing_is_suspended_for_a_release_without_a_marker(self) -> None:
        assert self.account.target is not None
        if self.account.target.flags != self.account.unguarded.flags:
            assert self.account.marker is not None

    @invariant()
    def the_marker_knows_what_to_go_back_to(self) -> None:
        marker, target = self.account.marker, self.account.target
        assert target is not None
        if marker is not None:
            assert marker.having_seen(target.flags).before == self.account.unguarded.flags

    def settled(self) -> None:
        target, unguarded = self.account.target, self.account.unguarded
        assert target is not None
        if self.account.running:
            assert target.flags == SUSPENDED
            return
        assert target.flags == unguarded.flags
        assert self.account.marker is None
        if self.bounds_are_known:
            assert target.bounds == unguarded.bounds
        self.account.unguarded = replace(unguarded, bounds=target.bounds)
        self.bounds_are_known = True

    def teardown(self) -> None:
        self.the_watchdog_runs(None)
        self.account.running.clear()
        self.the_watchdog_runs(None)


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=250, stateful_step_count=30, deadline=None)
