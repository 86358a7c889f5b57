"""Whole messages about releases, as people get them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lambdas.release_notifications.change import State
from lambdas.release_notifications.compose import compose
from lambdas.release_notifications.facts import Checks, Facts, LifecycleEvent

from .known import (
    FACTS,
    FAILED_CHECKS,
    MOVED,
    NEW,
    OLD,
    PLACE,
    RELEASE,
    change,
    events,
    footer,
    release_facts,
    told,
)

WAITING = replace(RELEASE, events=events("AfterAllowTestTraffic", "Succeeded"))
SHIFTING = replace(
    RELEASE,
    error_code="ALARM_ACTIVE",
    error_message="Activated alarms: <shop-GreenErrorRate>",
    events=events("AllowTraffic", "Failed", "stopped by an alarm"),
)


def test_a_release_that_starts() -> None:
    message = told(State.START, FACTS)
    assert message.subject == "[prod] shop: release started"
    assert message.text == (
        f"""\
Release started: shop in prod gets sha256:222222222222 (shop:42). Users are not affected: \
sha256:111111111111 (shop:41) serves them.

What to do
  Nothing. To follow it: python -m ops watch prod shop
  It will ask for an approval before any user traffic moves, and wait 15 minutes for it.

{footer()}"""
    )


def test_a_release_without_approval_does_not_speak_of_one() -> None:
    release = replace(RELEASE, ready_minutes=0, needs_approval=False)
    assert "approval" not in told(State.START, release_facts(release)).text


def test_an_operators_return_to_an_earlier_version_is_called_so() -> None:
    message = told(State.START, release_facts(replace(RELEASE, goes_back=True)))
    assert message.subject == "[prod] shop: return to an earlier version started"
    assert message.text.startswith("Return to an earlier version started: shop in prod gets ")


def test_a_release_that_waits_for_approval() -> None:
    passed = Checks(passed=True, summary="shop release in prod: all 4 checks passed")
    message = told(State.READY, release_facts(WAITING, checks=passed))
    assert message.subject == "[prod] shop: release waits for approval until 2026-11-25 03:27 UTC"
    assert message.text == (
        f"""\
Waiting for approval: sha256:222222222222 (shop:42) of shop in prod is ready beside the old \
version. Users are not affected: sha256:111111111111 (shop:41) serves them.

What to do
  Approve: python -m ops approve prod shop
  Refuse: python -m ops rollback prod shop
  Until 2026-11-25 03:27 UTC. After that CodeDeploy stops the release, and users stay where they \
are.

So far
  Checks  shop release in prod: all 4 checks passed

{footer()}"""
    )


def test_a_wait_that_ends_by_itself_says_when_traffic_moves() -> None:
    message = told(State.READY, release_facts(replace(WAITING, needs_approval=False)))
    assert "Without an approval traffic moves by itself at 2026-11-25 03:27 UTC." in message.text
    assert "CodeDeploy stops the release" not in message.text


def test_a_release_that_is_ready_and_waits_for_nobody_is_not_told() -> None:
    release = replace(WAITING, ready_minutes=0, needs_approval=False)
    assert compose(change(State.READY), release_facts(release), PLACE) is None


def test_a_release_that_waits_after_all_traffic_has_moved() -> None:
    message = told(State.READY, release_facts(MOVED, serving=NEW))
    assert message.subject == "[prod] shop: all traffic moved"
    assert message.text == (
        f"""\
All traffic moved: sha256:222222222222 (shop:42) serves all users of shop in prod. The old version \
stays as a hot standby until 2026-11-25 03:50 UTC.

What to do
  Nothing. If users have trouble, take it back in seconds: python -m ops rollback prod shop

{footer(serving=NEW)}"""
    )


def test_traffic_has_moved_when_blues_end_is_awaited_even_if_the_events_are_not_known() -> None:
    message = told(State.READY, release_facts(replace(MOVED, events=None), serving=NEW))
    assert message.subject == "[prod] shop: all traffic moved"
    assert "as a hot standby until 2026-11-25 04:12 UTC." in message.text


def test_a_release_that_ends_well() -> None:
    message = told(State.SUCCESS, release_facts(MOVED, serving=NEW, asked=NEW))
    assert message.subject == "[prod] shop: release ended well"
    assert message.text == (
        f"""\
Release ended well: sha256:222222222222 (shop:42) serves all users of shop in prod. The hot \
standby is over.

What to do
  Nothing. Going back is a new deployment from now on: python -m ops rollback prod shop

