"""`python -m ops rollback` and `release`: at every point of a release, and after it."""

from __future__ import annotations

from typing import Any

import pytest

from .command import Commands, on_terminal
from .world import ALARMS, HOOK, SERVICE, World, digest


def rolled_back(world: World, run: Commands, *more: str) -> int:
    world.each_look = 150
    return run("rollback", "prod", SERVICE, "--yes", *more)


def weights(world: World) -> dict[str, int]:
    """The production listener's weights by target group."""
    listener = world.elb.describe_listeners(ListenerArns=[world.listeners[0]])["Listeners"][0]
    groups = listener["DefaultActions"][0]["ForwardConfig"]["TargetGroups"]
    return {group["TargetGroupArn"]: group["Weight"] for group in groups}


@pytest.mark.parametrize(
    "minutes", [0.2, 2, 8, 30], ids=["installing", "shifting", "baking", "hot standby"]
)
def test_an_active_release_is_stopped_and_what_served_before_serves_again(
    world: World, run: Commands, minutes: float
) -> None:
    first = world.serving()
    deployment = world.deploy(world.define(2))
    world.turn(minutes=minutes)
    assert rolled_back(world, run) == 0
    assert (
        f"{deployment} is active: it is stopped, and all traffic goes back to {'1' * 12} "
        f"({SERVICE}:1), whose tasks still run"
    ) in run.out
    assert f"CodeDeploy has taken it back; {'1' * 12} serves {SERVICE} now" in run.out
    assert world.serving() == first
    assert weights(world)[world.groups[0]] == 100
    stopped = world.info(deployment)
    assert stopped["status"] == "Stopped"
    assert world.info(stopped["rollbackInfo"]["rollbackDeploymentId"])["status"] == "Succeeded"


def test_after_the_clean_up_the_revision_that_served_before_is_released(
    world: World, run: Commands
) -> None:
    second = world.released(2)
    third = world.released(3)
    assert rolled_back(world, run) == 0
    assert f"now   {'3' * 12} ({SERVICE}:3)\nthen  {'2' * 12} ({SERVICE}:2)" in run.out
    assert f"all traffic of {SERVICE} is on {'2' * 12}" in run.out
    assert world.serving() == second != third
    started = world.deployments()[0]
    assert world.info(started)["description"] == f"pase rollback to {digest(2)}"
    assert "overrideAlarmConfiguration" not in world.info(started)
    content = world.content(started)
    assert content["Hooks"] == [{"AfterAllowTestTraffic": HOOK}]
    assert content["Resources"][0]["TargetService"]["Properties"]["TaskDefinition"] == second


def test_with_only_one_release_what_the_service_was_created_with_is_released(
    world: World, run: Commands
) -> None:
    first = world.serving()
    world.released(2)
    assert rolled_back(world, run) == 0
    assert world.serving() == first


def test_a_second_rollback_goes_further_back(world: World, run: Commands) -> None:
    world.released(2)
    world.released(3)
    assert rolled_back(world, run) == 0
    world.turn(minutes=90)
    assert rolled_back(world, run) == 0
    assert world.serving().endswith(f"{SERVICE}:1")


def test_a_rollback_asked_for_again_while_it_runs_is_the_same_one(
    world: World, run: Commands
) -> None:
    world.released(2)
    world.released(3)
    assert rolled_back(world, run) == 0
    before = world.deployments()
    assert rolled_back(world, run) == 0
    assert f"deployment {before[0]} is a rollback already and has moved all traffic" in run.out
    assert world.deployments() == before
    assert rolled_back(world, run, "--to", "3") == 0
    assert world.serving().endswith(f"{SERVICE}:3"), "undone only when it is named"


def test_a_rollback_approves_itself_where_releases_wait(world: World, run: Commands) -> None:
    world.released(2)
    world.ask_for_approval()
    assert rolled_back(world, run) == 0
    assert world.serving().endswith(f"{SERVICE}:1")


def test_alarms_that_the_bad_version_has_set_off_do_not_stop_its_rollback(
    world: World, run: Commands
) -> None:
    world.released(2)
    world.alarm(ALARMS[1], "ALARM")
    assert rolled_back(world, run) == 0
    assert f"these do not stop it: {ALARMS[1]} (the others still do)" in run.out
    override = world.info(world.deployments()[0])["overrideAlarmConfiguration"]
    assert override == {"enabled": True, "alarms": [{"name": ALARMS[0]}]}
    assert world.serving().endswith(f"{SERVICE}:1")


def test_a_rollback_that_fails_ends_with_1(world: World, run: Commands) -> None:
    second = world.released(2)
    world.hook = "Failed"
    assert rolled_back(world, run) == 1
    assert "release checks: 3 of 4 checks passed" in run.out
    assert world.serving() == second


