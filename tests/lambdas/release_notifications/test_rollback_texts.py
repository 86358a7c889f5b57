"""Whole messages about CodeDeploy's own deployments that take a release back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lambdas.release_notifications.change import State
from lambdas.release_notifications.compose import compose
from lambdas.release_notifications.facts import Deployment, Facts

from .known import (
    FAILED_CHECKS,
    MOVED,
    NEW,
    OLD,
    PLACE,
    RELEASE,
    change,
    events,
    footer,
    rollback_facts,
    told,
)

ALARMED = replace(
    MOVED,
    error_code="ALARM_ACTIVE",
    error_message="Activated alarms: <shop-GreenErrorRate>",
    rollback_id="d-BACK",
)
CHECKED = replace(
    RELEASE,
    error_code="HOOK_EXECUTION_FAILURE",
    events=events("AfterAllowTestTraffic", "Failed"),
    rollback_id="d-BACK",
)
BACK = "d-BACK, taking back d-NEW"


def test_a_rollback_that_starts_is_no_new_release() -> None:
    facts = rollback_facts(ALARMED, alarms=("shop-GreenErrorRate",))
    message = told(State.START, facts, "d-BACK")
    assert message.subject == "[prod] shop: rollback started"
    assert message.text == (
        f"""\
Rollback started: CodeDeploy takes shop in prod from sha256:222222222222 (shop:42) back to \
sha256:111111111111 (shop:41). All users had sha256:222222222222 (shop:42) for a time.

What to do
  Nothing yet: a message follows when it has ended. To follow it: python -m ops watch prod shop

Why
  CodeDeploy  ALARM_ACTIVE: Activated alarms: <shop-GreenErrorRate>
  Ended at    the hot standby, after all traffic had moved
  Alarms      in ALARM now: shop-GreenErrorRate

{footer(deployment=BACK)}"""
    )


def test_a_rollback_in_hot_standby_leaves_another_version_than_the_stack_asked_for() -> None:
    message = told(State.SUCCESS, rollback_facts(ALARMED, asked=NEW), "d-BACK")
    assert message.subject == "[prod] shop: rolled back, old version serves"
    assert message.text == (
        f"""\
Rolled back: sha256:111111111111 (shop:41) serves all users of shop in prod again. All users had \
sha256:222222222222 (shop:42) for a time.

What to do
  Look at the alarms below and at the service's log from before. Mend the version and release it \
once no alarm is in ALARM: until then a release would be stopped again.

Not what the stack asked for
  The stack asked for sha256:222222222222 (shop:42); sha256:111111111111 (shop:41) serves. \
CloudFormation counts that release as done: deploying the stack again without a change starts \
nothing.
  To release the same digest again, on purpose: python -m ops release, or raise release.repeat in \
config/services/shop.toml and deploy.

Why
  CodeDeploy  ALARM_ACTIVE: Activated alarms: <shop-GreenErrorRate>
  Ended at    the hot standby, after all traffic had moved
  Alarms      none of the release's alarms is in ALARM now

{footer(deployment=BACK)}"""
    )


def test_a_rollback_before_the_stack_was_done_leaves_it_to_cloudformation() -> None:
    message = told(State.SUCCESS, rollback_facts(ALARMED), "d-BACK")
    assert "Not what the stack asked for" not in message.text
    assert "CloudFormation takes the stack's change back by itself; let it." in message.text


def test_a_rollback_after_failed_checks_says_that_no_user_was_affected() -> None:
    message = told(State.SUCCESS, rollback_facts(CHECKED, checks=FAILED_CHECKS), "d-BACK")
    assert message.subject == "[prod] shop: rolled back, users were not affected"
    assert message.text == (
        f"""\
Rolled back before any user traffic had moved: sha256:111111111111 (shop:41) serves all users of \
shop in prod as before.

What to do
  Nothing is urgent. Read below which checks failed; the log is that of the function \
pase-shop-checks. Mend the version and release it.
  CloudFormation takes the stack's change back by itself; let it.

Why
  CodeDeploy  HOOK_EXECUTION_FAILURE
  Ended at    AfterAllowTestTraffic
  Checks      shop release in prod: 2 of 4 checks failed: front page, and 1 more
              front page: 5 of 20 requests: expected status 200, got 500
              ready: 5 of 5 requests: no complete answer within 5 s
  Alarms      none of the release's alarms is in ALARM now

{footer(deployment=BACK)}"""
    )


@pytest.mark.parametrize(
    ("release", "said"),
    [
        (CHECKED, "Users were not affected: none of their traffic had moved."),
        (
            replace(ALARMED, events=events("AllowTraffic", "Failed")),
            "Some users had sha256:222222222222 (shop:42) for a time.",
        ),
        (replace(ALARMED, events=None), "Whether users had the new version could not be found out"),
    ],
)
def test_a_rollback_says_how_far_users_had_the_new_version(release: Deployment, said: str) -> None:
    assert said in told(State.START, rollback_facts(release), "d-BACK").text.splitlines()[0]


@pytest.mark.parametrize(
    ("state", "verb"), [(State.FAILURE, "FAILED"), (State.STOP, "WAS STOPPED")]
)
def test_a_rollback_that_does_not_end_well_wakes_somebody(state: State, verb: str) -> None:
    message = told(state, rollback_facts(ALARMED, serving=NEW), "d-BACK")
    assert message.subject == f"[prod] shop: ROLLBACK {verb}, USERS MAY BE AFFECTED"
    assert message.text == (
        f"""\
ROLLBACK {verb}: users of shop in prod may be affected. It should have gone from \
sha256:222222222222 (shop:42) back to sha256:111111111111 (shop:41); ECS's PRIMARY is \
sha256:222222222222 (shop:42).

What to do
  Now: see where traffic goes: python -m ops status prod shop
  Release the old version again: python -m ops rollback prod shop

Why
  Rollback    gave no reason
  CodeDeploy  ALARM_ACTIVE: Activated alarms: <shop-GreenErrorRate>
  Ended at    the hot standby, after all traffic had moved
  Alarms      none of the release's alarms is in ALARM now

{footer(serving=NEW, deployment=BACK)}"""
    )


def test_a_rollback_that_ends_while_another_version_is_primary_says_so() -> None:
    message = told(State.SUCCESS, rollback_facts(ALARMED, serving=NEW), "d-BACK")
    assert message.subject == "[prod] shop: rolled back, but another version serves"
    assert message.text.startswith(
        "Rolled back, but sha256:222222222222 (shop:42) serves shop in prod and not "
        "sha256:111111111111 (shop:41), to which it went back."
    )


def test_a_rollback_whose_revision_cannot_be_read_names_what_serves() -> None:
    facts = rollback_facts(ALARMED)
    assert facts.deployment is not None
    unreadable = replace(facts, deployment=replace(facts.deployment, version=None))
    message = told(State.SUCCESS, unreadable, "d-BACK")
    assert message.text.startswith(f"Rolled back: {OLD.short} serves all users of shop in prod")


def test_a_rollback_of_an_unknown_release_is_told_as_a_rollback() -> None:
    lost = Facts(deployment=Deployment(id="d-BACK", rollback=True), serving=OLD)
    message = told(State.SUCCESS, lost, "d-BACK")
    assert message.subject == "[prod] shop: rolled back, old version serves"
    assert "Deployment   d-BACK, taking back an unknown one" in message.text
    assert "Look at what runs: python -m ops status prod shop" in message.text


def test_a_rollback_waits_for_nobody() -> None:
    assert compose(change(State.READY, "d-BACK"), rollback_facts(ALARMED), PLACE) is None
