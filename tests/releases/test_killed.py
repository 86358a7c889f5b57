"""A function that is killed at any call, and run again by Lambda or the state machine, ends right.

Each call that the functions make in three releases (a healthy one, one whose checks fail, one that
changes the listeners as well) is a moment at which a process can die: before AWS has the call, and
after, when the answer never arrives. For each of them the release is played again with that death
in it. Users are served throughout; that is asserted whenever the clock is turned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

import pytest

from tests.releases.conftest import all_of
from tests.releases.functions import ANSWER, Kill, Side
from tests.releases.platform import Platform, digest
from tests.releases.test_at_the_same_time import another_policy
from tests.releases.test_scenarios import assert_settled_on

SIDES: tuple[Side, ...] = ("before", "after")

RELEASE = (
    ("release", "StartExecution"),
    ("release", "ListDeployments"),
    ("release", "BatchGetDeployments"),
    ("release", "DescribeServices"),
    ("release", "GetParameter"),
    ("release", "CreateDeployment"),
    ("release", "GetDeploymentTarget"),
    ("release", ANSWER),
)
CHECKS = (
    ("release_checks", "DescribeListeners"),
    ("release_checks", "DescribeTargetHealth"),
    ("release_checks", "PutParameter"),
    ("release_checks", "PutLifecycleEventHookExecutionStatus"),
)
GUARD = tuple(
    ("scaling_guard", operation)
    for operation in (
        "ListDeployments",
        "DescribeScalableTargets",
        "DescribeScheduledActions",
        "RegisterScalableTarget",
        "GetParameter",
        "PutParameter",
        "DeleteParameter",
    )
)
EVIDENCE = tuple(
    ("release", operation) for operation in ("GetDeploymentGroup", "DescribeAlarms", "ListTasks")
)
LOOK_UP = (("live_target_group", "DescribeServices"), ("live_target_group", ANSWER))


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A release to play, the calls in which it can be killed, and how it ends."""

    play: Callable[[Platform], str]
    calls: tuple[tuple[str, str], ...]
    status: str
    version: int


def healthy(platform: Platform) -> str:
    return platform.release(2)


def failing(platform: Platform) -> str:
    platform.bad_digests.add(digest(2))
    return platform.release(2)


def touching_listeners(platform: Platform) -> str:
    platform.change = all_of(platform.change, another_policy)
    return platform.release(2)


SCENARIOS = {
    "healthy": Scenario(
        play=healthy, calls=(*RELEASE, *CHECKS, *GUARD), status="UPDATE_COMPLETE", version=2
    ),
    "failing": Scenario(
        play=failing,
        calls=(*RELEASE, *CHECKS, *GUARD, *EVIDENCE),
        status="UPDATE_ROLLBACK_COMPLETE",
        version=1,
    ),
    "touching listeners": Scenario(
        play=touching_listeners,
        calls=(*RELEASE, *CHECKS, *GUARD, *LOOK_UP),
        status="UPDATE_COMPLETE",
        version=2,
    ),
}


ONCE = {
    ANSWER,
    "StartExecution",
    "CreateDeployment",
    "PutParameter",
    "DeleteParameter",
    "PutLifecycleEventHookExecutionStatus",
    "DescribeScheduledActions",
    "GetDeploymentGroup",
    "DescribeAlarms",
    "ListTasks",
    "GetParameter",
    "DescribeListeners",
    "DescribeTargetHealth",
}


@dataclass(frozen=True, kw_only=True)
class Death:
    """In which scenario which function dies at which of its calls."""

    scenario: str
    package: str
    operation: str
    number: int
    side: Side

    def __str__(self) -> str:
        where = f"{self.package}, {self.side} {self.operation} {self.number}"
        return f"{self.scenario}: {where}"


def deaths() -> Iterator[Death]:
    """What the later scenarios have in common with the first is not played again."""
    seen: set[tuple[str, str]] = set()
    for name, scenario in SCENARIOS.items():
        for (package, operation), side in product(scenario.calls, SIDES):
            if (package, operation) in seen:
                continue
            for number in (1,) if operation in ONCE else (1, 2):
                yield Death(
                    scenario=name, package=package, operation=operation, number=number, side=side
                )
        seen |= set(scenario.calls)
    # The first is for what the stack asked for last, the second for what the checks reported.
    for side in SIDES:
        yield Death(
            scenario="failing", package="release", operation="GetParameter", number=2, side=side
        )


@pytest.mark.parametrize("death", list(deaths()), ids=str)
def test_a_death_at_any_call_changes_nothing_about_how_a_release_ends(
    quick_staging: Platform, death: Death
) -> None:
    kill = Kill(
        package=death.package, operation=death.operation, number=death.number, side=death.side
    )
    quick_staging.functions.kills.append(kill)
    played = SCENARIOS[death.scenario]

    assert played.play(quick_staging) == played.status, quick_staging.describe()
    assert_settled_on(quick_staging, played.version)
    assert kill.done, f"{death} did not happen"
    assert sum(one["creator"] == "user" for one in quick_staging.deployments()) == 1


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_call_of_the_functions_is_among_the_moments_at_which_they_are_killed(
    quick_staging: Platform, scenario: str
) -> None:
    """Notifications apart: they only read, and then write one message."""
    SCENARIOS[scenario].play(quick_staging)
    quick_staging.pass_time(10 * 60)
    made = {(call.package, call.operation) for call in quick_staging.functions.calls}
    others = {"release_notifications", "task_count", "live_target_group"}
    expected = {one for one in SCENARIOS[scenario].calls if one[1] != ANSWER}

    assert {one for one in made if one[0] not in others or one in LOOK_UP} - set(LOOK_UP) == (
        expected - set(LOOK_UP)
    )
