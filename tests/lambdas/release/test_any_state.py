"""What holds of a decision in any state at all (hypothesis)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from lambdas.release.decision import EndStandby, Fail, Start, Succeed, TakeBack, Wait, decide
from lambdas.release.snapshot import Deployment, Snapshot, Status
from tests.lambdas.release.given import (
    MINUTE,
    NEW,
    OLD,
    REQUEST,
    STARTED,
    deployment,
    lifecycle,
    request,
    snapshot,
)

MINUTES = st.floats(min_value=-70, max_value=70).map(lambda minutes: STARTED + minutes * MINUTE)
EVENTS = st.one_of(
    st.just(()),
    MINUTES.map(lambda at: lifecycle(moved_at=at)),
    st.just(lifecycle()),
    st.just(lifecycle(failed="AfterAllowTestTraffic")),
)
IDS = ("d-1", "d-2", "d-3", "d-4")
DEPLOYMENTS = st.lists(
    st.builds(
        Deployment,
        id=st.sampled_from(IDS),
        status=st.sampled_from(Status),
        created_at=MINUTES,
        ended_at=st.none() | MINUTES,
        request_id=st.sampled_from((None, REQUEST, "another")),
        rollback=st.booleans(),
        rolls_back=st.none() | st.sampled_from(IDS),
        rollback_id=st.none() | st.sampled_from(IDS),
        events=EVENTS,
    ),
    max_size=4,
    unique_by=lambda each: each.id,
)
SNAPSHOTS = st.builds(
    lambda deployments, minutes, serves, status, asked_for: replace(
        snapshot(*deployments, minutes=minutes, serves=serves, status=status), asked_for=asked_for
    ),
    DEPLOYMENTS,
    st.floats(min_value=0, max_value=70),
    st.sampled_from((None, OLD, NEW)),
    st.sampled_from(("ACTIVE", "ACTIVE", "ACTIVE", "INACTIVE", None)),
    st.sampled_from((None, OLD, NEW)),
)


@given(SNAPSHOTS)
@example(snapshot(deployment(status="Failed", ended_at=STARTED), minutes=5))
def test_no_request_ever_starts_a_second_deployment(seen: Snapshot) -> None:
    if seen.mine(REQUEST) is not None:
        assert decide(request(), seen) != Start()


@given(SNAPSHOTS)
def test_nothing_is_started_while_anything_is_active_or_about_to_roll_back(seen: Snapshot) -> None:
    if decide(request(), seen) != Start():
        return
    assert not [each for each in seen.deployments if each.active]
    for each in seen.deployments:
        if each.taken_back and not each.rollback and seen.rollback_of(each) is None:
            assert each.ended_at is not None
            assert seen.now - each.ended_at >= timedelta(minutes=1)


@given(SNAPSHOTS)
def test_success_means_that_what_was_asked_for_serves(seen: Snapshot) -> None:
    decision = decide(request(), seen)
    if not isinstance(decision, Succeed):
        return
    assert seen.service is not None
    serves = seen.service.primary is not None and seen.service.primary.task_definition == NEW
    mine = seen.mine(REQUEST)
    if mine is None and seen.asked_for == NEW and not serves:
        # It was taken back after the stack had released it; nothing serves that this comes from.
        assert seen.service.primary is None or seen.service.primary.task_definition != OLD
    elif mine is None or mine.status is Status.STOPPED:
        assert serves
    elif mine.active:
        assert mine.traffic_moved_at is not None
        assert seen.now >= mine.traffic_moved_at + request().wanted.bake
    else:
        assert mine.status is Status.SUCCEEDED


@given(SNAPSHOTS)
def test_only_what_has_not_moved_its_traffic_is_taken_back_and_never_a_rollback(
    seen: Snapshot,
) -> None:
    decision = decide(request(), seen)
    chosen = {each.id: each for each in seen.deployments}
    if isinstance(decision, TakeBack):
        taken = chosen[decision.deployment_id]
        assert taken.active
        mine = seen.mine(REQUEST)
        if mine is None:
            assert not taken.rollback
            assert taken.traffic_moved_at is None
        else:
            assert taken is mine
            too_long = seen.now >= mine.created_at + request().wanted.install
            assert seen.now >= request().deadline or (too_long and not mine.installed)
    if isinstance(decision, EndStandby):
        ended = chosen[decision.deployment_id]
        assert ended.active
        assert not ended.rollback
        assert ended.traffic_moved_at is not None


@given(SNAPSHOTS)
def test_an_answer_is_given_before_cloudformation_stops_waiting(seen: Snapshot) -> None:
    late = replace(seen, now=max(seen.now, request().latest_answer))
    assert isinstance(decide(request(), late), Succeed | Fail)


@given(SNAPSHOTS)
def test_the_same_state_always_gets_the_same_decision_and_a_wait_is_short(seen: Snapshot) -> None:
    decision = decide(request(), seen)
    shuffled = replace(seen, deployments=tuple(reversed(seen.deployments)))
    assert type(decide(request(), shuffled)) is type(decision)
    if isinstance(decision, Wait):
        assert 1 <= decision.seconds <= 15