@pytest.mark.parametrize(("to", "number"), [("1", 1), (digest(2)[:20], 2)])
def test_a_revision_can_be_named_by_number_or_by_digest(
    world: World, run: Commands, to: str, number: int
) -> None:
    world.released(2)
    world.released(3)
    assert rolled_back(world, run, "--to", to) == 0
    assert world.serving().endswith(f"{SERVICE}:{number}")


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        ("9", f"there is no task definition {SERVICE}:9"),
        ("cart:1", f"'cart:1' is of the family 'cart', and {SERVICE} runs '{SERVICE}'"),
        ("latest", "'latest' names no revision; give a number (42)"),
        ("sha256:123", "is too short for a digest; give at least 7 digits of it"),
        ("sha256:abcdefabcdef", "runs the image sha256:abcdefabcdef"),
        ("2", f"{SERVICE}:2 serves {SERVICE} already"),
    ],
)
def test_a_revision_that_cannot_be_returned_to_is_refused_with_the_reason(
    world: World, run: Commands, to: str, reason: str
) -> None:
    world.released(2)
    before = world.deployments()
    assert run("rollback", "prod", SERVICE, "--yes", "--to", to) == 1
    assert reason in run.err
    assert world.deployments() == before


def test_with_nothing_to_roll_back_it_ends_with_1_and_says_why(world: World, run: Commands) -> None:
    assert run("rollback", "prod", SERVICE, "--yes") == 1
    assert run.err.strip() == (
        f"nothing to roll back: {SERVICE}:1 serves {SERVICE}, and no revision that served before "
        "it is known"
    )
    assert run("rollback", "prod", "inventory", "--yes") == 1
    assert "the cluster has no ACTIVE service inventory" in run.err
    assert world.deployments() == []


def test_a_deregistered_revision_is_not_deployed(world: World, run: Commands) -> None:
    world.released(2)
    world.released(3)
    world.ecs.deregister_task_definition(taskDefinition=f"{SERVICE}:2")
    assert run("rollback", "prod", SERVICE, "--yes") == 1
    assert f"{SERVICE}:2 is INACTIVE: somebody has deregistered it" in run.err


def test_without_a_terminal_nothing_happens_unless_it_is_said(world: World, run: Commands) -> None:
    deployment = world.deploy(world.define(2))
    world.turn(minutes=2)
    assert run("rollback", "prod", SERVICE) == 2
    assert "there is no terminal to ask on; add --yes to go ahead" in run.err
    assert f"{deployment} is active: it is stopped" in run.out, "and yet it says what it would do"
    assert world.info(deployment)["status"] == "InProgress"


def test_a_release_that_ends_while_the_operator_thinks_is_not_rolled_back_blindly(
    world: World,
) -> None:
    world.deploy(world.define(2))
    world.turn(minutes=65)

    question = f"Roll {SERVICE} in prod back? [y/N] "
    ended = on_terminal(
        world,
        *("rollback", "prod", SERVICE),
        answers=[(question, "y\n")],
        before_answer=lambda: world.turn(minutes=10),
    )
    assert ended.status == 1
    assert "has ended meanwhile; look again and repeat" in ended.drawn


def test_scripts_get_json_lines(world: World, run: Commands) -> None:
    world.deploy(world.define(2))
    world.turn(minutes=2)
    assert rolled_back(world, run, "--json") == 0
    assert run.lines()[-1]["result"] == "rolled back"


def released_again(run: Commands, *more: str) -> int:
    return run("release", "prod", SERVICE, "--yes", *more)


def test_what_was_rolled_back_in_hot_standby_can_be_released_again(
    world: World, run: Commands
) -> None:
    wanted = world.define(2)
    world.deploy(wanted)
    world.turn(minutes=30)
    world.asked(wanted)
    assert rolled_back(world, run) == 0
    run("status", "prod", SERVICE)
    assert f"To release that again:  python -m ops release prod {SERVICE}" in run.out
    assert released_again(run) == 0
    started = world.deployments()[0]
    assert f"{started} started; to see it: python -m ops watch prod {SERVICE}" in run.out
    assert world.info(started)["description"] == f"pase release {digest(2)} by an operator"
    hooks: Any = world.content(started)["Hooks"]
    assert hooks == [{"AfterAllowTestTraffic": HOOK}], "not the AppSpec of CodeDeploy's rollback"
    world.turn(minutes=90)
    assert world.serving() == wanted


def test_what_serves_already_is_not_released(world: World, run: Commands) -> None:
    world.released(2)
    before = world.deployments()
    assert released_again(run) == 0
    assert run.out.strip() == f"{'2' * 12} serves {SERVICE} already; nothing is started"
    assert released_again(run, "--json") == 0
    assert run.document()["started"] is None
    assert world.deployments() == before


def test_a_release_needs_the_group_to_be_free_and_something_asked_for(
    world: World, run: Commands
) -> None:
    assert released_again(run) == 1
    assert f"it is not known what the stack of {SERVICE} asked for last" in run.err
    assert run("release", "prod", "inventory", "--yes") == 1
    assert "inventory is not deployed" in run.err
    world.asked(world.define(2))
    assert released_again(run) == 1
    assert f"CodeDeploy has no AppSpec of {SERVICE} to start from" in run.err
    deployment = world.deploy(world.define(3))
    world.turn(minutes=2)
    assert released_again(run) == 1
    assert f"{deployment} of {SERVICE} is active (shifting, 20 % on green" in run.err
    world.turn(minutes=90)
    world.ecs.deregister_task_definition(taskDefinition=f"{SERVICE}:2")
    assert released_again(run) == 1
    assert f"{SERVICE}:2, which the stack of {SERVICE} asked for, is INACTIVE" in run.err
