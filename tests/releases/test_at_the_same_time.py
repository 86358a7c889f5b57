"""Other things happen while a release runs: a second one, a stack update, a peak, lost events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.releases.conftest import Open, all_of
from tests.releases.invariant import EmptyGroup
from tests.releases.platform import Platform, digest
from tests.releases.test_scenarios import assert_settled_on, states
from tests.support.templates import Json


def of_type(template: Json, type_: str) -> list[Json]:
    """The resources of that type."""
    return [one for one in template["Resources"].values() if one["Type"] == type_]


def another_policy(template: Json) -> None:
    """Something about the listeners changes."""
    for kind in ("AWS::ElasticLoadBalancingV2::Listener", "Custom::LiveTargetGroup"):
        for resource in of_type(template, kind):
            properties = resource["Properties"].get("Listener", resource["Properties"])
            properties["SslPolicy"] = "ELBSecurityPolicy-TLS13-1-3-2021-06"


def naming_blue(template: Json) -> None:
    """The listeners as everybody writes them: they name a group."""
    (blue,) = [
        logical_id
        for logical_id, one in template["Resources"].items()
        if one["Type"] == "AWS::ElasticLoadBalancingV2::TargetGroup"
        and one["Properties"]["Name"].endswith("-blue")
    ]
    for listener in of_type(template, "AWS::ElasticLoadBalancingV2::Listener"):
        listener["Properties"]["DefaultActions"] = [
            {"Type": "forward", "TargetGroupArn": {"Ref": blue}}
        ]


def released_and_cleaned_up(platform: Platform) -> None:
    """Green is live, and blue's group is empty."""
    assert platform.release(2) == "UPDATE_COMPLETE"
    platform.pass_time(75 * 60)
    assert platform.shares() == {"green": 100}
    assert platform.task_sets() == {digest(2): "PRIMARY"}


def test_a_stack_update_that_touches_a_listener_leaves_users_on_the_live_group(
    staging: Platform,
) -> None:
    released_and_cleaned_up(staging)
    staging.change = another_policy

    assert staging.release(2) == "UPDATE_COMPLETE", staging.describe()
    assert staging.shares() == {"green": 100}
    assert staging.shares(8443) == {"green": 100}
    assert states(staging) == ["Succeeded (user)"]


def test_without_the_look_up_the_same_update_sends_all_users_to_an_empty_group(
    environment: Open,
) -> None:
    """The fault that the look-up is for, shown on the same scenario."""
    with environment("Staging") as platform:
        platform.invariant.on = False
        platform.change = naming_blue
        released_and_cleaned_up(platform)
        platform.change = all_of(naming_blue, another_policy)
        platform.deploy(2)
        platform.invariant.on = True
        with pytest.raises(EmptyGroup, match="100 % of users are sent to storefront-blue"):
            platform.pass_time(60)


def test_when_the_update_goes_back_the_listener_still_leads_to_the_live_group(
    staging: Platform,
) -> None:
    """The listener is changed, then the release fails, and CloudFormation undoes both."""
    released_and_cleaned_up(staging)
    staging.bad_digests.add(digest(3))
    staging.change = another_policy

    assert staging.release(3) == "UPDATE_ROLLBACK_COMPLETE", staging.describe()
    assert staging.shares() == {"green": 100}
    assert_settled_on(staging, 2)


def test_a_listener_that_is_touched_in_hot_standby_stays_with_green(staging: Platform) -> None:
    assert staging.release(2) == "UPDATE_COMPLETE"
    staging.change = another_policy
    assert staging.release(2) == "UPDATE_COMPLETE", staging.describe()
    assert staging.shares() == {"green": 100}
    staging.pass_time(70 * 60)
    assert_settled_on(staging, 2)


def test_a_second_release_while_blue_stands_by_ends_the_standby_first(staging: Platform) -> None:
    assert staging.release(2) == "UPDATE_COMPLETE"
    assert staging.release(3) == "UPDATE_COMPLETE", staging.describe()
    assert states(staging) == ["Succeeded (user)", "InProgress (user)"]
    staging.pass_time(70 * 60)
    assert_settled_on(staging, 3)


def test_a_shift_that_somebody_began_by_hand_is_taken_back_before_the_release(
    staging: Platform,
) -> None:
    released_and_cleaned_up(staging)
    staging.rollback()
    staging.wait(lambda: len(staging.shares()) == 2)

    assert staging.release(3) == "UPDATE_COMPLETE", staging.describe()
    assert states(staging) == [
        "Succeeded (user)",
        "Stopped (user)",
        "Succeeded (codeDeployRollback)",
        "InProgress (user)",
    ]
    assert staging.primary() == digest(3)


