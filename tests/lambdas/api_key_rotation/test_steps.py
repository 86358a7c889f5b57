"""What the steps do, over HTTPS, with the real handler and events."""

from __future__ import annotations

import pytest

from lambdas.api_key_rotation.api_key import LISTED_AFTER, PAUSES
from lambdas.rotation.events import Step
from tests.lambdas.api_key_rotation.hooked import Hooked
from tests.lambdas.api_key_rotation.world import World
from tests.lambdas.secret_rotation.memory import Calls, Client
from tests.support.rights import ENCRYPTION, LOG, NETWORK, granted, of_secrets_manager
from tests.support.templates import Templates


def test_the_first_rotation_makes_the_first_key_and_keeps_the_rest_of_the_secret(
    world: World,
) -> None:
    assert world.rotate() == ""
    made = world.keys.records[0]
    assert world.current() == {
        "endpoint": "https://pay.example",
        "provider": "http",
        "key_id": made.id,
        "api_key": made.key,
    }
    assert world.works()


def test_the_provider_is_told_secret_and_rotation_of_each_key(world: World) -> None:
    token = world.start()
    world.rotate(token)
    assert world.keys.records[0].label == f"{world.arn}#{token}"
    assert world.provider.tokens == [token]


def test_a_step_taken_twice_changes_nothing_more(world: World) -> None:
    token = world.start()
    for step in Step:
        assert world.take(step, token) == ""
        assert world.take(step, token) == ""
    assert len(world.keys.records) == 1
    assert world.works()


@pytest.mark.parametrize("first", list(Step)[1:])
def test_a_rotation_may_begin_at_any_step(world: World, first: Step) -> None:
    token = world.start()
    world.take(Step.CREATE, token)
    assert world.take(first, token) == ""
    assert world.take(Step.FINISH, token) == ""
    assert world.secret.labels["AWSCURRENT"] == token
    assert world.works()


def test_a_new_configuration_is_tried_with_the_current_key_and_changes_nothing(
    world: World,
) -> None:
    world.rotate()
    requests = len(world.provider.requests)
    world.ask("RotateSecret", RotateImmediately=False, ClientRequestToken="t" * 32)
    assert world.take(Step.TEST, "t" * 32) == ""
    assert world.provider.requests[requests:] == ["GET /whoami"]


def test_a_new_secret_that_has_no_key_yet_passes_its_trial(world: World) -> None:
    """Else the alarm would ring from the first deployment on, for a configuration that is right."""
    world.ask(
        "RotateSecret",
        RotateImmediately=False,
        ClientRequestToken="t" * 32,
        RotationLambdaARN="arn:aws:lambda:eu-west-1:111111111111:function:rotation",
        RotationRules={"AutomaticallyAfterDays": 30},
    )
    assert world.take(Step.TEST, "t" * 32) == ""
    assert world.provider.requests == []
    world.discard_pending()
    assert world.rotate() == "", "the first rotation makes the key"
    assert world.works()


def test_a_dead_current_key_says_so_when_it_is_tried(world: World) -> None:
    world.rotate()
    world.keys.records[0].revoked = True
    world.ask("RotateSecret", RotateImmediately=False, ClientRequestToken="t" * 32)
    assert world.take(Step.TEST, "t" * 32) == "KeyRejected"
    world.discard_pending()
    assert world.rotate() == "", "the next rotation mends it"
    assert world.works()


# Putting it in place


def test_a_key_that_needs_activation_is_published_in_set_secret(world: World) -> None:
    world.keys.activates = True
    token = world.start()
    world.take(Step.CREATE, token)
    assert not world.key_of(token).active
    assert world.take(Step.SET, token) == ""
    assert world.key_of(token).active
    assert world.rotate(token) == ""
    assert world.provider.requests.count("POST /keys/ID/activate") == 1


def test_a_key_is_not_published_when_its_rotation_was_given_up_meanwhile(world: World) -> None:
    world.keys.activates = True
    token = world.start()
    world.take(Step.CREATE, token)

    def cancel() -> None:
        world.ask("CancelRotateSecret")

    plain = world.client
    world.client = Hooked(plain, "describe_secret", cancel, at=1)
    assert world.take(Step.SET, token) == "RotationDisabled"
    assert not world.key_of(token).active


def test_a_provider_may_take_a_while_to_know_a_key_everywhere(world: World) -> None:
    world.keys.slow = 3
    assert world.rotate() == ""
    assert set(world.sleeps) <= {0.0, *PAUSES}
    assert 0 < sum(world.sleeps) <= 2 * sum(PAUSES)


def test_a_provider_that_takes_longer_is_asked_again_in_the_next_try(world: World) -> None:
    world.keys.slow = 8
    token = world.start()
    assert world.rotate(token) == "KeyUnlisted"
    assert world.rotate(token) == "KeyRejected"
    assert world.rotate(token) == ""
    assert len(world.keys.records) == 1


def test_time_that_runs_out_gives_no_key_up(world: World) -> None:
    world.keys.slow = 2
    token = world.start()
    world.take(Step.CREATE, token)
    world.time_left = 0.4
    assert world.take(Step.SET, token) == "KeyUnlisted"
    assert world.secret.rotating == token
    world.time_left = 30
    assert world.rotate(token) == ""


def test_a_pending_key_that_was_revoked_by_hand_is_given_up_and_the_next_rotation_goes_through(
    world: World,
) -> None:
    world.rotate()
    token = world.start()
    world.take(Step.CREATE, token)
    world.key_of(token).revoked = True
    assert world.take(Step.SET, token) == "KeyUnlisted"
    world.clock.advance(LISTED_AFTER.total_seconds())
    assert world.take(Step.SET, token) == "KeyGone"
    assert world.secret.rotating == ""
    assert world.works()
    assert world.rotate() == ""


def test_a_key_that_the_provider_refuses_never_becomes_current(world: World) -> None:
    world.rotate()
    token = world.start()
    world.take(Step.CREATE, token)
    world.key_of(token).unknown_for = 1000
    for step in (Step.SET, Step.TEST, Step.FINISH):
        assert world.take(step, token) == "KeyRejected"
    assert world.works()
    world.key_of(token).unknown_for = 0
    assert world.rotate(token) == ""


def test_it_makes_the_calls_that_its_role_allows_and_no_other(
    world: World, templates: Templates
) -> None:
    operations: set[str] = set()
    world.client = Client(world.model, Calls(before_call=operations.add))
    assert world.rotate() == ""
    beside = LOG | NETWORK | ENCRYPTION
    assert granted(templates, "api_key_rotation") == of_secrets_manager(operations) | beside
