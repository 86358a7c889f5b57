"""The function's process is killed at every call that leaves it, and the next run completes it.

Real PostgreSQL, TLS, the function's own code in a process that dies as Lambda's does; somebody
logs in with AWSCURRENT all the while.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from lambdas.rotation.events import Step
from tests.lambdas.secret_rotation.real import Prober, RealWorld
from tests.service.postgres import Postgres

PLACES_AT_LEAST = {Step.CREATE: 7, Step.SET: 35, Step.TEST: 15, Step.FINISH: 15}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealWorld]:
    server = Postgres()
    server.create()
    with ExitStack() as stack:
        stack.callback(server.destroy)
        made = RealWorld(server, tmp_path_factory.mktemp("rotation"), stack)
        stack.callback(made.close)
        yield made


@pytest.mark.parametrize("step", Step)
def test_a_step_killed_at_any_place_is_completed_and_awscurrent_always_logs_in(
    world: RealWorld, step: Step
) -> None:
    steps = list(Step)
    world.new_secret(f"killed_at_{step.lower()}")
    world.rotate()
    with Prober(world) as prober:
        place = 0
        while True:
            token = world.start()
            for before in steps[: steps.index(step)]:
                assert world.take(before, token)["error"] is None
            done = world.take(step, token, die_at=place)
            if not done["killed"]:
                assert done["error"] is None
                break
            prober.wait_for_one()
            # From any step: another one each time.
            again_from = place % len(steps)
            for one in steps[again_from:]:
                answered = world.take(one, token)
                assert answered["error"] is None, (place, one, answered)
            secret = world.model.secret(world.arn)
            assert secret.labels["AWSCURRENT"] == token
            place += 1
    assert place >= PLACES_AT_LEAST[step]
    assert prober.logins > place
    assert prober.refused == []
