"""`python -m ops approve`."""

from __future__ import annotations

from .command import Commands, on_terminal
from .world import SERVICE, World


def waiting(world: World) -> str:
    world.ask_for_approval()
    deployment = world.deploy(world.define(2))
    world.turn(minutes=2)
    assert world.info(deployment)["status"] == "Ready"
    return deployment


def test_a_release_that_waits_goes_on_and_what_is_approved_is_shown(
    world: World, run: Commands
) -> None:
    deployment = waiting(world)
    assert run("approve", "prod", SERVICE, "--yes") == 0
    shown = run.out.splitlines()
    assert shown[:4] == [
        f"{deployment} of {SERVICE}",
        f"  serves now        {'1' * 12}",
        f"  would serve       {'2' * 12}",
        "  release checks    4 of 4 checks passed",
    ]
    assert "  green             0 % of traffic, 2 of 2 targets healthy" in shown
    assert shown[-1] == f"approved; to see it: python -m ops watch prod {SERVICE}"
    world.turn(seconds=1)
    assert world.info(deployment)["status"] == "InProgress"


def test_scripts_get_json(world: World, run: Commands) -> None:
    deployment = waiting(world)
    assert run("approve", "prod", SERVICE, "--yes", "--json") == 0
    assert run.document() == {
        "approved": deployment,
        "service": SERVICE,
        "environment": "prod",
    }


def test_nothing_is_approved_without_a_terminal_unless_it_is_said(
    world: World, run: Commands
) -> None:
    deployment = waiting(world)
    assert run("approve", "prod", SERVICE) == 2
    assert run.err.strip() == "there is no terminal to ask on; add --yes to go ahead"
    world.turn(seconds=1)
    assert world.info(deployment)["status"] == "Ready"


def test_on_a_terminal_the_answer_decides(world: World) -> None:
    deployment = waiting(world)
    question = f"Let {deployment} move the traffic of {SERVICE} in prod? [y/N] "
    refused = on_terminal(world, "approve", "prod", SERVICE, answers=[(question, "\n")])
    assert refused.status == 1
    assert "nothing was done" in refused.drawn
    world.turn(seconds=1)
    assert world.info(deployment)["status"] == "Ready"
    agreed = on_terminal(world, "approve", "prod", SERVICE, answers=[(question, "y\n")])
    assert agreed.status == 0
    world.turn(seconds=1)
    assert world.info(deployment)["status"] == "InProgress"


def test_when_nothing_waits_it_says_what_there_is(world: World, run: Commands) -> None:
    assert run("approve", "prod", SERVICE, "--yes") == 1
    assert run.err.strip() == f"nothing waits for approval: no release of {SERVICE} runs in prod"
    deployment = world.deploy(world.define(2))
    world.turn(seconds=20)
    assert run("approve", "prod", SERVICE, "--yes") == 1
    assert run.err.strip() == (
        f"nothing waits for approval: {deployment} of {SERVICE}: preparing (Install)"
    )


def test_an_approval_that_comes_too_late_says_so(world: World) -> None:
    deployment = waiting(world)
    ended = on_terminal(
        world,
        *("approve", "prod", SERVICE),
        answers=[("[y/N] ", "y\n")],
        before_answer=lambda: world.turn(minutes=15),
    )
    assert ended.status == 1
    assert f"{deployment} does not wait for approval any more" in ended.drawn
