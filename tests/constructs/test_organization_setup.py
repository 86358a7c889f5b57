"""The function that sets up an organization by itself: its rights, and its custom resources."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_logs as logs
from aws_cdk import aws_organizations as organizations

from constructs_lib.organization_setup import (
    ANSWER_AFTER,
    TIMEOUT,
    OrganizationSetup,
    OrganizationSetupProps,
)
from lambdas.organization import handler
from tests.constructs.conftest import BuildStack
from tests.lambdas.organization.world import new_world
from tests.support.rights import LOG, called
from tests.support.templates import actions, allowed

ORGANIZATION, ROOT = "o-ab12cd34ef", "r-ab12"
DEV, PROD = "ou-ab12-11111111", "ou-ab12-22222222"
SHOP, TOOLS = "222222222222", "333333333333"
CLOUDTRAIL, SSO = "cloudtrail.amazonaws.com", "sso.amazonaws.com"


def make(stack: Stack, **changes: Any) -> OrganizationSetup:
    """The function alone."""
    given: dict[str, Any] = {
        "organization_id": ORGANIZATION,
        "root_id": ROOT,
        "log_retention": logs.RetentionDays.ONE_YEAR,
        "log_removal_policy": RemovalPolicy.RETAIN,
        **changes,
    }
    return OrganizationSetup(stack, "Setup", props=OrganizationSetupProps(**given))


def make_all(stack: Stack) -> None:
    """With a resource of each type."""
    setup = make(stack)
    setup.enable_policy_type(stack, "Scp", policy_type="SERVICE_CONTROL_POLICY")
    setup.enable_trusted_access(stack, "Trail", service_principal=CLOUDTRAIL)
    setup.place_account(stack, "Shop", account_id=SHOP, parent_id=PROD, may_come_from=[ROOT, DEV])
    setup.register_delegated_administrator(
        stack, "TrailAdmin", service_principal=CLOUDTRAIL, account_id=TOOLS
    )


@pytest.fixture(scope="module")
def template(built: BuildStack) -> Any:
    """As above."""
    return built(make_all)


def statements(template: Any) -> list[dict[str, Any]]:
    """Of the function's policy, without that on its log."""
    (policy,) = template.find_resources("AWS::IAM::Policy").values()
    found: list[dict[str, Any]] = policy["Properties"]["PolicyDocument"]["Statement"]
    return [each for each in found if set(actions(each)) != LOG]


def resource(template: Any, type_: str) -> dict[str, Any]:
    """The only resource of that type."""
    (found,) = template.find_resources(type_).values()
    one: dict[str, Any] = found
    return one


def test_without_resources_it_may_read_the_organization_and_do_nothing(built: BuildStack) -> None:
    assert allowed(statements(built(make))) == [
        (["organizations:DescribeOrganization"], ["*"], None)
    ]


def test_its_rights_are_those_of_its_resources_and_no_other(template: Any) -> None:
    prefix = "arn:aws:organizations::123456789012"
    roles = [
        "arn:aws:iam::123456789012:role/aws-service-role/cloudtrail.amazonaws.com/"
        "AWSServiceRoleForCloudTrail",
        "arn:aws:iam::123456789012:role/aws-service-role/context.cloudtrail.amazonaws.com/"
        "AWSServiceRoleForCloudTrailEventContext",
    ]
    for_cloudtrail = {"StringEquals": {"organizations:ServicePrincipal": CLOUDTRAIL}}
    found = [(sorted(names), sorted(on), when) for names, on, when in allowed(statements(template))]
    assert sorted(found, key=str) == sorted(
        [
            (
                [
                    "cloudtrail:RegisterOrganizationDelegatedAdmin",
                    "organizations:DescribeOrganization",
                    "organizations:ListAWSServiceAccessForOrganization",
                    "organizations:ListRoots",
                ],
                ["*"],
                None,
            ),
            (
                ["organizations:EnablePolicyType"],
                [f"{prefix}:root/{ORGANIZATION}/{ROOT}"],
                {"StringEquals": {"organizations:PolicyType": "SERVICE_CONTROL_POLICY"}},
            ),
            (
                [
                    "organizations:EnableAWSServiceAccess",
                    "organizations:ListDelegatedAdministrators",
                ],
                ["*"],
                for_cloudtrail,
            ),
            (
                ["organizations:ListParents"],
                [f"{prefix}:account/{ORGANIZATION}/{SHOP}"],
                None,
            ),
            (
                ["organizations:MoveAccount"],
                [
                    f"{prefix}:account/{ORGANIZATION}/{SHOP}",
                    f"{prefix}:ou/{ORGANIZATION}/{DEV}",
                    f"{prefix}:ou/{ORGANIZATION}/{PROD}",
                    f"{prefix}:root/{ORGANIZATION}/{ROOT}",
                ],
                None,
            ),
            (
                ["organizations:RegisterDelegatedAdministrator"],
                [f"{prefix}:account/{ORGANIZATION}/{TOOLS}"],
                for_cloudtrail,
            ),
            (["iam:GetRole"], roles, None),
            (
                ["iam:CreateServiceLinkedRole"],
                roles,
                {
                    "StringEquals": {
                        "iam:AWSServiceName": [CLOUDTRAIL, "context.cloudtrail.amazonaws.com"]
                    }
                },
            ),
        ],
        key=str,
    )


