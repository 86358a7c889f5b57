"""What is found out, and that nothing which cannot be keeps a message from being sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from lambdas.release_notifications.change import State
from lambdas.release_notifications.compose import compose
from lambdas.release_notifications.facts import Checks, Deployment, Facts, LifecycleEvent
from lambdas.release_notifications.gather import gather
from lambdas.release_notifications.ports import Aws, Described, TaskSet, Unavailable

from .known import ARN, NEW, OLD, PLACE, change, events

FAILED = events("AfterAllowTestTraffic", "Failed")
REPORT = {
    "deploymentId": "d-NEW",
    "passed": False,
    "summary": "1 of 4 checks failed",
    "failures": ["front page: expected status 200, got 500"],
}
OLDER_SET = TaskSet(primary=False, task_definition=f"{ARN}:40")
OLD_SET = TaskSet(primary=True, task_definition=OLD.task_definition)
NEW_SET = TaskSet(primary=True, task_definition=NEW.task_definition)


class Known:
    """An account that knows everything but the facts named `missing`."""

    def __init__(self, *missing: str) -> None:
        self.missing = missing
        self.asked_for: list[str] = []
        self.sets: tuple[TaskSet, ...] = (OLD_SET,)
        self.report: str | None = json.dumps(REPORT)
        self.rollbacks: dict[str, str] = {}

    def _ask(self, fact: str) -> None:
        self.asked_for.append(fact)
        if fact in self.missing:
            raise Unavailable(f"no {fact} today")

    def deployment(self, deployment_id: str) -> Described:
        self._ask("deployment")
        release = self.rollbacks.get(deployment_id)
        return Described(
            deployment=Deployment(
                id=deployment_id, rollback=release is not None, rolls_back=release, by_stack=True
            ),
            revision={"sha256": "old" if release else "new"},
            previous_revision={"sha256": "old"},
        )

    def events(self, deployment_id: str) -> tuple[LifecycleEvent, ...]:
        self._ask("events")
        del deployment_id
        return FAILED

    def task_definition(self, revision: Mapping[str, Any]) -> str:
        self._ask("task_definition")
        return {"old": OLD, "new": NEW}[revision["sha256"]].task_definition

    def task_sets(self) -> tuple[TaskSet, ...]:
        self._ask("task_sets")
        return self.sets

    def image(self, task_definition: str) -> str:
        self._ask("image")
        return str({v.task_definition: v.image for v in (OLD, NEW)}[task_definition])

    def asked(self) -> str | None:
        self._ask("asked")
        return OLD.task_definition

    def checks_report(self) -> str | None:
        self._ask("checks_report")
        return self.report

    def alarms(self) -> tuple[str, ...]:
        self._ask("alarms")
        return ("shop-GreenErrorRate",)


class Clock:
    """Each question takes a second."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        self.now += 1
        return self.now

    def sleep(self, seconds: float, /) -> None:
        self.now += seconds


def gathered(state: State, aws: Aws, *, id: str = "d-NEW", ends_at: float = 100) -> Facts:
    return gather(change(state, id), aws, clock=Clock(), ends_at=ends_at)


def test_everything_there_is_to_know_about_a_failed_release() -> None:
    facts = gathered(State.FAILURE, Known())
    assert facts == Facts(
        deployment=Deployment(id="d-NEW", by_stack=True, events=FAILED, version=NEW),
        serving=OLD,
        before=OLD,
        asked=OLD,
        checks=Checks(
            passed=False,
            summary="1 of 4 checks failed",
            failures=("front page: expected status 200, got 500",),
        ),
        alarms=("shop-GreenErrorRate",),
    )


def test_a_rollback_is_told_with_the_release_that_it_takes_back() -> None:
    aws = Known()
    aws.rollbacks = {"d-BACK": "d-NEW"}
    facts = gathered(State.SUCCESS, aws, id="d-BACK")
    assert facts.taken_back == Deployment(id="d-NEW", by_stack=True, events=FAILED, version=NEW)
    assert facts.before == OLD
    assert facts.checks is not None, "the report is the release's, not the rollback's"


