"""Looks, people and modifications under way in any order: private in the end, and reported once."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from lambdas.public_databases.acts import Act
from lambdas.public_databases.reverts import SETTLES
from tests.lambdas.public_databases.account import ENDS, START, Account, Database
from tests.support.interleaving import Invocations

NAMES = ("orders", "carts")
DATABASES = st.sampled_from(NAMES)
_AT = re.compile(r"At (.{19}) UTC it was modified")


class People(RuleBasedStateMachine):
    """Two databases that people make public and private, and looks at them."""

    def __init__(self) -> None:
        super().__init__()
        self.account = Account(databases={name: Database() for name in NAMES})
        self.acts: list[tuple[str, Act]] = []

    @rule(name=DATABASES)
    def somebody_makes_it_public(self, name: str) -> None:
        if self.account.databases[name].modify(public=True, now=self.account.time):
            self._acted(name)

    @rule(name=DATABASES)
    def somebody_makes_it_private(self, name: str) -> None:
        self.account.databases[name].modify(public=False, now=self.account.time)

    @rule(seconds=st.sampled_from([1, 5, 30, 90, 170, 200, 300, 4000]))
    def time_passes(self, seconds: int) -> None:
        self.account.time += timedelta(seconds=seconds)

    @rule()
    def the_schedule_makes_it_look(self) -> None:
        self._looked(None)

    @precondition(lambda self: self.acts)
    @rule(data=st.data())
    def an_event_comes_soon_late_or_again(self, data: st.DataObject) -> None:
        self._looked(data.draw(st.sampled_from(self.acts)))

    @rule(data=st.data(), order=st.lists(st.integers(0, 2), max_size=20))
    def some_look_at_once(self, data: st.DataObject, order: list[int]) -> None:
        events = st.sampled_from([None, *self.acts])
        told = [data.draw(events) for _ in range(3)]
        looks = [partial(self._looked, one) for one in told]
        invocations = Invocations(self.account.watch, looks)
        for index in order:
            invocations.step(index)
        invocations.finish()
        self.account.watch(lambda _name: None)
        assert not invocations.errors

    def teardown(self) -> None:
        """Left alone, everything is private, and people know."""
        for _ in range(3):
            self.account.time += timedelta(minutes=5)
            self._looked(None)
        self.account.time += ENDS
        self._looked(None)
        assert self.account.public() == set()
        for name in NAMES:
            reports = self._reports(name)
            acts = [act for acted, act in self.acts if acted == name]
            for earlier, later in pairwise(reports):
                again = any(earlier < act.when <= later for act in acts)
                assert again, "never twice for the same"
            for reverted, at in self.account.reverted:
                if reverted == name:
                    near = [one for one in reports if one <= at < one + SETTLES]
                    assert near, f"the revert of {name} at {at} was never reported"
            assert len(reports) <= len(acts)
            named = self._named(name)
            assert len(named) == len(set(named)), "an act is the reason once"
            assert set(named) <= {act.who for act in acts}

    def _acted(self, name: str) -> None:
        # No two calls are made in the same instant.
        self.account.time += timedelta(seconds=1)
        who = f"person-{len(self.acts)}"
        self.acts.append((name, Act(who=who, what="ModifyDBInstance", when=self.account.time)))
        self.account.time += timedelta(seconds=1)

    def _looked(self, told: tuple[str, Act] | None) -> None:
        event = None if told is None else (frozenset([told[0]]), told[1])
        assert [done.error for done in self.account.look(event) if done.error] == []

    def _reports(self, name: str) -> list[datetime]:
        texts = [one.text for one in self.account.told if one.subject.startswith(f"{name} ")]
        found = [_AT.search(text) for text in texts]
        return sorted(datetime.fromisoformat(f"{one[1]}+00:00") for one in found if one is not None)

    def _named(self, name: str) -> list[str]:
        texts = [one.text for one in self.account.told if one.subject.startswith(f"{name} ")]
        return [who for text in texts for who in re.findall(r"person-\d+", text)]


TestAnyOrder = People.TestCase
TestAnyOrder.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)


@settings(deadline=None)
@given(order=st.lists(st.integers(0, 2), max_size=40), known=st.booleans())
def test_looks_at_the_same_time_report_once(order: list[int], known: bool) -> None:
    account = Account(databases={"orders": Database(public=True, wanted=True)})
    act = Act(who="jane", what="ModifyDBInstance", when=START - timedelta(minutes=1))
    told = (frozenset(["orders"]), act) if known else None
    invocations = Invocations(account.watch, [lambda: account.look(told)] * 3)
    for index in order:
        invocations.step(index)
    invocations.finish()
    assert not invocations.errors
    assert account.public() == {"orders"}, "RDS takes its time"
    account.watch(lambda _name: None)
    account.time += ENDS
    account.look()
    assert account.public() == set()
    assert len(account.told) == 1
    assert ("jane" in account.told[0].text) == known
