"""A step that sleeps at any of its calls while the world goes on, and then wakes up.

Every call of every step, with each of the things that may have happened meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lambdas.databases.errors import DatabaseError
from lambdas.rotation.errors import RotationError
from lambdas.rotation.events import Step
from tests.lambdas.secret_rotation.world import LOGINS, World
from tests.support.interleaving import Invocation

CALLS_AT_MOST = 40


def its_twin_rotates(world: World) -> None:
    """The same rotation is taken through all steps by another invocation."""
    world.rotate(token=world.tokens[-1])


def another_rotation_ends(world: World) -> None:
    """An operator gives this rotation up, and another one goes through."""
    world.discard_pending()
    world.rotate()


def two_rotations_end(world: World) -> None:
    """The same, twice: the login that is not in use is once more the one it was."""
    another_rotation_ends(world)
    world.rotate()


def another_rotation_begins(world: World) -> None:
    """This rotation is given up, and another one has made its value."""
    world.discard_pending()
    world.invoke(Step.CREATE, world.start()).finish()


def it_is_cancelled(world: World) -> None:
    """Rotation is switched off."""
    world.cancel()


def the_admin_changes(world: World) -> None:
    """The admin password is another one."""
    world.change_admin()


def the_server_restarts(world: World) -> None:
    """Sessions end."""
    world.server.restart()


def the_other_login_is_dropped(world: World) -> None:
    """Somebody drops the role that is being rotated to."""
    world.server.roles.pop("shop_b", None)


def awscurrent_is_moved_back(world: World) -> None:
    """Somebody goes back to AWSPREVIOUS, which is about the login that is being rotated to."""
    labels = world.secret.labels
    world.client.ask(
        "UpdateSecretVersionStage",
        SecretId=world.arn,
        VersionStage="AWSCURRENT",
        MoveToVersionId=labels["AWSPREVIOUS"],
        RemoveFromVersionId=labels["AWSCURRENT"],
    )


def the_other_login_is_put_by_hand(world: World) -> None:
    """Somebody makes the login that is being rotated to the current one."""
    world.put_by_hand("shop_b")


MEANWHILE = (
    its_twin_rotates,
    another_rotation_ends,
    two_rotations_end,
    another_rotation_begins,
    it_is_cancelled,
    the_admin_changes,
    the_server_restarts,
    the_other_login_is_dropped,
    the_other_login_is_put_by_hand,
    awscurrent_is_moved_back,
)


def broken_by_hand(meanwhile: Callable[[World], None], invocation: Invocation) -> bool:
    """Whether a person, who knows of no lock, changed the very role that is being changed or has
    just been proved. The rotation after that mends it.
    """
    if meanwhile in (the_other_login_is_put_by_hand, awscurrent_is_moved_back):
        return "lock" in invocation.calls
    proved = "log in" in invocation.calls[-2:] and invocation.calls[-1] != "log in as admin"
    return meanwhile is the_other_login_is_dropped and proved


def held(world: World, step: Step, calls: int) -> Invocation:
    """A rotation up to that call of that step."""
    token = world.start()
    for before in list(Step)[: list(Step).index(step)]:
        world.invoke(before, token).finish()
    invocation = world.invoke(step, token)
    for _ in range(calls):
        invocation.step()
    return invocation


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("meanwhile", MEANWHILE)
def test_awscurrent_logs_in_whatever_happened_while_a_step_slept(
    step: Step, meanwhile: Callable[[World], None]
) -> None:
    for calls in range(CALLS_AT_MOST):
        world = World()
        # So that the login that is rotated to has been used, and its password is of worth.
        world.end_rotated()
        world.end_rotated()
        invocation = held(world, step, calls)
        if invocation.over:
            assert calls > 2
            return
        meanwhile(world)
        if not world.works():
            # Going back to a login whose password has just been changed.
            assert meanwhile is awscurrent_is_moved_back
            assert step is not Step.CREATE
            continue
        broken = broken_by_hand(meanwhile, invocation)
        while not invocation.over:
            invocation.step()
            assert world.works() or broken, f"after {invocation.calls}"
        assert isinstance(invocation.error, RotationError | DatabaseError | None)
        world.end_rotated()
    raise AssertionError("the step makes more calls than are tried")


def test_a_finish_that_slept_through_a_later_rotation_does_not_go_back() -> None:
    for calls in range(CALLS_AT_MOST):
        world = World()
        invocation = held(world, Step.FINISH, calls)
        if invocation.over:
            return
        its_twin_rotates(world)
        world.end_rotated()
        latest = world.secret.labels["AWSCURRENT"]
        invocation.finish()
        assert world.secret.labels["AWSCURRENT"] == latest, invocation.calls
    raise AssertionError("the step makes more calls than are tried")


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("logins", [LOGINS, LOGINS[:1]], ids=["alternating", "single"])
@pytest.mark.parametrize("again_from", Step)
def test_a_step_killed_at_any_call_is_completed_by_the_next_run_from_any_step(
    step: Step, logins: tuple[str, ...], again_from: Step
) -> None:
    for calls in range(CALLS_AT_MOST):
        world = World(logins)
        invocation = held(world, step, calls)
        if invocation.over:
            assert calls > 2
            return
        invocation.kill()
        gap = world.single and step is Step.FINISH
        assert world.works() or gap
        token = world.tokens[-1]
        for one in list(Step)[list(Step).index(again_from) :]:
            done = world.invoke(one, token)
            done.finish()
            assert done.error is None, f"{one} after a kill at {invocation.calls}: {done.error!r}"
            assert world.works() or (gap and one is not Step.FINISH)
        assert world.secret.labels["AWSCURRENT"] == token
        assert world.works()
    raise AssertionError("the step makes more calls than are tried")


def test_a_single_user_s_gap_is_one_login_and_two_calls() -> None:
    """From the commit until AWSCURRENT moves: the proof, a last look, and the move."""
    world = World(LOGINS[:1])
    invocation = held(world, Step.FINISH, 0)
    refused = []
    while not invocation.over:
        if not world.works():
            refused.append(len(invocation.calls))
        invocation.step()
    assert [invocation.calls[index] for index in refused] == [
        "log in",
        "DescribeSecret",
        "UpdateSecretVersionStage",
    ]
