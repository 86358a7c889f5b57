"""What becomes of a release, as CloudFormation, CodeDeploy, users and people see it."""

from __future__ import annotations

import pytest

from tests.releases.platform import Platform, digest
from tests.support.simulated_fleet import Behaviour


def states(platform: Platform) -> list[str]:
    """Status and creator of every deployment, oldest first."""
    return [f"{one['status']} ({one['creator']})" for one in platform.deployments()]


def assert_settled_on(platform: Platform, version: int) -> None:
    """Users are on that version alone, scaling is as before, and nothing is under way."""
    platform.pass_time(10 * 60)
    assert platform.primary() == digest(version), platform.describe()
    assert list(platform.shares().values()) == [100]
    assert platform.task_sets() == {digest(version): "PRIMARY"}
    assert platform.suspended() is False
    assert not platform.marker()
    assert platform.invariant.looks > 20


def test_the_first_deployment_makes_the_service_with_the_real_image_and_releases_nothing(
    staging: Platform,
) -> None:
    assert staging.status == "CREATE_COMPLETE"
    assert staging.deployments() == []
    assert staging.task_sets() == {digest(1): "PRIMARY"}
    assert staging.asked_for() == digest(1)
    assert staging.shares() == {"blue": 100}
    assert staging.service()["desiredCount"] == staging.service()["runningCount"] == 2


def test_a_healthy_release_moves_users_in_steps_and_keeps_blue_for_a_while(
    staging: Platform,
) -> None:
    began = staging.clock.now()
    staging.deploy(2)
    staging.wait(lambda: staging.event() == "AllowTraffic")
    assert staging.shares() == {"blue": 80, "green": 20}
    assert staging.shares(8443) == {"green": 100}
    assert staging.suspended() is True
    staging.wait(lambda: not staging.stack.status.in_progress)

    assert staging.status == "UPDATE_COMPLETE", staging.describe()
    # Half a minute until green is healthy, 5 minutes at 20 %, 10 of bake.
    assert 15.5 <= (staging.clock.now() - began).total_seconds() / 60 <= 17
    assert staging.primary() == digest(2) == staging.asked_for()
    assert staging.shares() == {"green": 100}
    assert set(staging.task_sets().values()) == {"PRIMARY", "ACTIVE"}
    assert states(staging) == ["InProgress (user)"]

    staging.pass_time(60 * 60)
    assert states(staging) == ["Succeeded (user)"]
    assert_settled_on(staging, 2)
    started, ended = [subject for subject, _ in staging.messages()]
    assert started == "[staging] storefront: release started"
    assert ended.startswith("[staging] storefront: ")
    assert digest(2) in staging.messages()[1][1]


def test_release_after_release_the_colours_take_turns(staging: Platform) -> None:
    for version, colour in ((2, "green"), (3, "blue"), (4, "green")):
        assert staging.release(version) == "UPDATE_COMPLETE", staging.describe()
        assert staging.shares() == {colour: 100}
    # The standby of each was cut short by the next one.
    assert states(staging) == ["Succeeded (user)", "Succeeded (user)", "InProgress (user)"]


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (Behaviour(healthy_after=None), ""),
        (
            Behaviour(healthy_after=None, crash_after=40, crash_reason="OutOfMemoryError"),
            "OutOfMemoryError",
        ),
    ],
    ids=["never healthy", "crash loop"],
)
def test_a_green_that_never_gets_healthy_is_taken_back_after_its_install_minutes(
    staging: Platform, behaviour: Behaviour, reason: str
) -> None:
    staging.behave(2, behaviour)
    began = staging.clock.now()

    assert staging.release(2) == "UPDATE_ROLLBACK_COMPLETE", staging.describe()
    assert (staging.clock.now() - began).total_seconds() / 60 <= 13
    (why,) = staging.answers()
    assert "Install" in why
    assert "green's tasks were not healthy within 10 minutes" in why
    assert reason in why
    assert states(staging) == ["Stopped (user)", "Succeeded (codeDeployRollback)"]
    assert_settled_on(staging, 1)
    assert staging.asked_for() == digest(1)


