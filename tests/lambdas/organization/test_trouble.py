"""What AWS answers on the way: other changes, rates, what is not seen yet, and what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from lambdas.organization.handler import MARGIN_SECONDS, handler, outcome_of
from tests.lambdas.organization.test_custom_resources import CLOUDTRAIL, SCP, SSO, changes
from tests.lambdas.organization.world import MANAGEMENT, SECONDS, Clock, Context, World


@pytest.mark.parametrize(
    "code",
    [
        "ConcurrentModificationException",
        "TooManyRequestsException",
        "DestinationParentNotFoundException",
        "AccountNotFoundException",
        "AccessDeniedException",
    ],
)
def test_a_move_that_may_work_soon_is_tried_again(world: World, code: str) -> None:
    world.wire.fail("MoveAccount", code, code)
    clock = Clock()
    outcome = world.patiently("AccountPlacement", world.placement(), clock)
    assert outcome.status == "SUCCESS"
    assert outcome.reason.startswith(f"account {world.account} was moved from {world.root}")
    assert world.parent_of(world.account) == world.dev
    assert len(clock.sleeps) == 2, "after each failure"


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("DescribeOrganization", "AWSOrganizationsNotInUseException"),
        ("ListParents", "ChildNotFoundException"),
    ],
)
def test_what_was_just_made_and_is_not_found_yet_is_looked_for_again(
    world: World, operation: str, code: str
) -> None:
    world.wire.fail(operation, code, code)
    outcome = world.patiently("AccountPlacement", world.placement(), Clock())
    assert outcome.status == "SUCCESS"
    assert world.parent_of(world.account) == world.dev


def test_a_policy_type_is_there_when_the_root_shows_it_enabled(world: World) -> None:
    """EnablePolicyType is done in the background; a policy made before its end would fail."""

    def root(*statuses: str) -> dict[str, Any]:
        types = [{"Type": "SERVICE_CONTROL_POLICY", "Status": each} for each in statuses]
        return {"Roots": [{"Id": world.root, "PolicyTypes": types}]}

    world.wire.answer(
        "ListRoots",
        root("PENDING_DISABLE"),
        root(),
        root(),
        root("PENDING_ENABLE"),
        root("PENDING_ENABLE"),
    )
    clock = Clock()
    outcome = world.patiently("PolicyType", SCP, clock)
    assert outcome.reason == "SERVICE_CONTROL_POLICY was enabled in the root"
    assert changes(world) == ["EnablePolicyType"]
    assert len(clock.sleeps) == 3


def test_a_change_that_aws_does_not_show_yet_is_waited_for(world: World) -> None:
    """Asked for again meanwhile, which AWS answers with errors that say it is so."""
    nothing: dict[str, Any] = {"EnabledServicePrincipals": []}
    world.wire.answer("ListAWSServiceAccessForOrganization", *[nothing] * 3)
    assert world.patiently("TrustedAccess", {"ServicePrincipal": SSO}, Clock()).status == "SUCCESS"
    world.wire.answer("ListDelegatedAdministrators", *[{"DelegatedAdministrators": []}] * 3)
    wanted = {"ServicePrincipal": SSO, "AccountId": world.account}
    assert world.patiently("DelegatedAdministrator", wanted, Clock()).status == "SUCCESS"
    stale = {"Parents": [{"Id": world.root, "Type": "ROOT"}]}
    world.wire.answer("ListParents", *[stale] * 3)
    outcome = world.patiently("AccountPlacement", world.placement(), Clock())
    assert outcome.reason == f"account {world.account} was moved from {world.root} to {world.dev}"


def test_registered_with_cloudtrail_already_and_not_shown_yet_is_waited_for(world: World) -> None:
    world.deploy("TrustedAccess", {"ServicePrincipal": CLOUDTRAIL})
    wanted = {"ServicePrincipal": CLOUDTRAIL, "AccountId": world.account}
    world.wire.answer("ListDelegatedAdministrators", *[{"DelegatedAdministrators": []}] * 3)
    outcome = world.patiently("DelegatedAdministrator", wanted, Clock())
    assert outcome.status == "SUCCESS", outcome.reason


def test_an_account_that_is_there_meanwhile_is_no_error(world: World) -> None:
    world.wire.answer("ListParents", {"Parents": [{"Id": world.root, "Type": "ROOT"}]})
    world.wire.fail("MoveAccount", "DuplicateAccountException")
    world.client.move_account(
        AccountId=world.account, SourceParentId=world.root, DestinationParentId=world.dev
    )
    outcome = world.patiently("AccountPlacement", world.placement(), Clock())
    assert outcome.status == "SUCCESS"


def test_an_administrator_waits_for_its_service_s_trusted_access(world: World) -> None:
    """CloudTrail, and Organizations by its reason, refuse it before they have seen that."""
    wanted = {"ServicePrincipal": CLOUDTRAIL, "AccountId": world.account}
    clock = Clock()
    outcome = world.patiently("DelegatedAdministrator", wanted, clock)
    assert outcome.status == "FAILED"
    assert "CloudTrailAccessNotEnabledException" in outcome.reason
    assert len(clock.sleeps) > 5
    world.wire.fail(
        "RegisterDelegatedAdministrator",
        "ConstraintViolationException",
        Reason="SERVICE_ACCESS_NOT_ENABLED",
    )
    other = {"ServicePrincipal": SSO, "AccountId": world.account}
    assert world.patiently("DelegatedAdministrator", other, Clock()).status == "SUCCESS"


def test_what_does_not_pass_is_given_up_in_time_and_says_what_aws_said(world: World) -> None:
    world.wire.fail("MoveAccount", *["ConcurrentModificationException"] * 100)
    clock = Clock()
    outcome = world.patiently("AccountPlacement", world.placement(), clock)
    assert outcome.status == "FAILED"
    assert outcome.reason.startswith(f"moving account {world.account} to {world.dev} has not come")
    assert "ConcurrentModificationException said AWS" in outcome.reason
    assert outcome.reason.endswith("Deploy again when that has passed")
    assert SECONDS - 8 <= clock.now <= SECONDS
    assert clock.sleeps[0] <= 0.5
    assert max(clock.sleeps) <= 8.0
    assert 8 <= len(clock.sleeps) <= 20
    assert world.parent_of(world.account) == world.root


@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("InvalidInputException", {"Reason": "INVALID_PATTERN"}),
        ("ConstraintViolationException", {"Reason": "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"}),
        ("PolicyTypeNotAvailableForOrganizationException", {}),
    ],
)
def test_what_is_wrong_is_said_at_once(world: World, code: str, more: dict[str, str]) -> None:
    world.wire.fail("EnablePolicyType", code, **more)
    clock = Clock()
    outcome = world.patiently("PolicyType", SCP, clock)
    assert outcome.status == "FAILED"
    assert f"{code} said AWS" in outcome.reason
    assert clock.sleeps == []
    assert changes(world) == ["EnablePolicyType"]


def test_an_account_that_is_moved_elsewhere_meanwhile_is_left_there(world: World) -> None:
    world.wire.answer("ListParents", {"Parents": [{"Id": world.root, "Type": "ROOT"}]})
    world.wire.fail("MoveAccount", "SourceParentNotFoundException")
    world.client.move_account(
        AccountId=world.account, SourceParentId=world.root, DestinationParentId=world.prod
    )
    outcome = world.patiently("AccountPlacement", world.placement(), Clock())
    assert outcome.status == "FAILED"
    assert f"account {world.account} is in {world.prod}" in outcome.reason
    assert world.parent_of(world.account) == world.prod


def test_no_time_left_is_one_try(world: World) -> None:
    world.wire.fail("EnablePolicyType", "ConcurrentModificationException")
    event = world.event("PolicyType", SCP)
    outcome = outcome_of(event, own_account=MANAGEMENT, try_seconds=-10.0, clock=Clock())
    assert outcome.status == "FAILED"
    assert changes(world) == ["EnablePolicyType"]
    assert world.policy_types() == []


def test_the_handler_keeps_time_for_its_answer(world: World) -> None:
    world.wire.fail("EnablePolicyType", "ConcurrentModificationException")
    event = world.event("PolicyType", SCP)
    handler(event, Context(MANAGEMENT, seconds=MARGIN_SECONDS))
    (answer,) = world.bucket.answers
    assert answer["Status"] == "FAILED"
    assert "EnablePolicyType" in answer["Reason"]