def test_another_service_s_administrator_needs_nothing_of_cloudtrail(built: BuildStack) -> None:
    def make_sso(stack: Stack) -> None:
        setup = make(stack)
        setup.enable_trusted_access(stack, "Access", service_principal=SSO)
        setup.register_delegated_administrator(
            stack, "Admin", service_principal=SSO, account_id=TOOLS
        )

    names = {name for each in statements(built(make_sso)) for name in actions(each)}
    assert {name.partition(":")[0] for name in names} == {"organizations"}


def test_each_resource_says_what_it_wants_and_is_answered_by_the_function(template: Any) -> None:
    said: dict[str, dict[str, Any]] = {
        "PolicyType": {"PolicyType": "SERVICE_CONTROL_POLICY"},
        "TrustedAccess": {"ServicePrincipal": CLOUDTRAIL},
        "AccountPlacement": {"AccountId": SHOP, "Parent": PROD, "MayComeFrom": [ROOT, DEV]},
        "DelegatedAdministrator": {"ServicePrincipal": CLOUDTRAIL, "AccountId": TOOLS},
    }
    (function,) = template.find_resources("AWS::Lambda::Function")
    for type_, wanted in said.items():
        assert resource(template, f"Custom::{type_}")["Properties"] == {
            **wanted,
            "ServiceToken": {"Fn::GetAtt": [function, "Arn"]},
            "ServiceTimeout": "900",
        }


def test_no_resource_is_asked_for_before_the_function_has_its_rights(template: Any) -> None:
    (policy,) = template.find_resources("AWS::IAM::Policy")
    assert policy in resource(template, "AWS::Lambda::Function")["DependsOn"]


def test_an_administrator_is_registered_after_its_service_is_trusted(template: Any) -> None:
    (trusted,) = template.find_resources("Custom::TrustedAccess")
    assert resource(template, "Custom::DelegatedAdministrator")["DependsOn"] == [trusted]


def test_an_administrator_of_a_service_that_is_not_trusted_is_refused(built: BuildStack) -> None:
    def make_wrong(stack: Stack) -> None:
        setup = make(stack)
        setup.enable_trusted_access(stack, "Access", service_principal=SSO)
        setup.register_delegated_administrator(
            stack, "Admin", service_principal=CLOUDTRAIL, account_id=TOOLS
        )

    with pytest.raises(
        ValueError, match=f"Test/Setup: {CLOUDTRAIL} .* call enable_trusted_access for it first"
    ):
        built(make_wrong)


def test_an_organization_of_the_same_stack_is_named_by_what_it_will_be(built: BuildStack) -> None:
    def make_new(stack: Stack) -> None:
        made = organizations.CfnOrganization(stack, "Organization")
        ou = organizations.CfnOrganizationalUnit(
            stack, "Prod", name="Prod", parent_id=made.attr_root_id
        )
        setup = make(stack, organization_id=made.attr_id, root_id=made.attr_root_id)
        setup.place_account(
            stack,
            "Shop",
            account_id=SHOP,
            parent_id=ou.attr_id,
            may_come_from=[made.attr_root_id],
        )

    (move,) = (
        each
        for each in statements(built(make_new))
        if actions(each) == ["organizations:MoveAccount"]
    )
    ou, root = ({"Fn::GetAtt": one} for one in (["Prod", "Id"], ["Organization", "RootId"]))
    named = [arn["Fn::Join"][1] for arn in move["Resource"]]
    organization = {"Fn::GetAtt": ["Organization", "Id"]}
    assert named == [
        ["arn:aws:organizations::123456789012:account/", organization, f"/{SHOP}"],
        ["arn:aws:organizations::123456789012:ou/", organization, "/", ou],
        ["arn:aws:organizations::123456789012:root/", organization, "/", root],
    ]


def test_the_function_has_time_to_try_and_cloudformation_waits_for_all_three_runs() -> None:
    """Lambda pauses one and two minutes before the second and the third."""
    assert TIMEOUT.to_seconds() >= handler.MARGIN_SECONDS + 60
    assert ANSWER_AFTER.to_seconds() >= 3 * TIMEOUT.to_seconds() + 180


def test_it_makes_the_calls_that_its_role_allows_and_no_other(
    template: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CloudTrail's own calls are among them: it makes them with the caller's rights."""
    granted = {name for each in statements(template) for name in actions(each)}
    with new_world() as world:
        wanted = {
            "PolicyType": {"PolicyType": "SERVICE_CONTROL_POLICY"},
            "TrustedAccess": {"ServicePrincipal": CLOUDTRAIL},
            "AccountPlacement": world.placement(),
            "DelegatedAdministrator": {
                "ServicePrincipal": CLOUDTRAIL,
                "AccountId": world.account,
            },
        }
        with called(monkeypatch) as calls:
            answers = [world.deploy(type_, given) for type_, given in wanted.items()]
    assert {each["Status"] for each in answers} == {"SUCCESS"}
    assert calls == granted
