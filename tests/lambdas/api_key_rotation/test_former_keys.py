"""Which keys end when, and which never; over HTTPS, with the real handler and events."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lambdas.api_key_rotation.api_key import MAKER_LIFE
from lambdas.api_key_rotation.label import Label
from lambdas.rotation.events import Step
from tests.lambdas.api_key_rotation.hooked import Hooked
from tests.lambdas.api_key_rotation.world import OVERLAP, World


def ids(world: World) -> set[str]:
    return {one.id for one in world.keys.alive()}


# The overlap


def test_the_former_key_ends_by_itself_after_the_overlap(world: World) -> None:
    world.rotate()
    former = world.keys.records[0]
    world.pass_days(30)
    world.rotate()
    assert former.expires == world.clock.now() + timedelta(seconds=OVERLAP)
    assert world.keys.accepts(former.key)
    assert world.keys.records[1].expires is None
    assert "DELETE /keys/ID" not in world.provider.requests
    world.pass_days(1)
    assert not world.keys.accepts(former.key)
    assert world.works()


def test_the_end_of_a_former_key_is_not_put_off_when_the_step_is_taken_again(world: World) -> None:
    world.rotate()
    token = world.start()
    world.rotate(token)
    end = world.keys.records[0].expires
    world.pass_days(0.5)
    assert world.take(Step.FINISH, token) == ""
    assert world.keys.records[0].expires == end
    assert end is not None


def test_without_expiry_the_former_key_works_until_the_next_rotation(world: World) -> None:
    world.keys.can_expire = False
    for _ in range(3):
        world.rotate()
        world.pass_days(30)
    first, second, third = world.keys.records
    assert first.revoked
    assert world.keys.accepts(second.key)
    assert world.keys.accepts(third.key)


def test_without_expiry_rotations_within_the_overlap_end_nothing(world: World) -> None:
    world.keys.can_expire = False
    for _ in range(4):
        world.rotate()
        world.clock.advance(7200)
    assert len(world.keys.alive()) == 4
    world.pass_days(2)
    world.rotate()
    world.pass_days(2)
    world.rotate()
    assert [one.revoked for one in world.keys.records] == [True] * 4 + [False] * 2


@pytest.mark.parametrize("can_expire", [True, False])
def test_with_no_overlap_the_former_key_ends_at_once(world: World, can_expire: bool) -> None:
    world.keys.can_expire = can_expire
    world.environ["OVERLAP_SECONDS"] = "0"
    world.rotate()
    world.rotate()
    assert ids(world) == {world.current()["key_id"]}
    assert "POST /keys/ID/expire" not in world.provider.requests, "it may want a time to come"


def test_a_finish_taken_again_that_slept_through_another_rotation_ends_nothing(
    world: World,
) -> None:
    token = world.start()
    world.rotate(token)
    plain = world.client

    def another() -> None:
        world.client = plain
        world.rotate()

    # It has seen that its version is AWSCURRENT, and is about to read AWSCURRENT's value.
    world.client = Hooked(plain, "get_secret_value", another)
    assert world.take(Step.FINISH, token) == ""
    assert world.secret.labels["AWSPREVIOUS"] == token
    assert world.keys.accepts(world.key_of(token).key)


def test_a_finish_that_slept_through_another_rotation_ends_nothing(world: World) -> None:
    world.keys.can_expire = False
    world.environ["OVERLAP_SECONDS"] = "0"
    world.rotate()
    token = world.start()
    for step in list(Step)[:3]:
        world.take(step, token)
    plain = world.client

    def another() -> None:
        world.client = plain
        world.rotate()

    # AWSCURRENT has moved, and it is about to look at what else there is.
    world.client = Hooked(
        plain, "describe_secret", another, when=lambda: world.secret.labels["AWSCURRENT"] == token
    )
    assert world.take(Step.FINISH, token) == ""
    assert world.works()
    assert world.secret.labels["AWSCURRENT"] != token


def test_a_finish_that_slept_does_not_go_back_to_a_key_that_will_end(world: World) -> None:
    """It saw that its version was AWSPENDING; then a twin and another rotation went through."""
    world.rotate()
    token = world.start()
    for step in list(Step)[:3]:
        world.take(step, token)
    plain = world.client

    def twin_and_another() -> None:
        world.client = plain
        world.rotate(token)
        world.rotate()

    world.client = Hooked(plain, "get_secret_value", twin_and_another)
    assert world.take(Step.FINISH, token) == "NotPending"
    world.pass_days(2)
    assert world.works()


# What is left alone


def test_nothing_that_the_function_did_not_make_for_this_secret_is_ever_ended(
    world: World,
) -> None:
    world.keys.can_expire = False
    name = world.arn.rsplit(":", 1)[-1]
    labels = (
        "",
        "made by hand",
        f"{world.arn}",
        f"{world.arn}/by-hand",
        world.label("t").replace("111111111111", "222222222222"),
        world.label("t").replace("eu-west-1", "eu-central-1"),
        world.label("t").replace(name, f"{name}/more-AbCdEf"),
        world.label("t").replace(name, name[:-6] + "AbCdEf"),
        Label(secret_arn=world.credential_arn, token="t").text(),
        f"not an ARN#{world.arn}#t",
    )
    others = [world.keys.make(label) for label in labels]
    for _ in range(4):
        assert world.rotate() == ""
        world.pass_days(30)
    assert [one.label for one in others if one.revoked or one.expires] == []


def test_a_key_that_awsprevious_and_another_version_share_is_not_ended(world: World) -> None:
    """As when a person changed another key of the secret, and moved AWSCURRENT back later on."""
    world.environ["OVERLAP_SECONDS"] = "0"
    world.rotate()
    first = world.secret.labels["AWSCURRENT"]
    world.put_by_hand({**world.current(), "endpoint": "https://pay2.example"})
    by_hand = world.secret.labels["AWSCURRENT"]
    world.ask(
        "UpdateSecretVersionStage",
        VersionStage="AWSCURRENT",
        MoveToVersionId=first,
        RemoveFromVersionId=by_hand,
    )
    assert world.secret.labels["AWSPREVIOUS"] == by_hand
    assert world.take(Step.FINISH, first) == ""
    assert world.works()


def test_a_key_in_a_version_with_a_label_of_somebody_s_is_not_ended(world: World) -> None:
    world.rotate()
    first = world.secret.labels["AWSCURRENT"]
    world.ask("UpdateSecretVersionStage", VersionStage="KEPT", MoveToVersionId=first)
    for _ in range(2):
        world.pass_days(30)
        world.rotate()
    assert world.key_of(first).expires is None
    assert world.keys.accepts(world.key_of(first).key)


def test_going_back_to_the_former_key_by_hand_holds_until_the_next_rotation(world: World) -> None:
    world.rotate()
    former = world.secret.labels["AWSCURRENT"]
    world.rotate()
    world.ask(
        "UpdateSecretVersionStage",
        VersionStage="AWSCURRENT",
        MoveToVersionId=former,
        RemoveFromVersionId=world.secret.labels["AWSCURRENT"],
    )
    world.discard_pending()
    world.pass_days(0.5)
    assert world.works()
    assert world.rotate() == ""
    world.pass_days(30)
    assert world.works()


# Keys whose value was lost


def test_a_key_whose_value_was_lost_is_ended_when_the_rotation_is_through(world: World) -> None:
    token = world.start()
    lost = world.keys.make(world.label(token))
    assert world.rotate(token) == ""
    assert lost.revoked
    assert ids(world) == {world.current()["key_id"]}


def test_a_twin_s_key_is_left_alone_while_it_may_yet_be_put(world: World) -> None:
    token = world.start()
    twins = world.keys.make(world.label(token))
    assert world.take(Step.CREATE, token) == ""
    assert not twins.revoked


@pytest.mark.parametrize("can_expire", [True, False])
def test_a_young_key_of_another_rotation_may_yet_be_put_and_is_left_alone(
    world: World, can_expire: bool
) -> None:
    world.keys.can_expire = can_expire
    world.rotate()
    world.pass_days(30)
    young = world.keys.make(world.label("a-rotation-that-was-given-up-and-sleeps"))
    world.rotate()
    assert (young.revoked, young.expires) == (False, None)
    for _ in range(2):
        world.pass_days(30)
        world.rotate()
    assert young not in world.keys.alive()


def test_a_lost_key_whose_maker_is_dead_makes_room_before_another_one_is_made(
    world: World,
) -> None:
    token = world.start()
    lost = world.keys.make(world.label(token))
    world.keys.room = 1
    assert world.take(Step.CREATE, token) == "NoRoom"
    world.clock.advance(MAKER_LIFE.total_seconds())
    assert world.rotate(token) == ""
    assert lost.revoked


def test_an_old_key_that_was_put_after_all_is_not_taken_for_a_lost_one(world: World) -> None:
    """A run that has found no value sleeps, while its twin goes through."""
    token = world.start()
    world.clock.advance(1)

    def twin() -> None:
        client, world.client = world.client, plain
        world.rotate(token)
        world.clock.advance(MAKER_LIFE.total_seconds())
        world.client = client

    plain = world.client
    # The management credential is read right before the keys are listed.
    world.client = Hooked(plain, "get_secret_value", twin, at=2)
    world.take(Step.CREATE, token)
    world.client = plain
    assert world.works()


def test_a_provider_that_gives_the_same_key_again_leaves_none_behind(world: World) -> None:
    world.keys.replays = True
    token = world.start()
    first = world.keys.make(world.label(token), once=token)
    assert world.rotate(token) == ""
    assert world.key_of(token) is first
    assert len(world.keys.records) == 1


@pytest.mark.parametrize("can_expire", [True, False])
def test_a_given_up_rotation_s_key_is_ended_by_a_later_one(world: World, can_expire: bool) -> None:
    world.keys.can_expire = can_expire
    world.rotate()
    token = world.start()
    world.take(Step.CREATE, token)
    world.discard_pending()
    for _ in range(3):
        world.pass_days(30)
        world.rotate()
    given_up = world.key_of(token)
    assert given_up not in world.keys.alive()
    assert len(world.keys.alive()) == 2
