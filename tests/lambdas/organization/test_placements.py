"""Which moves are made and which are refused: cases, and any order of them with repeats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lambdas.organization.world import MANAGEMENT, World, new_world


def move(world: World, account: str, parent: str) -> None:
    """A person moves it."""
    world.client.move_account(
        AccountId=account, SourceParentId=world.parent_of(account), DestinationParentId=parent
    )


def test_out_of_an_ou_that_is_not_listed_nothing_is_moved_and_what_to_do_is_said(
    world: World,
) -> None:
    move(world, world.account, world.prod)
    answer = world.deploy("AccountPlacement", world.placement())
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == (
        f"account {world.account} is in {world.prod}, and this placement moves it to {world.dev} "
        f"out of {world.root} only. Find out who put it there and which policies of {world.prod} "
        f"it would lose. Then add {world.prod} to MayComeFrom, or run aws organizations "
        f"move-account --account-id {world.account} --source-parent-id {world.prod} "
        f"--destination-parent-id {world.dev}, and deploy again"
    )
    assert world.parent_of(world.account) == world.prod
    listed = world.placement(MayComeFrom=[world.root, world.prod])
    assert world.deploy("AccountPlacement", listed)["Status"] == "SUCCESS"
    assert world.parent_of(world.account) == world.dev


def test_the_management_account_is_not_moved_whatever_is_listed(world: World) -> None:
    answer = world.deploy("AccountPlacement", world.placement(AccountId=MANAGEMENT))
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == (
        f"{MANAGEMENT} is the organization's management account, which is not moved: policies of "
        "an OU do not hold for it"
    )
    assert world.parent_of(MANAGEMENT) == world.root


def test_a_new_parent_alone_does_not_move_an_account_out_of_the_old_one(world: World) -> None:
    first = world.placement()
    world.deploy("AccountPlacement", first)
    answer = world.deploy(
        "AccountPlacement",
        world.placement(Parent=world.prod),
        request="Update",
        OldResourceProperties=first,
    )
    assert answer["Status"] == "FAILED"
    assert world.parent_of(world.account) == world.dev


def test_an_update_is_taken_back_though_its_ou_was_not_listed_before(world: World) -> None:
    """CloudFormation's rollback: an Update with the former properties."""
    first = world.placement()
    second = world.placement(Parent=world.prod, MayComeFrom=[world.dev])
    world.deploy("AccountPlacement", first)
    world.deploy("AccountPlacement", second, request="Update", OldResourceProperties=first)
    assert world.parent_of(world.account) == world.prod
    back = world.deploy("AccountPlacement", first, request="Update", OldResourceProperties=second)
    assert back["Status"] == "SUCCESS"
    assert world.parent_of(world.account) == world.dev


def test_the_way_back_of_another_account_is_none(world: World) -> None:
    second = world.placement(Parent=world.prod, MayComeFrom=[world.dev])
    move(world, world.account, world.prod)
    answer = world.deploy(
        "AccountPlacement",
        world.placement(),
        request="Update",
        OldResourceProperties={**second, "AccountId": "222222222222"},
    )
    assert answer["Status"] == "FAILED"
    assert world.parent_of(world.account) == world.prod


def test_an_update_from_properties_that_were_refused_is_made(world: World) -> None:
    answer = world.deploy(
        "AccountPlacement",
        world.placement(),
        request="Update",
        OldResourceProperties=world.placement(Parent="prod"),
    )
    assert answer["Status"] == "SUCCESS"


@pytest.fixture(scope="module")
def organization() -> Iterator[World]:
    """One for all examples, which have accounts of their own."""
    with new_world() as made:
        yield made


ACCOUNTS, OUS = range(3), range(2)
PLACES = range(3)

placements = st.fixed_dictionaries(
    {
        "account": st.sampled_from(ACCOUNTS),
        "ou": st.sampled_from(OUS),
        "listed": st.lists(st.sampled_from(PLACES), min_size=1, max_size=3),
        "update": st.booleans(),
        "repeats": st.integers(1, 2),
    }
)
by_hand = st.fixed_dictionaries(
    {"moved": st.sampled_from(ACCOUNTS[1:]), "to": st.sampled_from(PLACES)}
)


@settings(deadline=None, max_examples=60)
@given(steps=st.lists(placements | by_hand, max_size=8))
def test_in_any_order_only_what_is_listed_is_moved_and_a_repeat_changes_nothing(
    organization: World, steps: list[dict[str, Any]]
) -> None:
    """The first account is the management account. Updates follow whatever was asked before."""
    world = organization
    accounts = [MANAGEMENT, world.new_account(), world.new_account()]
    places = [world.dev, world.prod, world.root]
    where = dict.fromkeys(accounts, world.root)
    asked: dict[str, dict[str, Any]] = {}
    for step in steps:
        if "moved" in step:
            account = accounts[step["moved"]]
            move(world, account, places[step["to"]])
            where[account] = places[step["to"]]
            continue
        account, parent = accounts[step["account"]], places[step["ou"]]
        listed = [places[each] for each in step["listed"]]
        wanted = {"AccountId": account, "Parent": parent, "MayComeFrom": listed}
        before = asked.get(account) if step["update"] else None
        more: dict[str, Any] = (
            {"request": "Update", "OldResourceProperties": before} if before else {}
        )
        back = [before["Parent"]] if before and parent in before["MayComeFrom"] else []
        may = account != MANAGEMENT and where[account] in (parent, *listed, *back)
        for repeat in range(step["repeats"]):
            world.wire.asked.clear()
            answer = world.deploy("AccountPlacement", wanted, **more)
            moves = may and repeat == 0 and where[account] != parent
            assert world.wire.asked.count("MoveAccount") == int(moves)
            assert answer["Status"] == ("SUCCESS" if may else "FAILED")
            if not may and account != MANAGEMENT:
                assert f"Then add {where[account]} to MayComeFrom" in answer["Reason"]
            where[account] = parent if may else where[account]
            assert {each: world.parent_of(each) for each in accounts} == where
        if may:
            asked[account] = wanted
