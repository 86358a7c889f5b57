"""AWSCURRENT's key works, whatever is started, held up, killed and changed in between.

Invocations run beside each other and move call by call, in an order that Hypothesis chooses. The
versions are those of the strict Secrets Manager, the function's own code runs, only the provider
is in memory (`held.MemoryProvider`); `test_killed.py` has a real one.
"""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from lambdas.rotation.errors import RotationError
from lambdas.rotation.events import Step
from tests.lambdas.api_key_rotation.held import HeldWorld
from tests.support.interleaving import Invocation, Killed

STEPS = st.sampled_from(list(Step))
DAY = 86400.0


class AnyOrder(RuleBasedStateMachine):
    """Secret, provider and invocations."""

    @initialize(can_expire=st.booleans(), replays=st.booleans(), activates=st.booleans())
    def begin(self, can_expire: bool, replays: bool, activates: bool) -> None:
        self.world = HeldWorld(can_expire=can_expire, replays=replays, activates=activates)
        self.invocations: list[Invocation] = []
        keys = self.world.keys
        other = self.world.arn.replace("shop", "other")
        self.others = [keys.make(label) for label in ("", "by hand", f"{other}#token")]

    @rule()
    def start(self) -> None:
        """RotateSecret; one that is under way is tried again."""
        self.world.start()

    @precondition(lambda self: len(self.running) < 3)
    @rule(step=STEPS, calls=st.integers(0, 14), data=st.data())
    def invoke(self, step: Step, calls: int, data: st.DataObject) -> None:
        """Any step of any rotation there has been, and some of its calls."""
        token = data.draw(st.sampled_from(self.world.tokens[-3:]))
        invocation = self.world.invoke(step, token)
        for _ in range(calls):
            invocation.step()
        self.invocations.append(invocation)

    @precondition(lambda self: self.running)
    @rule(data=st.data(), calls=st.integers(1, 8))
    def go_on(self, data: st.DataObject, calls: int) -> None:
        """One of them makes some calls."""
        one = data.draw(st.sampled_from(self.running))
        for _ in range(calls):
            one.step()

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def kill(self, data: st.DataObject) -> None:
        """One of them ends where it is."""
        data.draw(st.sampled_from(self.running)).kill()

    @rule()
    def rotate(self) -> None:
        """A whole rotation, beside what is held up."""
        self.world.rotate()

    @rule()
    def cancel(self) -> None:
        """A rotation under way is given up, and rotation switched off."""
        self.world.cancel()

    @rule()
    def discard_pending(self) -> None:
        """An operator takes AWSPENDING off."""
        self.world.discard_pending()

    @rule()
    def put_by_hand(self) -> None:
        """Somebody changes the secret by hand, which ends a rotation under way."""
        self.world.put_by_hand()

    @rule(minutes=st.integers(1, 5))
    def wait_a_little(self, minutes: int) -> None:
        """Minutes pass, and may do so for whatever runs."""
        self.world.clock.advance(minutes * 60.0)

    @rule(days=st.sampled_from([0.05, 0.5, 1, 30]))
    def wait_long(self, days: float) -> None:
        """Time passes; no Lambda lives so long."""
        for one in self.running:
            one.kill()
        self.world.clock.advance(days * DAY)

    @invariant()
    def current_works(self) -> None:
        """At every instant; it is looked at before every call, too."""
        if hasattr(self, "world"):
            self.world.check()
            for one in self.invocations:
                if one.error is not None and not isinstance(one.error, (RotationError, Killed)):
                    raise one.error

    def teardown(self) -> None:
        """Everything comes to its end, and then rotations end rotated and leave nothing behind."""
        if not hasattr(self, "world"):
            return
        for one in self.invocations:
            one.finish()
        self.current_works()
        for _ in range(3):
            self.world.clock.advance(30 * DAY)
            self.world.end_rotated()
        self.world.clock.advance(DAY)
        ours = self.world.keys.labelled(self.world.arn)
        assert len(ours) <= (1 if self.world.keys.can_expire else 2)
        assert [one for one in self.others if one.revoked or one.expires] == []

    @property
    def running(self) -> list[Invocation]:
        """Those that have not ended."""
        return [one for one in self.invocations if not one.over]


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