def test_a_peak_in_the_middle_of_a_shift_waits_until_it_is_over(staging: Platform) -> None:
    """Wednesday, and the peak is the configuration's, moved to the middle of the release."""
    peak_at(staging, minutes=3)
    staging.deploy(2)
    staging.wait(lambda: len(staging.shares()) == 2)
    assert staging.scheduled_action(3) is False
    before = staging.service()["desiredCount"]
    staging.wait(lambda: not staging.stack.status.in_progress)
    assert staging.status == "UPDATE_COMPLETE", staging.describe()
    assert staging.service()["desiredCount"] == before

    staging.pass_time(65 * 60)
    assert staging.suspended() is False
    # The scheduled action that fell due meanwhile is made up for.
    assert staging.bounds() == (3, 8)


def peak_at(platform: Platform, *, minutes: int) -> None:
    """Move the service's scheduled peak to a few minutes from now, Tokyo time."""
    client = platform.client("application-autoscaling")
    moment = platform.clock.now()
    start = moment.hour * 60 + moment.minute + minutes + 9 * 60
    for edge, at in (("start", start), ("end", start + 4 * 60)):
        hour, minute = divmod(at % (24 * 60), 60)
        client.put_scheduled_action(
            ServiceNamespace="ecs",
            ResourceId="service/pase/storefront",
            ScalableDimension="ecs:service:DesiredCount",
            ScheduledActionName=f"storefront-FridayEvening-{edge}",
            Schedule=f"cron({minute} {hour} ? * WED *)",
            Timezone="Asia/Tokyo",
            ScalableTargetAction={"MinCapacity": 3, "MaxCapacity": 8}
            if edge == "start"
            else {"MinCapacity": 2, "MaxCapacity": 6},
        )


def test_without_the_guard_the_peak_fails_the_release(staging: Platform) -> None:
    """The fault that the guard is for: both colours are scaled, and green does not settle."""
    staging.lose = lambda _: True
    staging.watchdog.due = None
    staging.deploy(2)
    staging.wait(lambda: len(staging.shares()) == 2)
    staging.fleet.slow_down(900)
    assert staging.scheduled_action(3) is True
    staging.wait(lambda: not staging.stack.status.in_progress)

    assert staging.status == "UPDATE_ROLLBACK_COMPLETE", staging.describe()
    (why,) = staging.answers()
    assert "steady state" in why


def state_is(*wanted: str) -> Any:
    """Whether an event is one of these changes."""

    def is_one(event: Mapping[str, Any]) -> bool:
        return event["detail"]["state"] in wanted

    return is_one


@pytest.mark.parametrize("lost", ["STOP", "FAILURE", "SUCCESS"])
def test_scaling_comes_back_by_the_watchdog_when_the_last_event_is_lost(
    staging: Platform, lost: str
) -> None:
    staging.lose = state_is("STOP", "FAILURE", "SUCCESS")
    staging.deploy(2)
    staging.wait(lambda: len(staging.shares()) == 2)
    assert staging.suspended() is True
    if lost == "STOP":
        staging.rollback()
    elif lost == "FAILURE":
        staging.alarm("GreenErrorRate", "ALARM")
    staging.wait(lambda: not staging.stack.status.in_progress)
    staging.alarm("GreenErrorRate", "OK")
    staging.pass_time(70 * 60)

    assert staging.suspended() is False
    assert not staging.marker()


def test_a_lost_first_event_is_noticed_by_the_watchdog(staging: Platform) -> None:
    staging.lose = state_is("START")
    staging.deploy(2)
    staging.wait(lambda: len(staging.shares()) == 2)
    staging.pass_time(4 * 60)
    assert staging.suspended() is True
    staging.pass_time(90 * 60)
    assert_settled_on(staging, 2)


def test_events_that_come_twice_change_nothing(staging: Platform) -> None:
    staging.repeat = lambda _: True
    assert staging.release(2) == "UPDATE_COMPLETE"
    staging.pass_time(70 * 60)
    assert_settled_on(staging, 2)


def test_what_an_operator_suspended_by_hand_stays_suspended(staging: Platform) -> None:
    staging.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId="service/pase/storefront",
        ScalableDimension="ecs:service:DesiredCount",
        SuspendedState={
            "DynamicScalingInSuspended": True,
            "DynamicScalingOutSuspended": True,
            "ScheduledScalingSuspended": True,
        },
    )
    assert staging.release(2) == "UPDATE_COMPLETE"
    staging.pass_time(70 * 60)
    assert staging.suspended() is True
    assert not staging.marker()


def test_a_task_that_is_lost_in_the_shift_is_replaced_and_the_release_goes_on(
    staging: Platform,
) -> None:
    staging.deploy(2)
    staging.wait(lambda: len(staging.shares()) == 2)
    green = next(
        one["taskSetArn"] for one in staging.service()["taskSets"] if one["status"] == "ACTIVE"
    )
    staging.fleet.lose(green, 1)
    staging.wait(lambda: not staging.stack.status.in_progress)
    assert staging.status == "UPDATE_COMPLETE", staging.describe()
