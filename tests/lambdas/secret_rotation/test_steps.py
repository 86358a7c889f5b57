"""What a step refuses, what it leaves alone, and what it says."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from lambdas.databases.errors import ConnectionRefused, LoginRefused
from lambdas.rotation.errors import (
    NotPending,
    Overtaken,
    RotationDisabled,
    StaleValue,
    StoreFailed,
    TooYoung,
    UnknownVersion,
)
from lambdas.rotation.events import Step
from lambdas.rotation.running import RotationFailed
from lambdas.secret_rotation.database_login import (
    AdminRefused,
    ElsewherePending,
    ForeignLogin,
    LoginInUse,
    OtherServer,
)
from lambdas.secret_rotation.handler import take
from tests.lambdas.secret_rotation.memory import Calls, Client, Role, secret_text
from tests.lambdas.secret_rotation.world import LOGINS, OWNER, World
from tests.support.asleep import asleep
from tests.support.rights import ENCRYPTION, LOG, NETWORK, granted, of_secrets_manager
from tests.support.templates import Templates


def error_of(world: World, step: Step, token: str) -> BaseException | None:
    invocation = world.invoke(step, token)
    invocation.finish()
    return invocation.error


def put_pending(world: World, text: str) -> str:
    """A rotation whose value is that."""
    token = world.start()
    world.client.ask(
        "PutSecretValue",
        SecretId=world.arn,
        ClientRequestToken=token,
        SecretString=text,
        VersionStages=["AWSPENDING"],
    )
    return token


@pytest.mark.parametrize("step", Step)
def test_a_version_that_the_secret_does_not_have_is_refused(step: Step) -> None:
    world = World()
    world.start()
    assert isinstance(error_of(world, step, "a-token-that-was-never-there-at-all"), UnknownVersion)


@pytest.mark.parametrize("step", Step)
def test_a_version_whose_rotation_was_given_up_is_refused_and_nothing_changes(step: Step) -> None:
    world = World()
    given_up = put_pending(world, secret_text("shop_b", "given-up-password"))
    world.discard_pending()
    world.client.ask(
        "UpdateSecretVersionStage",
        SecretId=world.arn,
        VersionStage="KEPT",
        MoveToVersionId=given_up,
    )
    before = dict(world.server.roles)
    assert isinstance(error_of(world, step, given_up), NotPending)
    assert world.server.roles == before


@pytest.mark.parametrize("step", Step)
def test_a_cancelled_rotation_is_refused_and_nothing_changes(step: Step) -> None:
    world = World()
    token = world.start()
    error_of(world, Step.CREATE, token)
    world.cancel()
    before = dict(world.server.roles)
    assert isinstance(error_of(world, step, token), RotationDisabled)
    assert world.server.roles == before


def test_a_step_that_slept_while_its_rotation_was_cancelled_changes_nothing() -> None:
    world = World()
    token = world.start()
    error_of(world, Step.CREATE, token)
    invocation = world.invoke(Step.SET, token)
    invocation.until("log in as admin")
    world.cancel()
    before = dict(world.server.roles)
    invocation.finish()
    assert isinstance(invocation.error, RotationDisabled)
    assert world.server.roles == before


def test_a_current_value_that_is_too_young_is_left_alone_until_it_is_older() -> None:
    world = World(minimum_age=timedelta(hours=2))
    token = world.start()
    world.clock.advance(7000)
    error = error_of(world, Step.CREATE, token)
    assert isinstance(error, TooYoung)
    assert "1.9 h old, and is left alone for 2.0 h" in str(error)
    world.clock.advance(300)
    assert error_of(world, Step.CREATE, token) is None


def test_a_step_of_a_rotation_that_is_through_does_nothing() -> None:
    world = World()
    world.end_rotated()
    before = dict(world.server.roles)
    for step in Step:
        assert error_of(world, step, world.tokens[-1]) is None
    assert world.server.roles == before


def test_alternating_logins_take_turns_and_the_former_one_goes_on_working() -> None:
    world = World()
    seen = []
    for _ in range(4):
        former = world.current()
        world.end_rotated()
        assert world.server.accepts(former)
        seen.append(world.current().username)
    assert seen == ["shop_b", "shop_a", "shop_b", "shop_a"]


def test_a_secret_with_a_login_of_another_name_comes_to_the_first_of_the_two() -> None:
    world = World()
    world.server.roles["shop"] = Role(password="old-password", member_of=OWNER)
    world.client.ask(
        "PutSecretValue", SecretId=world.arn, SecretString=secret_text("shop", "old-password")
    )
    world.end_rotated()
    assert world.current().username == "shop_a"


def test_a_new_password_is_of_48_letters_and_digits_and_never_the_same() -> None:
    world = World()
    passwords = set()
    for _ in range(5):
        world.end_rotated()
        passwords.add(world.current().password)
    assert len(passwords) == 5
    assert all(len(one) == 48 and one.isalnum() and one.isascii() for one in passwords)


def test_other_keys_of_the_secret_are_kept() -> None:
    world = World()
    text = secret_text("shop_a", "first-password").removesuffix("}") + ', "proxy": "pooled"}'
    world.client.ask("PutSecretValue", SecretId=world.arn, SecretString=text)
    world.end_rotated()
    assert world.current().rest == {"proxy": "pooled"}


def test_a_trial_with_a_copy_of_the_current_value_logs_in_and_changes_nothing() -> None:
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html"""
    world = World()
    token = put_pending(world, secret_text("shop_a", "first-password"))
    before = dict(world.server.roles)
    assert error_of(world, Step.TEST, token) is None
    assert world.server.roles == before