@pytest.mark.parametrize("fact", [name for name in vars(Aws) if not name.startswith("_")])
@pytest.mark.parametrize("state", State)
def test_a_fact_that_cannot_be_had_is_named_and_the_message_is_there(
    state: State, fact: str
) -> None:
    aws = Known(fact)
    facts = gathered(state, aws)
    message = compose(change(state), facts, PLACE)
    assert (fact in aws.asked_for) == any(f"no {fact} today" in why for why in facts.unknown)
    if message is None:
        assert state is State.READY
        return
    assert (fact in aws.asked_for) == (f"no {fact} today" in message.text)


def test_only_what_the_message_needs_is_asked() -> None:
    aws = Known()
    gathered(State.START, aws)
    assert {"checks_report", "alarms", "asked"}.isdisjoint(aws.asked_for)


def test_who_approves_is_told_what_the_checks_came_to() -> None:
    facts = gathered(State.READY, Known())
    assert facts.checks is not None
    assert facts.checks.summary == "1 of 4 checks failed"


def test_when_nothing_can_be_had_every_reason_is_told() -> None:
    facts = gathered(State.STOP, Known("deployment", "task_sets"))
    assert facts == Facts(
        unknown=(
            "What serves (ECS's task sets): no task_sets today",
            "Deployment d-NEW: no deployment today",
        )
    )


def test_nothing_more_is_asked_once_the_time_is_over() -> None:
    aws = Known()
    facts = gathered(State.FAILURE, aws, ends_at=3)
    assert aws.asked_for == ["task_sets", "image"]
    assert facts.serving == OLD
    assert facts.unknown == ("Deployment d-NEW: not asked, the function's time was over",)


class Broken(Known):
    def alarms(self) -> tuple[str, ...]:
        raise RuntimeError("surprise")


def test_a_fault_of_the_program_is_a_missing_fact_too() -> None:
    facts = gathered(State.FAILURE, Broken())
    assert facts.alarms is None
    assert facts.unknown == ("The alarms: unexpected RuntimeError: surprise",)


@pytest.mark.parametrize(
    ("sets", "before"),
    [
        ((OLD_SET,), OLD),
        ((OLDER_SET, OLD_SET), OLD),
        ((NEW_SET, replace(OLD_SET, primary=False)), OLD),
        ((NEW_SET,), OLD),
        ((), OLD),
    ],
    ids=[
        "before the shift",
        "an older one drains",
        "in hot standby",
        "after it: CodeDeploy's record",
        "no task set",
    ],
)
def test_the_version_from_before(sets: tuple[TaskSet, ...], before: object) -> None:
    aws = Known()
    aws.sets = sets
    assert gathered(State.STOP, aws).before == before


def test_codedeploys_record_is_asked_only_when_no_task_set_tells() -> None:
    aws = Known()
    gathered(State.STOP, aws)
    assert aws.asked_for.count("task_definition") == 1


def test_an_image_is_looked_up_once() -> None:
    aws = Known()
    gathered(State.FAILURE, aws)
    assert aws.asked_for.count("image") == 2


def test_a_report_of_another_release_is_not_told() -> None:
    aws = Known()
    aws.report = json.dumps(REPORT | {"deploymentId": "d-OTHER"})
    facts = gathered(State.FAILURE, aws)
    assert (facts.checks, facts.unknown) == (None, ())


@pytest.mark.parametrize("report", ["nonsense", "[]", '{"deploymentId": "d-NEW"}', "null"])
def test_a_report_that_cannot_be_read_is_a_missing_fact(report: str) -> None:
    aws = Known()
    aws.report = report
    facts = gathered(State.FAILURE, aws)
    assert facts.checks is None
    (why,) = facts.unknown
    assert why.startswith("The report of the release checks: it is not what the checks write")
