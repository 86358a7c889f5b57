"""Whatever AWSCURRENT says logs in, whatever is started, held up, killed and changed in between.

Invocations run beside each other and move call by call, in an order that Hypothesis chooses. The
versions are those of the strict Secrets Manager, the function's own code runs, only the database
server is in memory (`memory.Server`); `test_killed.py` has the real ones.
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

from lambdas.rotation.events import Step
from tests.lambdas.secret_rotation.world import LOGINS, World
from tests.support.interleaving import Invocation

STEPS = st.sampled_from(list(Step))


class AnyOrder(RuleBasedStateMachine):
    """Secret, server and invocations."""

    @initialize(alternating=st.booleans())
    def begin(self, alternating: bool) -> None:
        self.world = World(LOGINS if alternating else LOGINS[:1])
        self.invocations: list[Invocation] = []
        self.dropped: set[str] = set()

    @rule()
    def start(self) -> None:
        """RotateSecret; one that is under way is tried again."""
        self.world.start()

    @precondition(lambda self: self.world.tokens and len(self.running) < 3)
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
        """A whole rotation, beside what is held up; it may meet a lock."""
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
    def change_admin(self) -> None:
        """The admin password is another one."""
        self.world.change_admin()

    @rule()
    def restart(self) -> None:
        """The server is restarted; every session ends."""
        self.world.server.restart()

    @precondition(lambda self: self.world.server.roles)
    @rule(data=st.data())
    def drop_role(self, data: st.DataObject) -> None:
        """Somebody drops a role by hand. If AWSCURRENT is about it, it is broken by that."""
        role = data.draw(st.sampled_from(sorted(self.world.server.roles)))
        del self.world.server.roles[role]
        self.dropped.add(role)

    @rule(data=st.data())
    def put_by_hand(self, data: st.DataObject) -> None:
        """Somebody changes login and secret by hand, which ends a rotation under way."""
        if not self.world.single and not self.running:
            self.world.put_by_hand(data.draw(st.sampled_from(LOGINS)))

    @invariant()
    def current_logs_in(self) -> None:
        """At every instant, but for a role dropped by hand, and in the gap of the single user."""
        if not hasattr(self, "world"):
            return
        if self.world.works():
            self.dropped.discard(self.world.current().username)
        elif not (self.world.single and (self.running or self.world.secret.rotating)):
            assert self.world.current().username in self.dropped, "AWSCURRENT is refused"

    def teardown(self) -> None:
        """Everything comes to its end, and then a rotation ends rotated."""
        if hasattr(self, "world"):
            for one in self.invocations:
                one.finish()
            self.current_logs_in()
            self.world.end_rotated()

    @property
    def running(self) -> list[Invocation]:
        """Those that have not ended."""
        return [one for one in self.invocations if not one.over]


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