def test_checks_that_fail_stop_a_release_before_any_user_sees_it(staging: Platform) -> None:
    staging.bad_digests.add(digest(2))
    staging.deploy(2)
    seen = set()
    while staging.stack.status.in_progress:
        staging.pass_time(5)
        seen.add(tuple(staging.shares().items()))

    assert seen == {(("blue", 100),)}
    assert staging.status == "UPDATE_ROLLBACK_COMPLETE"
    (why,) = staging.answers()
    assert "AfterAllowTestTraffic" in why
    assert "the process answers" in why
    assert "expected status 200, got 500" in why
    assert_settled_on(staging, 1)


def test_cloudformations_way_back_after_a_failure_shifts_nothing(staging: Platform) -> None:
    staging.bad_digests.add(digest(2))
    staging.release(2)
    before = len(staging.deployments())

    updates = [
        event
        for event in staging.stack.events
        if event.logical_id.startswith("Deployment") and event.status == "UPDATE_COMPLETE"
    ]
    assert updates, "CloudFormation asked the release resource to go back"
    assert before == 2
    staging.pass_time(30 * 60)
    assert len(staging.deployments()) == before
    assert_settled_on(staging, 1)


def test_checks_that_never_answer_end_in_time_too(staging: Platform) -> None:
    """CodeDeploy would wait for an hour; the release's own time is over before."""
    staging.functions.deaf.add("release_checks")
    began = staging.clock.now()

    assert staging.release(2) == "UPDATE_ROLLBACK_COMPLETE", staging.describe()
    assert (staging.clock.now() - began).total_seconds() / 60 < 40
    (why,) = staging.answers()
    assert "AfterAllowTestTraffic" in why
    assert "the release took longer than its 33 minutes" in why
    assert_settled_on(staging, 1)


def test_a_hook_that_nobody_hears_of_ends_by_codedeploys_own_limit(staging: Platform) -> None:
    """Started by hand, without the resource that watches the time."""
    staging.functions.deaf.add("release_checks")
    assert staging.release(2) == "UPDATE_ROLLBACK_COMPLETE"
    content = staging.client("codedeploy").get_application_revision(
        applicationName="storefront", revision=staging.deployments()[0]["revision"]
    )["revision"]
    staging.client("codedeploy").create_deployment(
        applicationName="storefront", deploymentGroupName="storefront", revision=content
    )
    staging.pass_time(59 * 60)
    assert states(staging)[-1] == "InProgress (user)"
    staging.pass_time(5 * 60)
    assert states(staging)[-2:] == ["Failed (user)", "Succeeded (codeDeployRollback)"]
    assert_settled_on(staging, 1)


def test_a_failed_release_can_be_followed_by_a_good_one(staging: Platform) -> None:
    staging.bad_digests.add(digest(2))
    assert staging.release(2) == "UPDATE_ROLLBACK_COMPLETE"
    assert staging.release(3) == "UPDATE_COMPLETE", staging.describe()
    assert staging.primary() == digest(3) == staging.asked_for()


def test_approval_is_waited_for_and_goes_on(prod: Platform) -> None:
    prod.deploy(2)
    prod.wait(lambda: [one["status"] for one in prod.deployments()] == ["Ready"])
    prod.pass_time(10 * 60)
    assert prod.shares() == {"blue": 100}
    prod.approve()
    prod.wait(lambda: not prod.stack.status.in_progress)

    assert prod.status == "UPDATE_COMPLETE", prod.describe()
    assert prod.primary() == digest(2)
    assert any("pprov" in subject for subject, _ in prod.messages())


def test_an_approval_that_nobody_gives_is_a_no(prod: Platform) -> None:
    assert prod.release(2) == "UPDATE_ROLLBACK_COMPLETE", prod.describe()
    (why,) = prod.answers()
    assert "timed out while waiting for a notification to continue" in why
    assert_settled_on(prod, 1)
