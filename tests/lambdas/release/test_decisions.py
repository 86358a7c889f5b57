"""What is decided about a release, in every state that it and its neighbours can be in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lambdas.release.decision import (
    EndStandby,
    Fail,
    Start,
    Succeed,
    TakeBack,
    Wait,
    decide,
)
from lambdas.release.request import Capacity
from lambdas.release.snapshot import LifecycleEvent, Snapshot, Status
from tests.lambdas.release.given import (
    MINUTE,
    NEW,
    OLD,
    STARTED,
    deployment,
    lifecycle,
    properties,
    request,
    snapshot,
)


def moved(minutes: float) -> tuple[LifecycleEvent, ...]:
    return lifecycle(moved_at=STARTED + minutes * MINUTE)


# --- before there is a deployment for the request ---


def test_a_service_that_runs_what_is_wanted_needs_no_deployment() -> None:
    decision = decide(request(kind="Create"), snapshot(serves=NEW))
    assert isinstance(decision, Succeed)
    assert decision.deployment_id is None
    assert "storefront runs storefront:13 already" in decision.action


def test_another_revision_is_released_when_nothing_is_under_way() -> None:
    assert decide(request(), snapshot(serves=OLD)) == Start()
    ended = deployment("d-1", "Succeeded"), deployment("d-2", "Failed", ended_at=STARTED - MINUTE)
    assert decide(request(), snapshot(*ended, minutes=1)) == Start()


def test_a_service_without_a_primary_task_set_gets_a_deployment() -> None:
    assert decide(request(), snapshot(serves=None)) == Start()


@pytest.mark.parametrize(
    ("status", "said"), [(None, "does not exist"), ("INACTIVE", "is INACTIVE"), ("DRAINING", "is")]
)
def test_a_service_that_is_gone_fails_and_says_what_to_do(status: str | None, said: str) -> None:
    for seen in (snapshot(status=status), snapshot(deployment(), status=status)):
        decision = decide(request(), seen)
        assert isinstance(decision, Fail)
        assert f"Service storefront in cluster pase {said}" in decision.reason
        assert "CloudTrail: DeleteService" in decision.reason


def test_somebody_elses_shift_is_taken_back_before_this_release() -> None:
    other = deployment("d-OTHER", events=lifecycle())
    decision = decide(request(), snapshot(other))
    assert isinstance(decision, TakeBack)
    assert decision.deployment_id == "d-OTHER"


@pytest.mark.parametrize("status", ["Created", "Queued", "InProgress", "Baking", "Ready"])
def test_a_shift_is_taken_back_even_when_primary_runs_what_is_wanted(status: str) -> None:
    decision = decide(request(), snapshot(deployment("d-OTHER", status), serves=NEW))
    assert isinstance(decision, TakeBack)


def test_a_rollback_under_way_is_never_disturbed() -> None:
    rollback = deployment("d-BACK", rollback=True, rolls_back="d-OTHER", events=moved(0))
    other = deployment("d-OTHER", "Stopped", rollback_id="d-BACK", ended_at=STARTED)
    for serves in (OLD, NEW):
        decision = decide(request(), snapshot(other, rollback, serves=serves))
        assert isinstance(decision, Wait)
        assert "d-BACK" in decision.reason


def test_a_rollback_that_may_follow_is_awaited_for_a_minute() -> None:
    other = deployment("d-OTHER", "Stopped", ended_at=STARTED + MINUTE)
    assert isinstance(decide(request(), snapshot(other, minutes=1.9)), Wait)
    assert isinstance(decide(request(), snapshot(other, minutes=1.9, serves=NEW)), Wait)
    assert decide(request(), snapshot(other, minutes=2)) == Start()


def test_a_hot_standby_is_cut_short_for_the_next_release() -> None:
    other = deployment("d-OTHER", events=moved(-30))
    decision = decide(request(), snapshot(other, serves=OLD))
    assert isinstance(decision, EndStandby)
    assert decision.deployment_id == "d-OTHER"


def test_a_hot_standby_goes_on_when_nothing_is_to_be_released() -> None:
    other = deployment("d-OTHER", events=moved(-30))
    assert isinstance(decide(request(), snapshot(other, serves=NEW)), Succeed)


def test_cloudformations_way_back_after_a_failure_shifts_nothing_a_second_time() -> None:
    failed = deployment("d-1", "Failed", ended_at=STARTED - 3 * MINUTE, rollback_id="d-2")
    rollback = deployment("d-2", "Succeeded", rollback=True, rolls_back="d-1")
    back = request(wanted=properties(OLD), old=properties(NEW))
    decision = decide(back, snapshot(failed, rollback, serves=OLD))
    assert isinstance(decision, Succeed)
    assert decision.deployment_id is None


def test_a_deployment_that_never_ends_makes_the_release_fail_in_time() -> None:
    rollback = deployment("d-BACK", rollback=True)
    decision = decide(request(), snapshot(rollback, minutes=40))
    assert isinstance(decision, Fail)
    assert decision.deployment == rollback
    assert "within 40 minutes, because deployment d-BACK" in decision.reason


def test_what_changes_in_capacity_or_network_is_released_too() -> None:
    asked = request(wanted=properties(NEW, Subnets=["subnet-c"]), old=properties(NEW))
    before = request(wanted=properties(NEW)).wanted.placement
    assert decide(asked, snapshot(serves=NEW, placement=before)) == Start()
    assert decide(asked, snapshot(serves=NEW, placement=None)) == Start()
    now = snapshot(serves=NEW, placement=asked.wanted.placement)
    assert isinstance(decide(asked, now), Succeed)


def test_capacity_that_did_not_change_is_not_compared() -> None:
    asked = request(wanted=properties(NEW), old=properties(OLD))
    other = replace(
        asked.wanted.placement, capacity=frozenset({Capacity(provider="X", weight=1, base=0)})
    )
    assert isinstance(decide(asked, snapshot(serves=NEW, placement=other)), Succeed)
    created = request(kind="Create", wanted=properties(NEW))
    assert isinstance(decide(created, snapshot(serves=NEW, placement=other)), Succeed)


# --- while the request's deployment is active ---


def test_a_deployment_under_way_is_awaited_and_said_where_it_is() -> None:
    decision = decide(request(), snapshot(deployment(events=lifecycle())))
    assert decision == Wait(reason="deployment d-MINE is InProgress, at AllowTraffic")
    decision = decide(request(), snapshot(deployment(status="Created")))
    assert decision == Wait(reason="deployment d-MINE is Created, not begun")


def test_a_release_is_done_when_traffic_has_moved_and_baked_and_not_before() -> None:
    mine = deployment(events=moved(20))
    assert isinstance(decide(request(), snapshot(mine, minutes=29.9)), Wait)
    decision = decide(request(), snapshot(mine, minutes=30))
    assert isinstance(decision, Succeed)
    assert decision.deployment_id == "d-MINE"
    assert "stay as a hot standby" in decision.action


def test_the_last_wait_of_the_bake_time_is_not_longer_than_what_is_left_of_it() -> None:
    decision = decide(request(), snapshot(deployment(events=moved(20)), minutes=29.95))
    assert isinstance(decision, Wait)
    assert decision.seconds == 3


def test_a_deployment_that_takes_too_long_is_taken_back() -> None:
    mine = deployment(events=lifecycle())
    assert isinstance(decide(request(), snapshot(mine, minutes=39.9)), Wait)
    decision = decide(request(), snapshot(mine, minutes=40))
    assert isinstance(decision, TakeBack)
    assert decision.deployment_id == "d-MINE"
    assert "longer than its 40 minutes" in decision.reason


def test_traffic_that_moved_late_still_bakes_while_cloudformation_waits() -> None:
    assert isinstance(decide(request(), snapshot(deployment(events=moved(39)), minutes=45)), Wait)
    too_late = decide(request(), snapshot(deployment(events=moved(50)), minutes=51))
    assert isinstance(too_late, TakeBack)


def test_cloudformation_gets_its_answer_within_the_hour_whatever_happens() -> None:
    for mine in (
        deployment(events=lifecycle()),
        deployment(status="Stopped", rollback_id="d-BACK", ended_at=STARTED),
        deployment(status="Failed", ended_at=STARTED + 58.9 * MINUTE),
    ):
        rollback = deployment("d-BACK", rollback=True, rolls_back="d-MINE")
        decision = decide(request(), snapshot(mine, rollback, minutes=59))
        assert isinstance(decision, Fail)
        assert decision.deployment == mine


# --- after the request's deployment ---


def test_a_deployment_that_succeeded_is_a_release_that_did() -> None:
    decision = decide(request(), snapshot(deployment(status="Succeeded")))
    assert isinstance(decision, Succeed)
    assert decision.deployment_id == "d-MINE"


@pytest.mark.parametrize("status", ["Failed", "Stopped"])
def test_a_failure_is_told_after_its_rollback_has_ended(status: str) -> None:
    mine = deployment(status=status, ended_at=STARTED + MINUTE)
    assert isinstance(decide(request(), snapshot(mine, minutes=1.5)), Wait)
    mine = replace(mine, rollback_id="d-BACK")
    under_way = deployment("d-BACK", rollback=True, rolls_back="d-MINE")
    assert isinstance(decide(request(), snapshot(mine, under_way, minutes=1.5)), Wait)
    assert isinstance(decide(request(), snapshot(mine, under_way, minutes=9)), Wait)
    ended = replace(under_way, status=Status.SUCCEEDED)
    decision = decide(request(), snapshot(mine, ended, minutes=1.5))
    assert isinstance(decision, Fail)
    assert decision.deployment == mine


def test_a_failure_without_a_rollback_is_told_after_a_minute() -> None:
    mine = deployment(status="Failed", ended_at=STARTED + MINUTE)
    assert isinstance(decide(request(), snapshot(mine, minutes=2)), Fail)


def test_a_stop_without_rollback_after_traffic_had_moved_is_a_release_all_the_same() -> None:
    mine = deployment(status="Stopped", ended_at=STARTED + MINUTE)
    decision = decide(request(), snapshot(mine, minutes=3, serves=NEW))
    assert isinstance(decision, Succeed)
    assert "stopped without a rollback" in decision.action
    assert isinstance(decide(request(), snapshot(mine, minutes=3, serves=OLD)), Fail)
    rolled_back = replace(mine, rollback_id="d-BACK")
    assert isinstance(decide(request(), snapshot(rolled_back, minutes=3, serves=NEW)), Fail)


def test_a_deployment_taken_back_for_its_time_says_so() -> None:
    mine = deployment(status="Stopped", ended_at=STARTED + 40 * MINUTE)
    decision = decide(request(), snapshot(mine, minutes=42))
    assert isinstance(decision, Fail)
    assert "longer than its 40 minutes" in decision.reason


def test_a_green_that_is_not_healthy_in_its_time_is_taken_back_and_that_is_said() -> None:
    asked = request(wanted=properties(InstallMinutes="10"))
    installing = deployment(events=(LifecycleEvent(name="Install", status="InProgress"),))
    stopped = replace(installing, status=Status.STOPPED, ended_at=STARTED + 10 * MINUTE)
    limit = "green's tasks were not healthy within 10 minutes"

    assert isinstance(decide(asked, snapshot(installing, minutes=9.9)), Wait)
    assert decide(asked, snapshot(installing, minutes=10)) == TakeBack(
        deployment_id="d-MINE", reason=limit
    )
    failed = decide(asked, snapshot(stopped, minutes=12))
    assert isinstance(failed, Fail)
    assert failed.reason == f"It was stopped because {limit}."


def test_a_green_that_is_healthy_may_take_longer_than_the_time_for_that() -> None:
    asked = request(wanted=properties(InstallMinutes="10"))

    decision = decide(asked, snapshot(deployment(events=lifecycle()), minutes=20))

    assert isinstance(decision, Wait)


# --- what the stack had released, and was taken back in hot standby ---

OLDER = OLD.replace(":12", ":11")


def taken_back(**change: Any) -> Snapshot:
    """NEW was released, and taken back afterwards: OLD serves."""
    return replace(snapshot(serves=OLD), asked_for=NEW, **change)


def test_what_was_taken_back_is_not_released_again_by_an_update_of_something_else() -> None:
    asked = request(wanted=properties(BakeMinutes="5"), old=properties())

    decision = decide(asked, taken_back())

    assert isinstance(decision, Succeed)
    assert "storefront:12 serves" in decision.action
    assert "release.repeat" in decision.action


def test_nor_by_cloudformation_when_it_goes_back_from_a_later_release_that_failed() -> None:
    failed = NEW.replace(":13", ":14")

    assert isinstance(decide(request(old=properties(failed)), taken_back()), Succeed)


def test_it_is_released_again_when_that_is_asked_for_and_not_when_that_is_undone() -> None:
    again = request(wanted=properties(Repeat="1"), old=properties(Repeat="0"))
    undone = request(wanted=properties(Repeat="0"), old=properties(Repeat="1"))

    assert decide(again, taken_back()) == Start()
    assert isinstance(decide(undone, taken_back()), Succeed)


def test_another_revision_is_news() -> None:
    other = NEW.replace(":13", ":14")

    assert decide(request(wanted=properties(other), old=properties()), taken_back()) == Start()


def test_going_back_from_what_serves_is_a_release() -> None:
    """Another resource of the stack failed after this one had succeeded."""
    asked = request(wanted=properties(OLDER), old=properties(OLD))
    seen = replace(snapshot(serves=OLD), asked_for=OLDER)

    assert decide(asked, seen) == Start()


def test_a_persons_rollback_is_left_alone_by_an_update_of_something_else() -> None:
    asked = request(wanted=properties(BakeMinutes="5"), old=properties())
    by_hand = deployment("d-BY-HAND", events=lifecycle())

    assert isinstance(decide(asked, taken_back(deployments=(by_hand,))), Succeed)
    assert isinstance(decide(request(), snapshot(by_hand)), TakeBack)
