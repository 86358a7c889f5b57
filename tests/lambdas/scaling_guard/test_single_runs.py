"""What one run does, call by call, and what it makes of what happens between its calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from lambdas.scaling_guard.guard import SUSPENDED, Bounds, Flags
from lambdas.scaling_guard.ports import GuardError
from lambdas.scaling_guard.protocol import Report, settle, suspend
from tests.lambdas.scaling_guard.memory import (
    DAILY_PEAK,
    FREE,
    PEAK,
    SERVICE,
    USUAL,
    Account,
    action,
)

WRITES = {"set flags", "set bounds", "create marker", "replace marker", "delete marker"}


def start(account: Account) -> Report:
    return suspend(account.world(), SERVICE, deployment_id="d-1")


def end(account: Account) -> Report:
    return settle(account.world(), SERVICE)


def released(account: Account) -> Account:
    """A release has begun and ended; its scaling is still suspended."""
    start(account)
    account.calls.clear()
    return account


def between(account: Account, *, call: str, turn: int, happens: Callable[[], object]) -> None:
    """Let something happen ahead of the turn-th of the calls of a name; once."""
    seen = 0

    def before_call(name: str) -> None:
        nonlocal seen
        seen += name == call
        if seen == turn and name == call:
            account.before_call = lambda _name: None
            happens()

    account.before_call = before_call


def flags(account: Account) -> Flags:
    assert account.target is not None
    return account.target.flags


def bounds(account: Account) -> Bounds:
    assert account.target is not None
    return account.target.bounds


def test_the_marker_is_written_before_anything_is_suspended() -> None:
    account = Account()
    start(account)
    writes = [call for call in account.calls if call in WRITES]
    assert writes == ["create marker", "set flags"]


def test_the_marker_is_deleted_after_everything_is_given_back() -> None:
    account = released(Account(actions=DAILY_PEAK))
    account.pass_time(150)
    end(account)
    writes = [call for call in account.calls if call in WRITES]
    assert writes == ["set flags", "set bounds", "delete marker"]


def test_the_marker_names_the_deployment_the_time_and_what_was_before() -> None:
    account = Account()
    start(account)
    assert account.marker is not None
    assert account.marker.deployment_id == "d-1"
    assert account.marker.suspended_at == account.time
    assert account.marker.before == FREE
    assert account.marker.bounds == USUAL


def test_the_watchdog_only_reads_while_all_is_right() -> None:
    account = released(Account(running=["d-1"]))
    end(account)
    assert not WRITES.intersection(account.calls)
    account = Account()
    end(account)
    assert account.calls == ["list deployments", "read marker"]


def test_a_service_that_an_operator_had_suspended_has_a_marker_too() -> None:
    account = Account()
    account.set_flags(SUSPENDED)
    start(account)
    assert account.marker is not None
    end(account)
    assert flags(account) == SUSPENDED
    assert account.marker is None


def test_the_bounds_that_somebody_sets_during_a_release_stay() -> None:
    account = released(Account())
    account.set_bounds(Bounds(minimum=7, maximum=9))
    end(account)
    assert bounds(account) == Bounds(minimum=7, maximum=9)


def test_what_a_stack_update_resumes_is_suspended_again_and_resumed_after_the_release() -> None:
    account = Account()
    account.set_flags(SUSPENDED)
    account.running.append("d-1")
    start(account)
    account.set_flags(FREE)
    end(account)
    assert flags(account) == SUSPENDED
    account.running.clear()
    end(account)
    assert flags(account) == FREE


def test_a_service_without_a_scalable_target_is_left_alone() -> None:
    account = Account(target=None)
    assert "no scalable target" in start(account).action
    assert account.marker is None


def test_a_marker_whose_target_was_removed_is_deleted() -> None:
    account = released(Account())
    account.target = None
    end(account)
    assert account.marker is None


def test_a_target_that_is_removed_while_it_is_suspended_is_no_error() -> None:
    account = Account()

    def removed() -> None:
        account.target = None

    between(account, call="describe target", turn=2, happens=removed)
    assert "just removed" in start(account).action


def test_a_target_that_is_removed_while_it_is_resumed_is_no_error() -> None:
    account = released(Account())

    def removed() -> None:
        account.target = None

    between(account, call="describe target", turn=2, happens=removed)
    end(account)
    assert account.marker is None


def test_a_release_that_is_given_back_while_the_next_one_starts_is_suspended_all_the_same() -> None:
    account = released(Account())
    between(account, call="read marker", turn=1, happens=lambda: end(account))
    start(account)
    assert flags(account) == SUSPENDED
    assert account.marker is not None
    assert account.marker.before == FREE


def test_a_rollback_that_begins_while_scaling_is_given_back_is_suspended_by_the_same_run() -> None:
    account = released(Account(actions=DAILY_PEAK))
    account.pass_time(150)
    between(
        account,
        call="list deployments",
        turn=2,
        happens=lambda: account.running.append("d-2"),
    )
    end(account)
    assert flags(account) == SUSPENDED
    assert bounds(account) == USUAL
    assert account.marker is not None


def test_a_release_that_starts_just_before_the_marker_is_deleted_is_suspended_again() -> None:
    account = released(Account())

    def next_release() -> None:
        account.running.append("d-2")
        start(account)

    between(account, call="delete marker", turn=1, happens=next_release)
    end(account)
    assert flags(account) == SUSPENDED
    assert account.marker is not None
    assert account.marker.before == FREE


def test_scaling_is_given_back_at_once_when_its_marker_vanished_and_cannot_be_written() -> None:
    account = Account()

    def vanished() -> None:
        account.marker = None
        account.before_call = refused

    def refused(name: str) -> None:
        if name == "create marker":
            raise GuardError("wait 30 seconds")

    between(account, call="read marker", turn=1, happens=vanished)
    with pytest.raises(GuardError, match="30 seconds"):
        start(account)
    assert flags(account) == FREE


def test_a_marker_that_keeps_vanishing_is_an_error_and_scaling_is_left_as_it_was() -> None:
    account = Account()

    def vanished(name: str) -> None:
        if name == "read marker":
            account.marker = None

    account.before_call = vanished
    with pytest.raises(GuardError, match=r"deleted the marker 3 times.*watchdog"):
        start(account)
    assert flags(account) == FREE


def test_scheduled_actions_that_fell_due_during_a_release_are_made_up_for() -> None:
    account = released(Account(actions=DAILY_PEAK))
    account.pass_time(150)
    assert bounds(account) == USUAL
    report = end(account)
    assert bounds(account) == PEAK
    assert report.notes == (
        "the bounds 3..20 are now 8..40, because meanwhile fell due: peak-start",
    )


def test_of_a_whole_peak_during_a_release_nothing_is_left() -> None:
    account = released(Account(actions=DAILY_PEAK))
    account.pass_time(300)
    end(account)
    assert bounds(account) == USUAL


def test_an_action_that_is_late_when_the_suspension_begins_is_made_up_for() -> None:
    account = Account(actions=DAILY_PEAK)
    # At 14:01, the peak's start of 14:00 not having run yet.
    account.time += timedelta(minutes=121)
    released(account)
    end(account)
    assert bounds(account) == PEAK


def test_an_action_that_falls_due_while_scaling_is_given_back_is_made_up_for() -> None:
    account = released(Account(actions=DAILY_PEAK))
    account.pass_time(119)
    between(account, call="set flags", turn=1, happens=lambda: account.pass_time(2))
    end(account)
    assert bounds(account) == PEAK


def test_scheduled_scaling_that_was_suspended_before_the_release_missed_nothing() -> None:
    account = Account(actions=DAILY_PEAK)
    account.set_flags(replace(FREE, scheduled=True))
    released(account)
    account.pass_time(150)
    end(account)
    assert bounds(account) == USUAL


def test_a_schedule_of_another_form_is_reported_and_the_others_are_made_up_for() -> None:
    account = released(
        Account(
            actions=(*DAILY_PEAK, action("odd", "rate(5 minutes)", Bounds(minimum=1, maximum=1)))
        )
    )
    account.pass_time(150)
    report = end(account)
    assert bounds(account) == PEAK
    assert report.notes[0].startswith("not made up for, should it have fallen due: odd: ")
    assert "rate(5 minutes)" in report.notes[0]