def test_a_trial_says_when_the_current_value_does_not_log_in() -> None:
    world = World()
    world.server.roles["shop_a"].password = "another-password"
    for token in (world.start(), put_pending(world, secret_text("shop_a", "first-password"))):
        assert isinstance(error_of(world, Step.TEST, token), LoginRefused)


def test_an_admin_secret_that_the_server_refuses_is_named() -> None:
    world = World()
    world.server.admin = "changed-by-hand"
    (error,) = world.rotate()
    assert isinstance(error, AdminRefused)
    assert "the admin secret's login is refused" in str(error)
    assert world.works()


def test_an_admin_password_that_was_rotated_after_it_was_read_is_read_again() -> None:
    world = World()
    token = world.start()
    error_of(world, Step.CREATE, token)
    invocation = world.invoke(Step.SET, token)
    # The current value, the pending one, and the admin secret.
    invocation.until("GetSecretValue", "GetSecretValue", "GetSecretValue", "GetSecretValue")
    world.change_admin()
    invocation.finish()
    assert invocation.error is None
    world.end_rotated()


def test_the_admin_password_goes_to_no_other_server_than_its_own() -> None:
    world = World()
    text = secret_text("admin", world.server.admin).replace("db.internal", "other.internal")
    world.client.ask("PutSecretValue", SecretId=world.admin_arn, SecretString=text)
    (error,) = world.rotate()
    assert isinstance(error, OtherServer)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (secret_text("shop_a", "stale-password-1"), LoginInUse),
        (secret_text("other_a", "stale-password-2"), ForeignLogin),
        (
            secret_text("shop_b", "stale-password-3").replace("db.internal", "old.internal"),
            ElsewherePending,
        ),
    ],
)
def test_a_pending_value_that_cannot_follow_is_given_up_and_the_next_rotation_goes_through(
    text: str, kind: type[StaleValue]
) -> None:
    world = World()
    token = put_pending(world, text)
    before = dict(world.server.roles)
    assert isinstance(error_of(world, Step.SET, token), kind)
    assert world.server.roles == before
    assert world.secret.rotating == ""
    assert world.rotate() == []
    assert world.works()


class AnswerLost(Client):
    """A client one of whose calls is carried out, and the answer never comes."""

    def __init__(self, world: World, call: str) -> None:
        super().__init__(world.model, Calls())
        self._lost = call

    def __getattr__(self, name: str) -> Callable[..., Mapping[str, Any]]:
        method = super().__getattr__(name)

        def lost(**parameters: Any) -> Mapping[str, Any]:
            method(**parameters)
            raise EndpointConnectionError(endpoint_url="https://secretsmanager")

        return lost if name == self._lost else method


def test_a_move_of_awscurrent_whose_answer_is_lost_counts_as_made() -> None:
    world = World()
    world.client = AnswerLost(world, "update_secret_version_stage")
    assert world.rotate() == []
    assert world.secret.labels["AWSCURRENT"] == world.tokens[-1]


def test_a_value_whose_answer_is_lost_is_the_one_that_is_rotated_to() -> None:
    world = World()
    client, world.client = world.client, AnswerLost(world, "put_secret_value")
    token = world.start()
    assert isinstance(error_of(world, Step.CREATE, token), StoreFailed)
    world.client = client
    assert world.rotate(token=token) == []


def test_a_move_that_another_one_was_faster_than_is_refused() -> None:
    world = World()
    token = world.start()
    for step in (Step.CREATE, Step.SET, Step.TEST):
        error_of(world, step, token)
    invocation = world.invoke(Step.FINISH, token)
    invocation.until("log in", "DescribeSecret")
    world.put_by_hand("shop_a")
    invocation.finish()
    assert isinstance(invocation.error, Overtaken)
    assert world.works()


def test_a_single_user_whose_current_password_is_refused_is_mended_with_the_admin_secret() -> None:
    world = World(LOGINS[:1])
    world.server.roles["shop_a"].password = "changed-by-hand"
    assert not world.works()
    assert world.rotate() == []
    assert world.works()


def test_a_paused_cluster_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Through the function's own entry; what it meets in the end is not waited for."""
    world = World()

    def refuse(host: str, port: int) -> socket.socket:
        raise ConnectionRefused(f"{host}:{port} takes no connection")

    attempts = asleep(monkeypatch, answers=refuse)
    environ = {
        "SECRET_ARN": world.arn,
        "ADMIN_SECRET_ARN": world.admin_arn,
        "LOGINS": ",".join(LOGINS),
        "OWNER": OWNER,
    }
    event = {"Step": "testSecret", "SecretId": world.arn, "ClientRequestToken": world.start()}
    with pytest.raises(RotationFailed, match="ConnectionRefused"):
        take(event, environ, client=world.client)
    assert len(attempts) == 3


def test_it_makes_the_calls_that_its_role_allows_and_no_other(templates: Templates) -> None:
    world = World()
    operations: set[str] = set()
    world.client = Client(world.model, Calls(before_call=operations.add))
    assert world.rotate() == []
    beside = LOG | NETWORK | ENCRYPTION
    assert granted(templates, "secret_rotation") == of_secrets_manager(operations) | beside
