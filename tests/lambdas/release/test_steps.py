"""The steps that the state machine asks for, in a world that stands still between them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from lambdas.common.cloudformation import DeliveryError
from lambdas.release.handler import handler, on_step
from lambdas.release.ports import AwsError, Refused
from lambdas.release.snapshot import Status
from lambdas.release.step import LOOK_BACK
from tests.lambdas.release.answers import Bucket
from tests.lambdas.release.given import (
    MINUTE,
    NEW,
    OLD,
    PHYSICAL_ID,
    REQUEST,
    STARTED,
    deployment,
    event,
    lifecycle,
    properties,
)
from tests.lambdas.release.worlds import FakeWorld, KilledError


def step(world: FakeWorld, bucket: Bucket, *, minutes: float = 1, **change: Any) -> dict[str, Any]:
    given = {"request": event(url=bucket.url, **change), "startedAt": STARTED.isoformat()}
    return on_step(given, world=world.world(), now=STARTED + minutes * MINUTE)


def test_a_release_is_started_awaited_and_answered_once(bucket: Bucket) -> None:
    world = FakeWorld()
    started = step(world, bucket)
    assert started == {"wait": True, "seconds": 15, "reason": "deployment d-1 was created"}
    (created,) = world.found
    world.found = [replace(created, status=Status.IN_PROGRESS, events=lifecycle())]
    assert step(world, bucket, minutes=5)["wait"] is True
    world.found = [
        replace(created, status=Status.IN_PROGRESS, events=lifecycle(moved_at=STARTED + 9 * MINUTE))
    ]
    assert step(world, bucket, minutes=18)["wait"] is True
    assert bucket.answers == []
    assert step(world, bucket, minutes=19) == {"wait": False}
    (answer,) = bucket.answers
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == PHYSICAL_ID
    assert answer["Data"]["DeploymentId"] == "d-1"
    assert answer["Data"]["Action"] == answer["Reason"]
    assert world.calls.count("create") == 1


def test_a_step_that_only_waits_makes_four_calls_at_most(bucket: Bucket) -> None:
    world = FakeWorld(
        deployment(events=lifecycle()), deployment("d-0", "Succeeded"), deployment("d-OTHER")
    )
    step(world, bucket)
    # "since" is two calls of AWS, ListDeployments and BatchGetDeployments.
    assert world.calls == ["since storefront", "describe storefront", "events d-MINE"]
    assert world.starts == [STARTED - LOOK_BACK]


def test_nothing_to_do_is_a_success_without_a_deployment(bucket: Bucket) -> None:
    world = FakeWorld(deployment("d-0", "Succeeded"), serves=NEW)
    assert step(world, bucket, kind="Create") == {"wait": False}
    assert bucket.answers[0]["Status"] == "SUCCESS"
    assert bucket.answers[0]["Data"]["DeploymentId"] == "none"
    assert world.calls == ["since storefront", "describe storefront"]


def test_a_group_that_is_busy_after_all_is_looked_at_again(bucket: Bucket) -> None:
    world = FakeWorld(busy=True)
    assert "this release waits for it" in step(world, bucket)["reason"]
    assert bucket.answers == []


def test_others_are_taken_back_or_cut_short_first(bucket: Bucket) -> None:
    world = FakeWorld(deployment("d-OTHER", events=lifecycle()))
    assert step(world, bucket)["wait"] is True
    assert world.calls[-1] == "take_back d-OTHER"
    world = FakeWorld(deployment("d-OTHER", events=lifecycle(moved_at=STARTED)))
    assert step(world, bucket)["wait"] is True
    assert world.calls[-1] == "end_standby d-OTHER"


def test_a_failure_is_answered_with_what_a_person_needs(bucket: Bucket) -> None:
    mine = deployment(
        status="Failed",
        ended_at=STARTED,
        rollback_id="d-BACK",
        error_code="HOOK_EXECUTION_FAILURE",
        events=lifecycle(failed="AfterAllowTestTraffic", diagnostics="it said Failed"),
    )
    back = deployment("d-BACK", "Succeeded", rollback=True, rolls_back="d-MINE")
    report = {"deploymentId": "d-MINE", "passed": False, "summary": "1 failed", "failures": ["f"]}
    world = FakeWorld(mine, back, checks=json.dumps(report), alarms=("GreenErrorRate",))
    assert step(world, bucket) == {"wait": False}
    (answer,) = bucket.answers
    assert answer["Status"] == "FAILED"
    assert answer["PhysicalResourceId"] == PHYSICAL_ID
    for part in (
        "deployment d-MINE is Failed at AfterAllowTestTraffic",
        "storefront:12 serves; rollback d-BACK took the traffic back",
        "Release checks: 1 failed | f",
        "Alarms in ALARM now: GreenErrorRate",
        "/codedeploy/deployments/d-MINE?",
    ):
        assert part in answer["Reason"]


@pytest.mark.parametrize("call", ["since", "describe", "events", "create"])
def test_a_process_killed_after_any_call_of_a_start_leaves_one_deployment(
    bucket: Bucket, call: str
) -> None:
    world = FakeWorld(dies_at=call)
    for _ in range(4):
        try:
            step(world, bucket)
        except KilledError:
            assert world.dies_at is None
    own = [each for each in world.found if each.request_id == REQUEST]
    assert len(own) == 1
    assert bucket.answers == []


def test_the_way_back_after_a_failure_changes_nothing(bucket: Bucket) -> None:
    failed = deployment(status="Failed", ended_at=STARTED - 2 * MINUTE, rollback_id="d-BACK")
    back = deployment("d-BACK", "Succeeded", rollback=True, rolls_back="d-MINE")
    world = FakeWorld(failed, back, serves=OLD)
    wanted, old = properties(OLD), properties(NEW)
    assert step(world, bucket, wanted=wanted, old=old, request_id="request-2") == {"wait": False}
    assert bucket.answers[0]["Status"] == "SUCCESS"
    assert not {"create", "take_back d-MINE"} & set(world.calls)


def test_a_fault_of_aws_is_raised_so_that_the_step_is_run_again(bucket: Bucket) -> None:
    world = FakeWorld(fails={"describe": AwsError("DescribeServices failed: timeout")})
    with pytest.raises(AwsError, match="timeout"):
        step(world, bucket)
    assert bucket.answers == []


def test_what_aws_will_always_refuse_is_answered_at_once(bucket: Bucket) -> None:
    world = FakeWorld(fails={"create": Refused("CreateDeployment failed: InvalidRevision")})
    assert step(world, bucket) == {"wait": False}
    assert bucket.answers[0]["Status"] == "FAILED"
    assert "InvalidRevision" in bucket.answers[0]["Reason"]


def test_an_answer_that_is_not_taken_is_raised_and_given_again(bucket: Bucket) -> None:
    world = FakeWorld(serves=NEW)
    bucket.refuse = True
    with pytest.raises(DeliveryError, match="403"):
        step(world, bucket)
    bucket.refuse = False
    assert step(world, bucket) == {"wait": False}
    assert len(bucket.answers) == 1


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            {"Error": "AwsError", "Cause": '{"errorMessage": "no reply", "errorType": "AwsError"}'},
            "AwsError: no reply\n",
        ),
        ({"Error": "States.Timeout", "Cause": "plain text"}, "States.Timeout: plain text\n"),
        ({"Error": "Lambda.Unknown"}, "Lambda.Unknown: \n"),
    ],
)
def test_when_the_machine_gives_up_cloudformation_is_told(
    bucket: Bucket, error: dict[str, str], said: str
) -> None:
    given = {
        "request": event("Create", url=bucket.url),
        "startedAt": STARTED.isoformat(),
        "error": error,
    }
    assert handler(given, None) == {"wait": False}
    (answer,) = bucket.answers
    assert answer["Status"] == "FAILED"
    assert answer["PhysicalResourceId"] == PHYSICAL_ID
    assert said in answer["Reason"]
    assert "python -m ops status" in answer["Reason"]


def test_a_step_without_a_start_is_answered_as_invalid(bucket: Bucket) -> None:
    given = {"request": event(url=bucket.url)}
    assert on_step(given, world=FakeWorld().world()) == {"wait": False}
    assert "startedAt must be an ISO-8601 time" in bucket.answers[0]["Reason"]


def test_the_moment_is_the_one_that_the_machine_gives(bucket: Bucket) -> None:
    given = {
        "request": event(url=bucket.url),
        "startedAt": "2026-11-25T10:00:00.000Z",
        "enteredAt": "2026-11-25T10:19:59.000Z",
    }
    world = FakeWorld(deployment(events=lifecycle(moved_at=STARTED + 10 * MINUTE))).world()
    assert on_step(given, world=world)["seconds"] == 1
    given["enteredAt"] = "2026-11-25T10:20:00.000Z"
    assert on_step(given, world=world) == {"wait": False}
    # Without it the time of day counts; the release began long before or after that.
    del given["enteredAt"]
    mine = FakeWorld(deployment(events=lifecycle(moved_at=STARTED - 9000 * 24 * 60 * MINUTE)))
    assert on_step(given, world=mine.world()) == {"wait": False}


def test_the_log_never_holds_the_url(bucket: Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    step(FakeWorld(), bucket)
    step(FakeWorld(serves=NEW), bucket)
    said = capsys.readouterr()
    statuses = [json.loads(line)["status"] for line in said.out.splitlines()]
    assert statuses == ["WAITING", "SUCCESS"]
    assert "Signature" not in said.out + said.err
