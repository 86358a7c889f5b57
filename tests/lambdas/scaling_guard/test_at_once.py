"""Two and three invocations at once: the marker is a lock for creating, not for deleting."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.scaling_guard.guard import SUSPENDED, Flags
from lambdas.scaling_guard.ports import GuardError
from lambdas.scaling_guard.protocol import settle, suspend
from tests.lambdas.scaling_guard.memory import FREE, SERVICE, Account
from tests.support.interleaving import Invocations

IN_SUSPENDED = Flags(scale_in=True, scale_out=False, scheduled=False)
# No run of the function makes more calls than this before another one steps in.
CALLS = 11
# The calls that another invocation may undo at once, and the look at that. Killed just there, and
# only if another did so, the function may lose what scaling was before: `protocol` says so.
LOOKS = {"set flags": "read marker", "delete marker": "describe target"}

Function = Callable[[Account], object]


def start(account: Account) -> object:
    return suspend(account.world(), SERVICE, deployment_id="d-2")


def settles(account: Account) -> object:
    return settle(account.world(), SERVICE)


def next_release(account: Account) -> object:
    """A deployment begins at any moment, and its event comes after it."""
    account.call("create deployment")
    account.running.append("d-2")
    return start(account)


def at_rest(flags: Flags) -> Account:
    account = Account()
    account.set_flags(flags)
    return account


def begun(flags: Flags) -> Account:
    """A release has begun, nothing is suspended yet."""
    account = at_rest(flags)
    account.running.append("d-1")
    return account


def ended(flags: Flags) -> Account:
    """A release has ended, nothing is given back yet."""
    account = begun(flags)
    suspend(account.world(), SERVICE, deployment_id="d-1")
    account.running.clear()
    return account


def ended_and_killed(flags: Flags) -> Account:
    """A release has ended and its scaling was given back, but its marker is there."""
    account = at_rest(flags)
    account.marker = ended(flags).marker
    return account


SITUATIONS: dict[str, tuple[Callable[[Flags], Account], tuple[Function, ...]]] = {
    "two starts of a release": (begun, (start, start)),
    "a start and the watchdog": (begun, (start, settles)),
    "two ends of a release": (ended, (settles, settles)),
    "an end, and the next release": (ended, (settles, next_release)),
    "the next release, and an end": (ended, (next_release, settles)),
    "an end after a kill, and the next release": (ended_and_killed, (settles, next_release)),
    "an end, and a start that comes too late": (ended, (settles, start)),
    "a start that comes too late, and an end": (ended, (start, settles)),
    "an end, the watchdog, and the next release": (ended, (settles, settles, next_release)),
    "an end, and a start that comes twice": (ended, (settles, next_release, start)),
}


def two_switches(functions: int) -> Iterator[list[int]]:
    """Yield who goes on at each step: one for a while, another for a while, then the first."""
    for one, other in itertools.permutations(range(functions), 2):
        for first, second in itertools.product(range(CALLS), repeat=2):
            yield [one] * first + [other] * (second + 1)


def assert_all_is_well(account: Account) -> None:
    """After the watchdog's next run, and after the release."""
    account.before_call = lambda _name: None
    assert account.target is not None
    if account.target.flags != account.unguarded.flags:
        assert account.marker is not None
    settles(account)
    if account.running:
        assert account.target.flags == SUSPENDED
        account.running.clear()
        settles(account)
    assert account.target.flags == account.unguarded.flags
    assert account.marker is None


def assert_only_gave_up(invocations: Invocations) -> None:
    assert all(isinstance(error, GuardError) for error in invocations.errors)


@pytest.mark.parametrize("flags", [FREE, IN_SUSPENDED, SUSPENDED], ids=["free", "in", "all"])
@pytest.mark.parametrize("name", [name for name in SITUATIONS if len(SITUATIONS[name][1]) == 2])
def test_two_invocations_at_once_lose_nothing(name: str, flags: Flags) -> None:
    situation, functions = SITUATIONS[name]
    for steps in two_switches(len(functions)):
        account = situation(flags)
        invocations = Invocations(account.watch, [partial(f, account) for f in functions])
        for index in steps:
            invocations.step(index)
        invocations.finish()
        assert_only_gave_up(invocations)
        assert_all_is_well(account)


def about_to_mend(last_calls: list[str]) -> bool:
    return last_calls[-1:] in ([call] for call in LOOKS) or last_calls in map(list, LOOKS.items())


def test_the_orders_tried_reach_the_last_call_of_every_function() -> None:
    for situation, functions in SITUATIONS.values():
        for function in functions:
            account = situation(FREE)
            account.calls.clear()
            function(account)
            assert len(account.calls) < CALLS


@given(
    name=st.sampled_from(sorted(SITUATIONS)),
    flags=st.sampled_from([FREE, IN_SUSPENDED, SUSPENDED]),
    steps=st.lists(st.integers(min_value=0, max_value=2), max_size=3 * CALLS),
    killed=st.none() | st.integers(min_value=0, max_value=2),
)
@settings(max_examples=500, deadline=None)
def test_invocations_in_any_order_one_of_them_killed_lose_nothing(
    name: str, flags: Flags, steps: list[int], killed: int | None
) -> None:
    situation, functions = SITUATIONS[name]
    account = situation(flags)
    invocations = Invocations(account.watch, [partial(f, account) for f in functions])
    for index in steps:
        if index < len(functions):
            invocations.step(index)
    if killed in invocations.running and not about_to_mend(invocations.last_calls(killed)):
        invocations.kill(killed)
    invocations.finish()
    assert_only_gave_up(invocations)
    assert_all_is_well(account)
