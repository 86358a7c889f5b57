"""The fleet that stands in for tasks: it does as it is told, and moto's targets follow."""

from __future__ import annotations

from datetime import timedelta

from tests.support.simulated_fleet import Behaviour

from .world import World


def blue_set(world: World) -> str:
    """The first task set's ARN."""
    arn: str = world.service()["taskSets"][0]["taskSetArn"]
    return arn


def test_a_task_is_pending_then_running_then_healthy(world: World) -> None:
    world.group()
    world.deploy()
    seen = []
    for seconds in (0, 10, 20):
        world.pass_time(seconds)
        green = world.service()["taskSets"][1]["taskSetArn"]
        counts = world.fleet.counts(green)
        seen.append((counts.pending, counts.running, counts.healthy, world.healthy(world.green)))
    assert seen == [(2, 0, 0, 0), (0, 2, 0, 0), (0, 2, 2, 2)]


def test_a_lost_task_is_replaced(world: World) -> None:
    arn = blue_set(world)
    world.fleet.lose(arn, 1, reason="Host EC2 terminated")
    assert world.healthy(world.blue) == 1
    assert world.fleet.stopped_reasons(arn) == ["Host EC2 terminated"]
    world.pass_time(30)
    assert world.healthy(world.blue) == 2


def test_sick_tasks_run_on_and_are_no_targets(world: World) -> None:
    arn = blue_set(world)
    world.fleet.sicken(arn)
    world.pass_time(300)
    counts = world.fleet.counts(arn)
    assert (counts.running, counts.healthy, world.healthy(world.blue)) == (2, 0, 0)


def test_a_crashing_task_is_replaced_again_and_again(world: World) -> None:
    world.group()
    world.deploy()
    world.fleet.behaviours[world.latest_definition()] = Behaviour(
        healthy_after=None, crash_after=60
    )
    world.pass_time(200)
    green = world.service()["taskSets"][1]["taskSetArn"]
    assert len(world.fleet.stopped_reasons(green)) == 2 * 3


def test_a_fleet_that_is_healthy_at_once_needs_no_time(world: World) -> None:
    world.fleet.default = Behaviour(running_after=0, healthy_after=0, drain_seconds=0)
    world.group()
    world.deploy()
    world.pass_time(0)
    assert world.healthy(world.green) == 2
    assert world.weights() == {"blue": 80, "green": 20}


def test_what_has_settled_is_due_no_more(world: World) -> None:
    assert world.fleet.next_due() is None
    world.fleet.lose(blue_set(world), 1)
    assert world.fleet.next_due() == world.clock.now() + timedelta(seconds=10)


def test_an_unknown_set_has_no_tasks(world: World) -> None:
    assert world.fleet.counts("other").running == 0
    assert world.fleet.stopped_reasons("other") == ()
