"""Alarms and operators take a release back, at whatever moment it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.releases.platform import Platform, digest
from tests.releases.test_scenarios import assert_settled_on, states
from tests.support.templates import Json

Moment = Callable[[Platform], None]


def at_first_step(platform: Platform) -> None:
    """20 % of users are on green."""
    platform.deploy(2)
    platform.wait(lambda: len(platform.shares()) == 2)
    platform.pass_time(60)


def in_bake(platform: Platform) -> None:
    """All users are on green, and the stack is not done."""
    platform.deploy(2)
    platform.wait(lambda: platform.shares() == {"green": 100})
    platform.pass_time(5 * 60)
    assert platform.stack.status.in_progress


def in_standby(platform: Platform) -> None:
    """The stack is done, and blue is still there."""
    assert platform.release(2) == "UPDATE_COMPLETE"
    platform.pass_time(20 * 60)
    assert len(platform.task_sets()) == 2


@pytest.mark.parametrize("moment", [at_first_step, in_bake], ids=["at 20 %", "in bake"])
@pytest.mark.parametrize("alarm", ["GreenErrorRate", "BlueLatency", "LoadBalancerErrorRate"])
def test_an_alarm_takes_the_release_back_at_once_and_the_stack_with_it(
    staging: Platform, moment: Moment, alarm: str
) -> None:
    moment(staging)
    staging.alarm(alarm, "ALARM")
    staging.pass_time(1)
    assert staging.shares() == {"blue": 100}

    staging.wait(lambda: not staging.stack.status.in_progress)
    assert staging.status == "UPDATE_ROLLBACK_COMPLETE", staging.describe()
    (why,) = staging.answers()
    assert f"storefront-{alarm}" in why
    assert states(staging) == ["Stopped (user)", "Succeeded (codeDeployRollback)"]
    staging.alarm(alarm, "OK")
    assert_settled_on(staging, 1)


def test_an_alarm_in_hot_standby_takes_it_back_after_the_stack_has_succeeded(
    staging: Platform,
) -> None:
    in_standby(staging)
    staging.alarm("GreenErrorRate", "ALARM")
    staging.pass_time(30)

    assert staging.shares() == {"blue": 100}
    assert staging.status == "UPDATE_COMPLETE"
    assert staging.asked_for() == digest(2)
    staging.alarm("GreenErrorRate", "OK")
    assert_settled_on(staging, 1)
    told = "\n".join(text for _, text in staging.messages())
    assert digest(1)[:15] in told
    assert "asked for" in told
    assert "release.repeat" in told


def test_the_same_digest_is_released_again_on_purpose(staging: Platform) -> None:
    in_standby(staging)
    staging.alarm("GreenErrorRate", "ALARM")
    staging.pass_time(60)
    staging.alarm("GreenErrorRate", "OK")
    assert staging.primary() == digest(1)

    def again(template: Json) -> None:
        (release,) = [
            resource
            for resource in template["Resources"].values()
            if resource["Type"] == "Custom::Release"
        ]
        release["Properties"]["Repeat"] = "1"

    staging.change = again
    assert staging.release(2) == "UPDATE_COMPLETE", staging.describe()
    assert staging.primary() == digest(2) == staging.asked_for()


def test_what_was_taken_back_is_not_released_again_when_a_later_release_goes_back(
    staging: Platform,
) -> None:
    """CloudFormation then asks for it, because it was the last that had succeeded."""
    in_standby(staging)
    staging.alarm("GreenErrorRate", "ALARM")
    staging.pass_time(60)
    staging.alarm("GreenErrorRate", "OK")
    staging.bad_digests.add(digest(3))

    assert staging.release(3) == "UPDATE_ROLLBACK_COMPLETE", staging.describe()
    assert states(staging) == [
        "Stopped (user)",
        "Succeeded (codeDeployRollback)",
        "Failed (user)",
        "Succeeded (codeDeployRollback)",
    ]
    assert staging.asked_for() == digest(2)
    assert_settled_on(staging, 1)


@pytest.mark.parametrize("moment", [at_first_step, in_bake], ids=["at 20 %", "in bake"])
def test_an_operator_takes_a_running_release_back_with_one_click(
    staging: Platform, moment: Moment
) -> None:
    moment(staging)
    answer = staging.rollback()
    staging.pass_time(1)

    assert answer["action"] == "stopped"
    assert staging.shares() == {"blue": 100}
    staging.wait(lambda: not staging.stack.status.in_progress)
    assert staging.status == "UPDATE_ROLLBACK_COMPLETE"
    assert_settled_on(staging, 1)


def test_an_operator_takes_a_release_back_in_hot_standby(staging: Platform) -> None:
    in_standby(staging)
    staging.rollback()
    staging.pass_time(1)

    assert staging.shares() == {"blue": 100}
    assert staging.status == "UPDATE_COMPLETE"
    assert_settled_on(staging, 1)


def test_after_the_clean_up_a_rollback_is_a_release_of_what_served_before(
    staging: Platform,
) -> None:
    assert staging.release(2) == "UPDATE_COMPLETE"
    staging.pass_time(61 * 60)
    assert staging.task_sets() == {digest(2): "PRIMARY"}

    answer = staging.rollback()
    assert answer["action"] == "started"
    staging.wait(lambda: staging.primary() == digest(1))
    assert states(staging)[-1] == "InProgress (user)"
    staging.pass_time(61 * 60)
    assert_settled_on(staging, 1)
    # It was checked as every release is.
    assert any(call.package == "release_checks" for call in staging.functions.calls)


def test_the_next_release_after_a_rollback_by_hand_is_a_release_as_always(
    staging: Platform,
) -> None:
    in_standby(staging)
    staging.rollback()
    staging.pass_time(60)

    assert staging.release(3) == "UPDATE_COMPLETE", staging.describe()
    assert staging.primary() == digest(3) == staging.asked_for()