{footer(serving=NEW)}"""
    )


def test_a_stack_that_has_not_yet_written_what_it_asked_for_is_no_mismatch() -> None:
    message = told(State.SUCCESS, release_facts(MOVED, serving=NEW))
    assert "Not what the stack asked for" not in message.text


def test_a_release_made_by_hand_that_the_stack_did_not_ask_for_says_so() -> None:
    by_hand = replace(MOVED, by_stack=False)
    message = told(State.SUCCESS, release_facts(by_hand, serving=NEW))
    assert (
        "The stack asked for sha256:111111111111 (shop:41); sha256:222222222222 (shop:42) serves."
        in message.text
    )


def test_a_release_that_succeeds_while_another_version_is_primary_says_so() -> None:
    message = told(State.SUCCESS, release_facts(MOVED))
    assert message.subject == "[prod] shop: release ended, but another version serves"
    assert message.text.startswith(
        "Release ended, but sha256:111111111111 (shop:41) serves shop in prod and not "
        "sha256:222222222222 (shop:42)."
    )


def test_a_release_that_fails_its_checks() -> None:
    reason = "One or more validation functions failed."
    release = replace(
        RELEASE,
        error_code="HOOK_EXECUTION_FAILURE",
        error_message=reason,
        events=events("AfterAllowTestTraffic", "Failed", reason),
        rollback_id="d-BACK",
        rollback_expected=True,
    )
    message = told(State.FAILURE, release_facts(release, checks=FAILED_CHECKS))
    assert message.subject == "[prod] shop: release failed, users not affected"
    assert message.text == (
        f"""\
Release failed before any user traffic had moved: users of shop in prod were not affected. \
sha256:111111111111 (shop:41) serves them; sha256:222222222222 (shop:42) got none of their traffic.

What to do
  Nothing is urgent. Read below which checks failed; the log is that of the function \
pase-shop-checks. Mend the version and release it.
  CloudFormation takes the stack's change back by itself; let it.

Why
  CodeDeploy  HOOK_EXECUTION_FAILURE: One or more validation functions failed.
  Ended at    AfterAllowTestTraffic
  Checks      shop release in prod: 2 of 4 checks failed: front page, and 1 more
              front page: 5 of 20 requests: expected status 200, got 500
              ready: 5 of 5 requests: no complete answer within 5 s
  Alarms      none of the release's alarms is in ALARM now

{footer(deployment="d-NEW, taken back by d-BACK")}"""
    )


def test_an_alarm_while_traffic_moves() -> None:
    release = replace(SHIFTING, rollback_id="d-BACK", rollback_expected=True)
    alarms = ("shop-GreenErrorRate", "shop-GreenLatency")
    message = told(State.STOP, release_facts(release, alarms=alarms))
    assert message.subject == "[prod] shop: release was stopped, traffic goes back"
    assert message.text == (
        f"""\
Release was stopped while traffic was moving: some users of shop in prod had sha256:222222222222 \
(shop:42). Traffic goes back to sha256:111111111111 (shop:41); the next message says when it has.

What to do
  See that users are well again: python -m ops status prod shop
  Look at the alarms below and at the service's log from before. Mend the version and release it \
once no alarm is in ALARM: until then a release would be stopped again.

Why
  CodeDeploy  ALARM_ACTIVE: Activated alarms: <shop-GreenErrorRate>
  Ended at    AllowTraffic: stopped by an alarm
  Alarms      in ALARM now: shop-GreenErrorRate
              in ALARM now: shop-GreenLatency

{footer(deployment="d-NEW, taken back by d-BACK")}"""
    )


def test_a_stop_in_hot_standby_says_what_the_stack_asked_for() -> None:
    release = replace(MOVED, error_code="MANUAL_STOP", rollback_id="d-BACK")
    message = told(State.STOP, release_facts(release, serving=NEW, asked=NEW))
    assert message.text == (
        f"""\
Release was stopped after all traffic had moved: all users of shop in prod had sha256:222222222222 \
(shop:42) since 2026-11-25 02:50 UTC. Traffic goes back to sha256:111111111111 (shop:41); the next \
message says when it has.

What to do
  See that users are well again: python -m ops status prod shop
  Somebody stopped it, or a release did (its time was over, or a newer one came); CloudTrail says \
who (StopDeployment).

Not what the stack asked for
  The stack asked for sha256:222222222222 (shop:42); sha256:111111111111 (shop:41) is about to \
serve. CloudFormation counts that release as done: deploying the stack again without a change \
starts nothing.
  To release the same digest again, on purpose: python -m ops release, or raise release.repeat in \
config/services/shop.toml and deploy.

Why
  CodeDeploy  MANUAL_STOP
  Ended at    the hot standby, after all traffic had moved
  Alarms      none of the release's alarms is in ALARM now

