"""What people are told of a restart for a rotated secret."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lambdas.release_notifications.change import State
from lambdas.release_notifications.compose import compose
from lambdas.release_notifications.describe import deployment_of

from .known import MOVED, OLD, PLACE, RELEASE, change, events, release_facts, rollback_facts, told

RESTART = replace(RELEASE, by_stack=False, restarts=True, version=OLD)
WHY = "because a secret that its tasks take from their environment was rotated"


@pytest.mark.parametrize(
    ("description", "restarts"),
    [
        ("pase restart of shop for rotated secrets [12345678]", True),
        ("pase release sha256:1 request 1", False),
        ("", False),
    ],
)
def test_a_restart_is_known_by_its_description(description: str, restarts: bool) -> None:
    found = deployment_of({"deploymentId": "d-1", "description": description})
    assert found.deployment.restarts is restarts


def test_a_restart_that_begins_is_no_release_and_asks_nobody() -> None:
    message = told(State.START, release_facts(RESTART))
    assert message.subject == "[prod] shop: restart for a rotated secret started"
    assert message.text.startswith(
        "Restart started: shop in prod gets new tasks of the version that serves, "
        f"sha256:{'1' * 12} (shop:41), {WHY}. Users are not affected."
    )
    assert "It will ask for an approval" not in message.text
    assert "approved by itself where releases wait" in message.text


def test_nobody_is_asked_to_approve_a_restart() -> None:
    assert compose(change(State.READY), release_facts(RESTART), PLACE) is None
    assert compose(change(State.READY), release_facts(replace(MOVED, restarts=True)), PLACE) is None


def test_a_restart_that_ended_well_says_that_the_version_is_the_same_and_why() -> None:
    done = replace(MOVED, by_stack=False, restarts=True, version=OLD)
    message = told(State.SUCCESS, release_facts(done))
    assert message.subject == "[prod] shop: restarted with the same version"
    assert message.text.startswith(
        f"Restarted: shop in prod serves with the same version, sha256:{'1' * 12} (shop:41), {WHY}."
    )
    assert "Not what the stack asked for" not in message.text


@pytest.mark.parametrize(
    ("state", "verb"), [(State.FAILURE, "failed"), (State.STOP, "was stopped")]
)
def test_a_restart_that_did_not_last_is_a_persons_matter_without_hurry(
    state: State, verb: str
) -> None:
    failed = replace(RESTART, events=events("Install", "Failed", "no capacity"))
    message = told(state, release_facts(failed))
    assert message.subject == f"[prod] shop: restart for a rotated secret {verb}"
    assert message.text.startswith(
        f"Restart {verb} before any user traffic had moved; users were not affected."
    )
    assert "The restart is not tried again by itself." in message.text
    assert "a higher release.repeat in config/services/shop.toml" in message.text
    assert "Install: no capacity" in message.text


def test_one_that_had_moved_traffic_asks_to_look_at_users_first() -> None:
    failed = replace(RESTART, events=events("AllowTraffic", "InProgress"))
    message = told(State.STOP, release_facts(failed))
    assert "Restart was stopped and traffic goes back to the tasks from before." in message.text
    todo = message.text.split("What to do\n")[1].splitlines()[0]
    assert todo == "  See that users are well: python -m ops status prod shop"


def test_codedeploys_rollback_of_a_restart_says_what_to_do_about_the_restart() -> None:
    failed = replace(RESTART, events=events("Install", "Failed"))
    message = told(State.SUCCESS, rollback_facts(failed), deployment_id="d-BACK")
    assert "The restart is not tried again by itself." in message.text
    assert "Mend the version" not in message.text
