"""Users, the load balancer and targets together, under load."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from rehearsal.users import Answered

from ..balancer.conftest import World
from ..balancer.parts import targets
from .parts import Street


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A balancer."""
    opened = World(tmp_path / "balancer")
    opened.balancer.open()
    yield opened
    opened.balancer.close()


def percent(answers: list[Answered], addresses: tuple[str, ...]) -> float:
    """The share that they answered."""
    return 100 * sum(one.target in addresses for one in answers) / len(answers)


def test_weights_and_targets_change_under_load_and_no_request_fails(
    world: World, street: Street
) -> None:
    """Each answer is from whom the route of its time names, and each is in the access log."""
    with targets(6) as addresses:
        blue, green = addresses[:3], addresses[3:]
        world.route((100, blue), (0, green))
        street.visit(f"http://127.0.0.1:{world.ports['production']}", rate=300, keep_alive=0.8)
        street.await_answers(100)
        shares: dict[int, float] = {}
        for weight in (10, 20, 50, 100, 0):
            world.route((100 - weight, blue[weight % 3 :]), (weight, green))
            routed = monotonic()
            street.await_answers(len(street.seen) + 250)
            shares[weight] = percent(
                [one for one in street.seen if one.at - one.milliseconds / 1000 > routed], green
            )
        seen = street.leave()
        world.balancer.close()
    assert {(one.status, one.error, one.retried) for one in seen} == {(200, "", False)}
    assert shares == {
        weight: pytest.approx(weight, abs=2 if 0 < weight < 100 else 0) for weight in shares
    }
    assert len(world.seen) == len(seen)
    assert {one.target_status for one in world.seen} == {200}
