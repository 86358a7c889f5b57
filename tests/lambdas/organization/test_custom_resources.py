"""CloudFormation's events through the real handler: Organizations is moto's."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from lambdas.common.cloudformation import DeliveryError
from lambdas.organization.handler import handler
from tests.lambdas.organization.cloudtrail import ROLE
from tests.lambdas.organization.world import MANAGEMENT, Context, World

SCP = {"PolicyType": "SERVICE_CONTROL_POLICY"}
CLOUDTRAIL = "cloudtrail.amazonaws.com"
SSO = "sso.amazonaws.com"
CHANGES = {
    "EnableAWSServiceAccess",
    "EnablePolicyType",
    "MoveAccount",
    "RegisterDelegatedAdministrator",
}


def changes(world: World) -> list[str]:
    """What was asked of AWS that changes something."""
    return [each for each in world.wire.asked if each in CHANGES]


def every_resource(world: World) -> dict[str, dict[str, Any]]:
    """One of each type, in an order in which they can be made."""
    return {
        "PolicyType": SCP,
        "TrustedAccess": {"ServicePrincipal": CLOUDTRAIL},
        "AccountPlacement": world.placement(),
        "DelegatedAdministrator": {"ServicePrincipal": CLOUDTRAIL, "AccountId": world.account},
    }


def test_a_policy_type_is_enabled_and_then_policies_of_it_can_be_attached(world: World) -> None:
    answer = world.deploy("PolicyType", SCP)
    assert answer["Status"] == "SUCCESS"
    assert answer["Reason"] == "SERVICE_CONTROL_POLICY was enabled in the root"
    assert answer["PhysicalResourceId"] == "SERVICE_CONTROL_POLICY/policy-type"
    assert world.policy_types() == ["SERVICE_CONTROL_POLICY"]


def test_trusted_access_is_switched_on_for_the_service_alone(world: World) -> None:
    answer = world.deploy("TrustedAccess", {"ServicePrincipal": CLOUDTRAIL})
    assert answer["Status"] == "SUCCESS"
    assert answer["Reason"] == f"trusted access of {CLOUDTRAIL} was switched on"
    assert answer["PhysicalResourceId"] == f"{CLOUDTRAIL}/trusted-access"
    assert world.trusted() == [CLOUDTRAIL]


def test_an_account_is_moved_into_its_ou(world: World) -> None:
    answer = world.deploy("AccountPlacement", world.placement())
    assert answer["Status"] == "SUCCESS"
    assert answer["Reason"] == (
        f"account {world.account} was moved from {world.root} to {world.dev}"
    )
    assert answer["PhysicalResourceId"] == f"{world.account}/placement"
    assert world.parent_of(world.account) == world.dev


def test_cloudtrail_s_administrator_is_registered_with_cloudtrail_which_makes_its_role(
    world: World,
) -> None:
    world.deploy("TrustedAccess", {"ServicePrincipal": CLOUDTRAIL})
    wanted = {"ServicePrincipal": CLOUDTRAIL, "AccountId": world.account}
    answer = world.deploy("DelegatedAdministrator", wanted)
    assert answer["Status"] == "SUCCESS", answer
    assert answer["Reason"] == (
        f"account {world.account} was made a delegated administrator of {CLOUDTRAIL}"
    )
    assert answer["PhysicalResourceId"] == f"{CLOUDTRAIL}/{world.account}/delegated-administrator"
    assert world.administrators(CLOUDTRAIL) == [world.account]
    assert boto3.client("iam").get_role(RoleName=ROLE)["Role"]["RoleName"] == ROLE
    assert "RegisterDelegatedAdministrator" not in world.wire.asked, "by CloudTrail, not by us"


def test_another_service_s_administrator_is_registered_with_organizations(world: World) -> None:
    wanted = {"ServicePrincipal": SSO, "AccountId": world.account}
    assert world.deploy("DelegatedAdministrator", wanted)["Status"] == "SUCCESS"
    assert world.administrators(SSO) == [world.account]
    assert changes(world) == ["RegisterDelegatedAdministrator"]


def test_what_others_have_is_not_taken_for_it(world: World) -> None:
    other = world.new_account()
    world.client.enable_policy_type(RootId=world.root, PolicyType="TAG_POLICY")
    for service in (SSO, "ssm.amazonaws.com"):
        world.client.enable_aws_service_access(ServicePrincipal=service)
    for account, service in ((other, CLOUDTRAIL), (world.account, SSO)):
        world.client.register_delegated_administrator(AccountId=account, ServicePrincipal=service)
    for name, given in every_resource(world).items():
        answer = world.deploy(name, given)
        assert answer["Status"] == "SUCCESS"
        assert " already" not in answer["Reason"]
    assert sorted(world.policy_types()) == ["SERVICE_CONTROL_POLICY", "TAG_POLICY"]
    assert set(world.trusted()) == {SSO, "ssm.amazonaws.com", CLOUDTRAIL}
    assert set(world.administrators(CLOUDTRAIL)) == {other, world.account}


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_what_is_so_already_is_a_success_that_changes_nothing(
    world: World, request_type: str
) -> None:
    resources = every_resource(world)
    first = {name: world.deploy(name, given) for name, given in resources.items()}
    world.wire.asked.clear()
    for name, given in resources.items():
        again = world.deploy(name, given, request=request_type)
        assert again["Status"] == "SUCCESS"
        assert again["Reason"].endswith("already; nothing was changed")
        assert again["PhysicalResourceId"] == first[name]["PhysicalResourceId"]
    assert changes(world) == []


def test_deleting_leaves_everything_and_says_how_a_person_goes_back(world: World) -> None:
    resources = every_resource(world)
    made = {name: world.deploy(name, given) for name, given in resources.items()}
    world.wire.asked.clear()
    said = {
        name: world.deploy(
            name,
            given,
            request="Delete",
            PhysicalResourceId=made[name]["PhysicalResourceId"],
        )
        for name, given in resources.items()
    }
    assert world.wire.asked == []
    assert {each["Status"] for each in said.values()} == {"SUCCESS"}
    assert [each["PhysicalResourceId"] for each in said.values()] == [
        each["PhysicalResourceId"] for each in made.values()
    ]
    commands = {
        "PolicyType": "aws organizations disable-policy-type",
        "TrustedAccess": "aws organizations disable-aws-service-access --service-principal "
        f"{CLOUDTRAIL}",
        "AccountPlacement": "aws organizations move-account",
        "DelegatedAdministrator": "aws cloudtrail deregister-organization-delegated-admin "
        f"--delegated-admin-account-id {world.account}",
    }
    for name, command in commands.items():
        assert said[name]["Reason"].endswith(f" runs {command}")
        assert " left " in said[name]["Reason"]


def test_the_way_back_of_another_service_s_administrator_is_organizations_command(
    world: World,
) -> None:
    wanted = {"ServicePrincipal": SSO, "AccountId": world.account}
    reason = world.deploy("DelegatedAdministrator", wanted, request="Delete")["Reason"]
    assert reason.endswith(
        "aws organizations deregister-delegated-administrator "
        f"--service-principal {SSO} --account-id {world.account}"
    )


def test_what_could_not_be_created_for_its_properties_can_be_deleted(world: World) -> None:
    failed = world.deploy("PolicyType", {"PolicyType": "scp"})
    assert failed["Status"] == "FAILED"
    assert failed["PhysicalResourceId"] == "Setup/organization"
    answer = world.deploy(
        "PolicyType",
        {"PolicyType": "scp"},
        request="Delete",
        PhysicalResourceId="Setup/organization",
    )
    assert (answer["Status"], answer["Reason"]) == ("SUCCESS", "there is nothing to delete")


def test_another_ou_is_the_same_resource_and_another_account_is_another(world: World) -> None:
    first = world.deploy("AccountPlacement", world.placement())
    second = world.deploy(
        "AccountPlacement",
        world.placement(Parent=world.prod, MayComeFrom=[world.dev]),
        request="Update",
        PhysicalResourceId=first["PhysicalResourceId"],
        OldResourceProperties=world.placement(),
    )
    assert (first["Status"], second["Status"]) == ("SUCCESS", "SUCCESS")
    assert first["PhysicalResourceId"] == second["PhysicalResourceId"]
    assert world.parent_of(world.account) == world.prod
    other = world.deploy("AccountPlacement", world.placement(AccountId=world.new_account()))
    assert other["PhysicalResourceId"] != first["PhysicalResourceId"]


def test_an_update_that_fails_keeps_the_resource_s_identity(world: World) -> None:
    answer = world.deploy(
        "AccountPlacement",
        world.placement(AccountId=MANAGEMENT),
        request="Update",
        PhysicalResourceId="111111111111/placement",
        OldResourceProperties=world.placement(),
    )
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", "111111111111/placement")


def test_in_a_member_account_nothing_is_done_and_the_right_account_is_named(world: World) -> None:
    for name, given in every_resource(world).items():
        answer = world.deploy(name, given, running_in="222222222222")
        assert answer["Status"] == "FAILED"
        assert answer["Reason"] == (
            f"this function runs in account 222222222222, and account {MANAGEMENT} manages the "
            "organization; deploy this stack there"
        )
    assert changes(world) == []


def test_the_management_account_is_no_delegated_administrator(world: World) -> None:
    wanted = {"ServicePrincipal": SSO, "AccountId": MANAGEMENT}
    answer = world.deploy("DelegatedAdministrator", wanted)
    assert answer["Status"] == "FAILED"
    assert "which administers every service by itself; name a member account" in answer["Reason"]
    assert changes(world) == []


@pytest.mark.parametrize(
    ("type_", "changed", "said"),
    [
        ("PolicyType", {"PolicyType": None}, "PolicyType has None; allowed: as SERVICE_CONTROL_"),
        ("PolicyType", {"PolicyType": "scp"}, "PolicyType has 'scp'; allowed: as SERVICE_CONTROL_"),
        ("TrustedAccess", {"ServicePrincipal": "cloudtrail"}, "ServicePrincipal has 'cloudtrail'"),
        ("AccountPlacement", {"AccountId": "1234"}, "AccountId has '1234'; allowed: 12 digits"),
        ("AccountPlacement", {"Parent": "r-ab12"}, "Parent has 'r-ab12'; allowed: an OU's id"),
        ("AccountPlacement", {"Parent": ["ou"]}, "Parent has ['ou']; allowed: an OU's id"),
        ("AccountPlacement", {"MayComeFrom": []}, "MayComeFrom must be a list of ids"),
        ("AccountPlacement", {"MayComeFrom": "r-ab12"}, "MayComeFrom must be a list of ids"),
        ("AccountPlacement", {"MayComeFrom": ["root"]}, "MayComeFrom has 'root'; allowed: the ids"),
        ("DelegatedAdministrator", {"AccountId": None}, "AccountId has None; allowed: 12 digits"),
    ],
)
def test_bad_properties_are_refused_with_what_was_given(
    world: World, type_: str, changed: dict[str, Any], said: str
) -> None:
    answer = world.deploy(type_, {**every_resource(world)[type_], **changed})
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith(said)
    assert world.wire.asked == []


def test_events_that_cannot_be_used_are_answered(world: World) -> None:
    unknown = world.deploy("Account", {})["Reason"]
    assert unknown.startswith(
        "ResourceType is 'Custom::Account'; it is one of Custom::PolicyType, "
    )
    assert world.deploy("PolicyType", None)["Reason"] == "the request has no ResourceProperties"
    replace = world.deploy("PolicyType", SCP, request="Replace")
    assert replace["Status"] == "FAILED"
    assert "RequestType is 'Replace'; it is one of Create, Update, Delete" in replace["Reason"]


def test_an_answer_that_is_not_taken_is_raised_so_that_lambda_runs_the_event_again(
    world: World,
) -> None:
    event = world.event("PolicyType", SCP)
    world.bucket.refuse = True
    with pytest.raises(DeliveryError, match="HTTP status 403"):
        handler(event, Context(MANAGEMENT))
    world.bucket.refuse = False
    handler(event, Context(MANAGEMENT))
    (answer,) = world.bucket.answers
    assert answer["Reason"] == "SERVICE_CONTROL_POLICY is enabled already; nothing was changed"
