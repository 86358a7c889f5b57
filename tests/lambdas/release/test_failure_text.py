"""What a person reads in the stack's events when a release has failed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from lambdas.common.cloudformation import MAX_ANSWER_BYTES, Outcome, answer_body
from lambdas.release.decision import Fail
from lambdas.release.failure import Evidence, explain, find_evidence
from lambdas.release.ports import Alarm, AwsError, StoppedTask
from lambdas.release.snapshot import Deployment, Snapshot, Status
from tests.lambdas.release.given import (
    DIGEST,
    MINUTE,
    NEW,
    OLD,
    PHYSICAL_ID,
    STARTED,
    deployment,
    event,
    lifecycle,
    properties,
    request,
    snapshot,
)
from tests.lambdas.release.worlds import FakeWorld

HOOK = deployment(
    status="Failed",
    ended_at=STARTED + MINUTE,
    rollback_id="d-BACK",
    error_code="HOOK_EXECUTION_FAILURE",
    error_message="A hook failed.",
    events=lifecycle(failed="AfterAllowTestTraffic", diagnostics="UnknownError: it said Failed"),
)
BACK = deployment("d-BACK", "Succeeded", rollback=True, rolls_back="d-MINE")
REPORT = {
    "deploymentId": "d-MINE",
    "passed": False,
    "summary": "1 of 3 checks failed",
    "failures": ["health: expected status 200, got 503"],
}


def text(
    mine: Deployment = HOOK,
    *others: Deployment,
    serves: str | None = OLD,
    reason: str = "",
    **evidence: Any,
) -> str:
    seen = snapshot(mine, *(others or (BACK,)), minutes=3, serves=serves)
    return explain(request(), Fail(reason=reason, deployment=mine), seen, Evidence(**evidence))


def task(*reasons: str, definition: str = NEW, minutes: float | None = 1) -> StoppedTask:
    created = None if minutes is None else STARTED + minutes * MINUTE
    return StoppedTask(task_definition=definition, created_at=created, reasons=reasons)


def test_the_first_lines_say_what_failed_where_and_what_serves() -> None:
    lines = text().splitlines()
    assert lines[0] == (
        f"The release of {DIGEST} (storefront:13) to storefront failed: deployment d-MINE is "
        "Failed at AfterAllowTestTraffic."
    )
    assert lines[1] == "storefront:12 serves; rollback d-BACK took the traffic back."
    assert lines[2] == (
        "CodeDeploy says: HOOK_EXECUTION_FAILURE: A hook failed. | "
        "AfterAllowTestTraffic: UnknownError: it said Failed"
    )
    assert lines[-1] == (
        "https://ap-southeast-1.console.aws.amazon.com/codesuite/codedeploy/deployments/"
        "d-MINE?region=ap-southeast-1"
    )
    assert "deploy this stack again" in lines[-2]


def test_the_hooks_report_is_told_when_it_is_about_this_deployment() -> None:
    said = "Release checks: 1 of 3 checks failed | health: expected status 200, got 503"
    assert said in text(checks=json.dumps(REPORT))
    for other in (
        json.dumps(REPORT | {"deploymentId": "d-YESTERDAY"}),
        json.dumps(REPORT | {"passed": True}),
        "not JSON",
        '["d-MINE"]',
        None,
    ):
        assert "Release checks" not in text(checks=other)


def test_failures_that_are_objects_are_told_as_json() -> None:
    report = REPORT | {"failures": [{"check": "health", "reasons": ["503"]}]}
    assert '{"check": "health", "reasons": ["503"]}' in text(checks=json.dumps(report))


def test_many_failed_checks_are_counted() -> None:
    report = REPORT | {"failures": [f"check {number}" for number in range(8)]}
    said = text(checks=json.dumps(report))
    assert "check 4 (and 3 more)" in said
    assert "check 5" not in said


def test_alarms_are_named() -> None:
    stopped = replace(HOOK, error_code="ALARM_ACTIVE", error_message="Alarms are active: x")
    alarms = (
        Alarm(name="GreenErrorRate", state="ALARM", changed_at=STARTED),
        Alarm(name="GreenLatency", state="OK", changed_at=STARTED + MINUTE),
        Alarm(name="BlueLatency", state="OK", changed_at=STARTED - MINUTE),
        Alarm(name="Unseen", state="INSUFFICIENT_DATA", changed_at=None),
    )
    said = text(stopped, BACK, alarms=alarms)
    assert "Alarms in ALARM now: GreenErrorRate." in said
    assert "Alarms that changed their state since it began: GreenLatency." in said
    assert "BlueLatency" not in said
    assert "Unseen" not in said
    # Without an alarm as the cause, one that went up and down meanwhile explains nothing.
    assert "GreenLatency" not in text(alarms=alarms)


def test_why_ecs_stopped_greens_tasks_is_told_once_for_each_reason() -> None:
    crash = ("Essential container in task exited", "container app exited with 3")
    said = text(
        stopped_tasks=(
            task("Task failed ELB health checks"),
            task(*crash, minutes=None),
            task(*crash),
            task("Scaling activity initiated by (deployment ecs-svc/1)"),
            task("an old task", minutes=-1),
            task("blue's task", definition=OLD),
            task(),
        )
    )
    assert (
        "Stopped tasks: 2 x Essential container in task exited; container app exited with 3 | "
        "1 x Task failed ELB health checks"
    ) in said
    for absent in ("Scaling activity", "an old task", "blue's task"):
        assert absent not in said


@pytest.mark.parametrize(
    ("change", "others", "serves", "said"),
    [
        (
            {"rollback_id": None, "rollback_message": "It cannot be rolled back."},
            (),
            OLD,
            "storefront:12 serves; CodeDeploy made no rollback. It cannot be rolled back.",
        ),
        (
            {},
            (replace(BACK, status=Status.FAILED, error_message="no capacity"),),
            NEW,
            "storefront:13 serves; rollback d-BACK is Failed. no capacity Look at it NOW: "
            "storefront:13, which failed, may serve users.",
        ),
        ({}, (replace(BACK, status=Status.IN_PROGRESS),), OLD, "rollback d-BACK is InProgress."),
        ({"rollback_id": None}, (), None, "no task set serves; CodeDeploy made no rollback."),
        ({"status": Status.IN_PROGRESS}, (), OLD, "12 serves; the deployment is still active."),
    ],
)
def test_what_serves_is_said_whatever_became_of_the_rollback(
    change: dict[str, Any], others: tuple[Deployment, ...], serves: str | None, said: str
) -> None:
    mine = replace(HOOK, **change)
    seen = snapshot(mine, *others, minutes=3, serves=serves)
    assert said in explain(request(), Fail(reason="", deployment=mine), seen, Evidence())


def test_a_deployment_that_was_stopped_says_where_it_stood() -> None:
    mine = deployment(status="Stopped", ended_at=STARTED, events=lifecycle())
    assert "d-MINE is Stopped at AllowTraffic." in text(mine)
    assert "d-MINE is Stopped.\nbecause" in text(replace(mine, events=()), reason="because")


def test_somebody_elses_deployment_is_told_with_its_link_only() -> None:
    other = deployment("d-OTHER")
    seen = snapshot(other)
    said = explain(request(), Fail(reason="It waits.", deployment=other), seen, Evidence())
    assert said.startswith("It waits. https://")
    assert "d-OTHER?" in said
    assert explain(request(), Fail(reason="Gone."), seen, Evidence()) == "Gone."


def test_no_console_is_linked_in_another_partition() -> None:
    definition = NEW.replace("arn:aws:", "arn:aws-cn:").replace("ap-southeast-1", "cn-north-1")
    asked = request(wanted=properties(definition))
    said = explain(asked, Fail(reason="", deployment=HOOK), snapshot(HOOK, BACK), Evidence())
    assert said.endswith("Deployment d-MINE in cn-north-1.")


def test_the_longest_text_still_fits_into_cloudformations_answer() -> None:
    long = "é" * 5000
    report = REPORT | {"summary": long, "failures": [long] * 9}
    mine = replace(
        HOOK,
        error_code="ALARM_ACTIVE",
        error_message=long,
        rollback_id=None,
        rollback_message=long,
        events=lifecycle(failed="AfterAllowTestTraffic", diagnostics=long),
    )
    reason = text(
        mine,
        mine,
        checks=json.dumps(report),
        alarms=tuple(Alarm(name=f"{long}{n}", state="ALARM", changed_at=None) for n in range(9)),
        stopped_tasks=tuple(task(long + str(number)) for number in range(9)),
        unknown=(long[:240],) * 3,
    )
    body = answer_body(event(), Outcome(status="FAILED", reason=reason, physical_id=PHYSICAL_ID))
    assert len(body) <= MAX_ANSWER_BYTES
    kept = json.loads(body)["Reason"]
    assert "d-MINE is Failed at AfterAllowTestTraffic" in kept
    assert "storefront:12 serves" in kept


def test_an_ordinary_failure_is_told_in_full() -> None:
    reason = text(
        checks=json.dumps(REPORT | {"failures": [f"check {n}: " + "x" * 150 for n in range(9)]}),
        alarms=tuple(
            Alarm(name=f"pase-storefront-GreenErrorRate{n}", state="ALARM", changed_at=None)
            for n in range(7)
        ),
        stopped_tasks=(task("Task failed ELB health checks in (target-group x)"),),
    )
    body = answer_body(event(), Outcome(status="FAILED", reason=reason, physical_id=PHYSICAL_ID))
    assert json.loads(body)["Reason"] == reason


def evidence_of(world: FakeWorld, failed: Fail, seen: Snapshot) -> Evidence:
    return find_evidence(request(), failed, seen, world=world.world())


def test_what_explains_a_failure_is_read_for_the_requests_own_deployment_only() -> None:
    world = FakeWorld(checks="report", alarms=("a",), stopped=(task("why"),))
    mine = Fail(reason="", deployment=HOOK)
    found = evidence_of(world, mine, snapshot(HOOK))
    assert (found.checks, found.stopped_tasks, found.unknown) == ("report", (task("why"),), ())
    assert [alarm.name for alarm in found.alarms] == ["a"]
    other = deployment("d-OTHER")
    for failed in (Fail(reason="gone"), Fail(reason="busy", deployment=other)):
        world.calls.clear()
        assert evidence_of(world, failed, snapshot(other)) == Evidence()
        assert world.calls == []


def test_what_cannot_be_read_is_named_and_hides_nothing_else() -> None:
    world = FakeWorld(
        stopped=(task("why"),),
        fails={"checks": AwsError("no ssm"), "alarm_names": AwsError("no alarm")},
    )
    found = evidence_of(world, Fail(reason="", deployment=HOOK), snapshot(HOOK))
    assert found.unknown == ("no ssm", "no alarm")
    assert found.stopped_tasks == (task("why"),)
    assert "Not known: no ssm.\nNot known: no alarm." in text(unknown=found.unknown)