{footer(serving=NEW, deployment="d-NEW, taken back by d-BACK")}"""
    )


def test_a_rollback_that_is_only_expected_is_not_promised() -> None:
    message = told(State.STOP, release_facts(replace(SHIFTING, rollback_expected=True)))
    assert message.subject == "[prod] shop: release was stopped, traffic should go back"
    assert "if CodeDeploy does as it is set to." in message.text.splitlines()[0]
    assert (
        "If no message of a rollback follows within 5 minutes, see where traffic goes: "
        "python -m ops status prod shop" in message.text
    )


def test_a_release_that_ends_badly_without_a_rollback_is_the_loudest() -> None:
    message = told(State.FAILURE, release_facts(SHIFTING))
    assert message.subject == "[prod] shop: release failed, USERS MAY BE AFFECTED"
    assert message.text.splitlines()[0].endswith(
        "No rollback is known of, and sha256:111111111111 (shop:41) serves them."
    )
    assert "Now: see where traffic goes: python -m ops status prod shop" in message.text
    assert "If it should not be there: python -m ops rollback prod shop" in message.text


@pytest.mark.parametrize(
    ("code", "events_", "said"),
    [
        ("TIMEOUT", events("BeforeAllowTraffic", "Failed"), "Nobody approved it in time."),
        ("MANUAL_STOP", WAITING.events, "Somebody stopped it while it waited for approval"),
    ],
)
def test_a_release_that_nobody_approved(
    code: str, events_: tuple[LifecycleEvent, ...], said: str
) -> None:
    release = replace(WAITING, error_code=code, events=events_)
    message = told(State.STOP, release_facts(release))
    assert message.subject == "[prod] shop: release was stopped, users not affected"
    assert said in message.text
    assert "Ended at    the wait for approval" in message.text


def test_a_release_stopped_after_its_checks_without_an_approval_to_wait_for() -> None:
    release = replace(WAITING, needs_approval=False, ready_minutes=0, error_code="MANUAL_STOP")
    text = told(State.STOP, release_facts(release)).text
    assert "approv" not in text
    assert "Somebody stopped it, or a release did" in text
    assert "Ended at    no lifecycle event has failed" in text


def test_a_release_left_in_place_that_the_stack_did_not_get_done_says_what_serves() -> None:
    message = told(State.STOP, release_facts(MOVED, serving=NEW, asked=OLD))
    assert (
        "The stack asked for sha256:111111111111 (shop:41); sha256:222222222222 (shop:42) serves."
        in message.text
    )


def test_tasks_that_never_start() -> None:
    release = replace(RELEASE, error_code="TIMEOUT", events=events("Install", "Failed", "no green"))
    message = told(State.FAILURE, release_facts(release))
    assert "If its tasks did not start, ECS says why: python -m ops status prod shop" in (
        message.text
    )
    assert "Ended at    Install: no green" in message.text


def test_a_deployment_that_cannot_be_asked_about_is_told_all_the_same() -> None:
    facts = Facts(unknown=("Deployment d-NEW: throttled", "What serves: throttled"))
    message = told(State.FAILURE, facts)
    assert message.subject == "[prod] shop: deployment has failed, more is not known"
    assert message.text == (
        """\
A deployment of shop in prod has failed; whether users are affected could not be found out. ECS's \
PRIMARY version is unknown.

What to do
  Look at what runs: python -m ops status prod shop

Release
  Service      shop
  Environment  prod (444444444444, ap-southeast-1)
  Old          unknown
  New          unknown
  Serving      unknown
  Deployment   d-NEW
  At           2026-11-25 03:12 UTC
  Console      https://ap-southeast-1.console.aws.amazon.com/codesuite/codedeploy/deployments/\
d-NEW?region=ap-southeast-1

Could not be found out
  Deployment d-NEW: throttled
  What serves: throttled
"""
    )


def test_what_is_missing_is_said_to_be_unknown_and_nothing_is_guessed() -> None:
    release = replace(RELEASE, version=None, events=None, error_code="INTERNAL_ERROR")
    facts = Facts(deployment=release, unknown=("The alarms: AccessDenied",))
    message = told(State.FAILURE, facts)
    assert message.subject == "[prod] shop: release failed, USERS MAY BE AFFECTED"
    assert message.text.splitlines()[0] == (
        "Release failed and it is not known whether users of shop in prod had an unknown version. "
        "No rollback is known of, and what serves them could not be found out."
    )
    assert "  Ended at    unknown\n  Alarms      unknown\n" in message.text
    assert message.text.endswith("Could not be found out\n  The alarms: AccessDenied\n")


def test_checks_that_left_no_report_are_said_to_have_left_none() -> None:
    release = replace(RELEASE, events=events("AfterAllowTestTraffic", "Failed"))
    text = told(State.FAILURE, release_facts(release)).text
    assert "Checks      there is no report of theirs for this deployment" in text
    assert (
        "So far\n  Checks  no report of theirs\n" in told(State.READY, release_facts(WAITING)).text
    )
