"""What a rollback does in every state of a service, decided without AWS."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.rollback.decision import Redeploy, Refuse, State, TakeBack, UnderWay, decide
from lambdas.rollback.served import Deployment, previous_revision, served_revisions

START = datetime(2030, 1, 1, tzinfo=UTC)


def arn(number: int) -> str:
    return f"arn:aws:ecs:ap-southeast-1:123456789012:task-definition/shop:{number}"


def deployments(*given: tuple[int, str] | tuple[int, str, str]) -> list[Deployment]:
    """Deployments in order of time: revision, status, and `back` (ours) or `auto`."""
    return [
        Deployment(
            id=f"d-{index}",
            status=one[1],
            created=START + timedelta(minutes=index),
            description="pase rollback to x" if one[2:] == ("back",) else "",
            creator="codeDeployRollback" if one[2:] == ("auto",) else "user",
            task_definition=arn(one[0]),
        )
        for index, one in enumerate(given)
    ]


def state(
    *given: tuple[int, str] | tuple[int, str, str],
    serving: int,
    others: tuple[int, ...] = (),
    family: tuple[int, ...] = (),
) -> State:
    return State(
        service="shop",
        serving=arn(serving),
        others=[arn(number) for number in others],
        deployments=deployments(*given),
        family_revisions=[arn(number) for number in family],
    )


@pytest.mark.parametrize(
    ("history", "serving", "family", "to"),
    [
        ([(2, "Succeeded"), (3, "Succeeded")], 3, (), 2),
        # A release that failed never served, whoever took it back.
        ([(2, "Succeeded"), (3, "Failed"), (4, "Succeeded")], 4, (), 2),
        ([(2, "Succeeded"), (3, "Stopped"), (2, "Succeeded", "auto"), (4, "Succeeded")], 4, (), 2),
        # A second rollback goes further back.
        (
            [(2, "Succeeded"), (3, "Succeeded"), (4, "Succeeded"), (3, "Succeeded", "back")],
            3,
            (),
            2,
        ),
        # The same image released twice in a row is one.
        ([(2, "Succeeded"), (3, "Succeeded"), (3, "Succeeded")], 3, (), 2),
        # Released again on purpose after a rollback: it counts as a release.
        (
            [
                (2, "Succeeded"),
                (3, "Succeeded"),
                (2, "Succeeded", "back"),
                (3, "Succeeded"),
            ],
            3,
            (),
            2,
        ),
        # Only one release: what ECS created the service with, not one that failed in between.
        ([(2, "Failed"), (3, "Succeeded")], 3, (4, 3, 2, 1), 1),
        ([(3, "Succeeded")], 3, (5, 4, 3, 2, 1), 2),
        # The first release was rolled back in hot standby, then succeeded.
        ([(2, "Stopped"), (1, "Succeeded", "auto"), (2, "Succeeded")], 2, (), 1),
        # PRIMARY runs something that no deployment succeeded with.
        ([(2, "Succeeded"), (3, "Stopped")], 3, (), 2),
    ],
)
def test_after_the_clean_up_the_revision_that_served_before_is_deployed(
    history: list[tuple[int, str]], serving: int, family: tuple[int, ...], to: int
) -> None:
    decision = decide(state(*history, serving=serving, family=family))
    assert decision == Redeploy(serving=arn(serving), to=arn(to))


def test_revisions_are_compared_as_numbers() -> None:
    decision = decide(state((10, "Succeeded"), serving=10, family=(10, 9, 8)))
    assert decision == Redeploy(serving=arn(10), to=arn(9))


def test_a_revision_of_another_family_is_never_the_one_before() -> None:
    other = arn(1).replace("shop", "shop-old")
    found = previous_revision(serving=arn(2), deployments=[], family_revisions=[other])
    assert found is None


def test_with_nothing_before_it_is_refused() -> None:
    decision = decide(state((1, "Succeeded"), serving=1, family=(2, 1)))
    assert isinstance(decision, Refuse)
    assert decision.reason == (
        "nothing to roll back: shop:1 serves shop, and no revision that served before it is known"
    )


def test_without_a_primary_task_set_it_is_refused() -> None:
    decision = decide(State(service="shop", serving=None))
    assert isinstance(decision, Refuse)
    assert "shop has no PRIMARY task set" in decision.reason


@pytest.mark.parametrize("status", ["Created", "Queued", "InProgress", "Baking", "Ready"])
def test_a_release_that_runs_is_stopped_and_blue_serves_again(status: str) -> None:
    given = state((2, "Succeeded"), (3, status), serving=2, others=(3,))
    decision = decide(given)
    assert isinstance(decision, TakeBack)
    assert (decision.deployment.id, decision.to) == ("d-1", arn(2))


def test_a_release_in_hot_standby_is_stopped_and_blue_serves_again() -> None:
    decision = decide(state((2, "Succeeded"), (3, "InProgress"), serving=3, others=(2,)))
    assert isinstance(decision, TakeBack)
    assert decision.to == arn(2)


def test_codedeploys_own_rollback_is_left_alone() -> None:
    given = state((3, "Stopped"), (2, "InProgress", "auto"), serving=3, others=(2,))
    for to in (None, arn(2), arn(9)):
        decision = decide(given, to=to)
        assert isinstance(decision, UnderWay)
        assert decision.deployment.id == "d-1"


@pytest.mark.parametrize(("serving", "other"), [(3, 2), (2, 3)])
def test_a_rollback_asked_for_twice_is_one_rollback(serving: int, other: int) -> None:
    given = state((3, "Succeeded"), (2, "InProgress", "back"), serving=serving, others=(other,))
    decision = decide(given)
    assert isinstance(decision, UnderWay)
    assert 'to undo it, roll back to "shop:3"' in decision.reason


def test_a_rollback_is_taken_back_when_what_it_replaces_is_named() -> None:
    given = state((3, "Succeeded"), (2, "InProgress", "back"), serving=2, others=(3,))
    decision = decide(given, to=arn(3))
    assert isinstance(decision, TakeBack)
    assert decision.to == arn(3)


def test_during_a_release_only_what_it_replaces_can_be_returned_to() -> None:
    given = state((2, "Succeeded"), (3, "InProgress"), serving=2, others=(3,))
    assert isinstance(decide(given, to=arn(2)), TakeBack)
    refused = decide(given, to=arn(1))
    assert isinstance(refused, Refuse)
    assert "can only be taken back to shop:2; do that first" in refused.reason


def test_a_named_revision_is_deployed() -> None:
    given = state((2, "Succeeded"), (3, "Succeeded"), serving=3)
    assert decide(given, to=arn(1)) == Redeploy(serving=arn(3), to=arn(1))


def test_what_serves_already_is_no_rollback() -> None:
    decision = decide(state((2, "Succeeded"), serving=2), to=arn(2))
    assert decision == Refuse(reason="shop:2 serves shop already")


HISTORIES = st.lists(
    st.tuples(st.integers(1, 6), st.sampled_from(["Succeeded", "Failed", "Stopped"])), max_size=12
)


@given(HISTORIES)
def test_a_rollback_goes_to_a_revision_that_served_and_never_back_again(
    history: list[tuple[int, str]],
) -> None:
    given = deployments(*history)
    served = served_revisions(given)
    if not served:
        return
    serving, left = served[-1], set()
    while True:
        before = previous_revision(serving=serving, deployments=given, family_revisions=[])
        if before is None:
            break
        assert before != serving
        assert before in served
        left.add(len(served_revisions(given)))
        given = [
            *given,
            Deployment(
                id=f"d-{len(given)}",
                status="Succeeded",
                created=START + timedelta(minutes=len(given)),
                description="pase rollback to it",
                task_definition=before,
            ),
        ]
        serving = before
        assert len(served_revisions(given)) not in left, "each rollback goes further back"
