"""When a service is restarted for its secrets, and when that is left to later or to a person."""

from __future__ import annotations

import pytest

from lambdas.release.appspec import request_in
from lambdas.secret_redeployment.decision import (
    Approve,
    NeedsPerson,
    Start,
    UpToDate,
    Wait,
    decide,
)
from tests.lambdas.secret_redeployment.given import ARN, release, restart, secret, state


def reason(decision: object) -> str:
    assert isinstance(decision, Wait | NeedsPerson)
    return decision.reason


def test_tasks_that_started_after_the_secret_was_rotated_have_it() -> None:
    assert decide(state(secret(0), serving=2, now=60)) == UpToDate()


def test_tasks_from_before_are_restarted_and_the_deployment_says_for_what() -> None:
    rotated = secret(0)
    decision = decide(state(rotated, now=5))
    assert decision == Start(
        secrets=[rotated],
        description=f"pase restart of shop for rotated secrets [{rotated.fingerprint}]",
    )


def test_the_stacks_release_does_not_take_a_restart_for_its_own() -> None:
    decision = decide(state(secret(0), now=5))
    assert isinstance(decision, Start)
    assert request_in(decision.description) is None
    assert not restart(0, secret(0), description=decision.description).takes_back


def test_tasks_that_started_within_a_minute_of_it_are_restarted_to_be_sure() -> None:
    assert isinstance(decide(state(secret(0), serving=0.9, now=5)), Start)
    assert decide(state(secret(0), serving=1, now=5)) == UpToDate()


def test_secrets_rotated_one_after_the_other_are_one_restart() -> None:
    first, second = secret(0), secret(1.5, name="payments")
    assert "other secrets may follow until 12:02:00" in reason(decide(state(first, now=1)))
    assert isinstance(decide(state(first, second, now=3)), Wait), "two minutes after the second"
    decision = decide(state(first, second, now=3.5))
    assert isinstance(decision, Start)
    assert decision.secrets == [first, second]


def test_a_rotation_under_way_is_awaited_for_an_hour_and_no_longer() -> None:
    first, second = secret(0), secret(-5000, name="payments", rotating=True)
    assert reason(decide(state(first, second, now=59))) == (
        "being rotated: pase/shop/payments; one restart will do for all"
    )
    decision = decide(state(first, second, now=60))
    assert isinstance(decision, Start)
    assert decision.secrets == [first], "the one that is stuck does not hold up the other"


@pytest.mark.parametrize("status", ["Created", "Queued", "InProgress", "Baking", "Ready"])
def test_nothing_is_started_while_a_release_is_active(status: str) -> None:
    decision = decide(state(secret(0), deployments=[release(3, status=status)], now=30))
    assert f"deployment d-3, a release or rollback, has not ended ({status})" in reason(decision)


def test_a_release_that_failed_a_moment_ago_may_yet_be_rolled_back() -> None:
    failed = release(5, status="Failed")
    assert "its rollback may follow" in reason(
        decide(state(secret(0), deployments=[failed], now=16))
    )
    assert isinstance(decide(state(secret(0), deployments=[failed], now=17)), Start)


def test_in_alarm_nothing_is_started_that_would_be_stopped_at_once() -> None:
    assert reason(decide(state(secret(0), breaching=["shop-Errors"], now=10))) == (
        "in ALARM: shop-Errors"
    )


@pytest.mark.parametrize("status", ["Failed", "Stopped"])
def test_a_restart_that_did_not_last_is_not_repeated_and_a_person_is_told(status: str) -> None:
    rotated = secret(0)
    failed = restart(5, rotated, status=status, error="green is not healthy", rolled_back_by="d-b")
    told = reason(decide(state(rotated, deployments=[failed], now=60)))
    assert told == (
        f"the restart of shop for pase/shop/database did not last: deployment d-5 "
        f"{status.lower()}: green is not healthy. It is not tried again by itself. shop:7 serves "
        "with the login before, which works until the next rotation. Find out why, then release: "
        "a new version, or the same with a higher release.repeat in config/services/shop.toml"
    )


def test_another_secret_or_another_version_is_a_reason_to_try_again() -> None:
    rotated = secret(0)
    failed = restart(5, rotated, rolled_back_by="d-b")
    for other in (secret(20, version="v3"), secret(20, name="payments")):
        decision = decide(state(rotated, other, deployments=[failed], now=60))
        assert isinstance(decision, Start)


def test_after_a_release_that_took_the_restart_back_it_is_tried_once_more() -> None:
    rotated = secret(0)
    taken_back = restart(5, rotated, status="Stopped")
    failed = release(7, status="Failed", rolled_back_by="d-b")
    again = [taken_back, failed]
    assert isinstance(decide(state(rotated, deployments=again, now=60)), Start)
    again.append(restart(61, rotated, rolled_back_by="d-c"))
    assert isinstance(decide(state(rotated, deployments=again, now=90)), NeedsPerson)


def test_codedeploys_rollback_of_a_restart_is_no_restart_though_it_has_its_description() -> None:
    rotated = secret(0)
    back = restart(16, rotated, status="Succeeded", creator="codeDeployRollback")
    failed = restart(5, rotated, rolled_back_by=back.id)
    told = reason(decide(state(rotated, deployments=[back, failed], now=60)))
    assert "deployment d-5 failed" in told


def test_what_a_restart_was_made_for_is_done_when_the_restart_serves() -> None:
    rotated = secret(0)
    done = restart(0.2, rotated, status="Succeeded")
    assert decide(state(rotated, serving=0.4, deployments=[done], now=60)) == UpToDate()


def test_a_restart_that_waits_for_approval_is_approved_and_no_other_deployment() -> None:
    rotated = secret(0)
    ready = restart(5, rotated, status="Ready")
    assert decide(state(rotated, deployments=[ready], now=6)) == Approve(deployment=ready)
    for other in (
        release(5, status="Ready"),
        restart(5, rotated, status="Ready", task_definition=ARN.replace(":7", ":8")),
        restart(5, rotated, status="Ready", task_definition=None),
        restart(5, rotated, status="Ready", in_standby=True),
        restart(5, rotated, status="Ready", creator="codeDeployRollback"),
    ):
        assert isinstance(decide(state(rotated, deployments=[other], now=6)), Wait)


def test_a_wait_of_hours_becomes_a_persons_matter() -> None:
    rotated = secret(0)
    assert isinstance(decide(state(rotated, breaching=["shop-Errors"], now=359)), Wait)
    told = reason(decide(state(rotated, breaching=["shop-Errors"], now=360)))
    assert told == (
        "the tasks of shop should have been restarted since 2030-01-01 12:00 UTC for "
        "pase/shop/database, and still are not: in ALARM: shop-Errors. They hold the login "
        "before, which works until the next rotation"
    )


def test_a_version_that_is_current_again_is_another_reason_than_the_first_time() -> None:
    rotated = secret(0)
    earlier = restart(-700, rotated, status="Succeeded")
    decision = decide(state(rotated, serving=-600, deployments=[earlier], now=60))
    assert isinstance(decision, Start)


def test_a_description_never_gets_too_long_for_codedeploy() -> None:
    many = [secret(0, name=f"key{number}") for number in range(40)]
    decision = decide(state(*many, now=60))
    assert isinstance(decision, Start)
    assert len(decision.description) <= 256
    first = restart(60, *many[:16], rolled_back_by="d-b")
    again = decide(state(*many, deployments=[first], now=121))
    assert isinstance(again, Start)
    assert many[16].fingerprint in again.description, "those that were left out come next"
