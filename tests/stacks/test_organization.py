"""The organization as the configuration has it: made or taken as it is, guarded or not yet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk.assertions import Template

from app import context
from config.load import load
from stacks.organization_stage import OrganizationStage
from tests.config.example import PLATFORM, Example, copy_example
from tests.support.synthesis import ROOT
from tests.support.templates import Templates, stack_output, strings

_OPERATOR = '[access.operator]\nenvironments = ["prod"]\n'

Synthesized = Callable[..., dict[str, dict[str, Any]]]


@pytest.fixture
def synthesized(tmp_path: Path) -> Synthesized:
    """Stack -> resources of the stage, with the configuration changed (old text, new text)."""

    def synthesize(*changes: tuple[str, str]) -> dict[str, dict[str, Any]]:
        example: Example = copy_example(tmp_path / "project")
        for old, new in changes:
            example.edit(PLATFORM, old, new)
        stage = OrganizationStage(
            App(context=context(ROOT)), "Organization", configuration=load(example.root)
        )
        return {
            stack.node.id: Template.from_stack(stack).to_json()["Resources"]
            for stack in stage.node.children
            if isinstance(stack, Stack)
        }

    return synthesize


def of_type(resources: dict[str, Any], type_: str) -> list[dict[str, Any]]:
    return [one["Properties"] for one in resources.values() if one["Type"] == type_]


def targets(resources: dict[str, Any]) -> dict[str, list[Any]]:
    """Policy -> what it is attached to."""
    return {
        one["Name"]: one["TargetIds"] for one in of_type(resources, "AWS::Organizations::Policy")
    }


def test_the_units_are_made_under_the_root_and_the_accounts_moved_from_there(
    templates: Templates,
) -> None:
    stack = templates["Organization", "Organization"]
    units = stack.of_type("AWS::Organizations::OrganizationalUnit")
    places = stack.of_type("Custom::AccountPlacement").values()

    assert {one["Name"]: one["ParentId"] for one in units.values()} == {
        "Dev": "r-exam",
        "Prod": "r-exam",
    }
    assert {(one["AccountId"], one["Parent"]["Fn::GetAtt"][0]) for one in places} == {
        ("222222222222", "DevUnit"),
        ("333333333333", "ProdUnit"),
        ("444444444444", "ProdUnit"),
    }
    assert all(one["MayComeFrom"] == ["r-exam"] for one in places)


def test_policies_wait_for_their_types_and_the_trail_for_cloudtrails_access(
    templates: Templates,
) -> None:
    resources = templates["Organization", "Organization"].resources
    for one in resources.values():
        if one["Type"] == "AWS::Organizations::Policy":
            assert {"ServiceControlPolicies", "ResourceControlPolicies"} <= set(one["DependsOn"])
    assert "CloudTrailAccess" in resources["Trail"]["DependsOn"]


def test_the_trail_is_the_organizations_and_writes_to_the_log_account(
    templates: Templates,
) -> None:
    trail = templates["Organization", "Organization"].one("AWS::CloudTrail::Trail")
    archive = templates["Organization", "LogArchive"]
    _, bucket = archive.only("AWS::S3::Bucket", BucketName="pase-organization-trail-666666666666")

    assert trail["IsOrganizationTrail"] is trail["IsMultiRegionTrail"] is True
    assert trail["EnableLogFileValidation"] is trail["IncludeGlobalServiceEvents"] is True
    assert trail["S3BucketName"] == bucket["BucketName"]
    assert bucket["ObjectLockEnabled"] is True
    assert bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"] == {
        "Days": 365,
        "Mode": "COMPLIANCE",
    }
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    arn = "arn:aws:cloudtrail:ap-southeast-1:555555555555:trail/pase-organization"
    policies = [archive.one("AWS::KMS::Key")["KeyPolicy"]]
    for policy in archive.of_type("AWS::S3::BucketPolicy").values():
        policies.append(policy["PolicyDocument"])
    trusting = [
        statement
        for policy in policies
        for statement in policy["Statement"]
        if "cloudtrail.amazonaws.com" in strings(statement.get("Principal", {}))
    ]
    assert len(trusting) == 4
    for statement in trusting:
        assert statement["Condition"]["StringEquals"]["aws:SourceArn"] == arn


def test_an_organization_that_exists_is_taken_as_it_is(synthesized: Synthesized) -> None:
    unit = '[organization.dev_unit]\nenvironments = ["dev"]\n'
    found = synthesized((unit, f'{unit}id = "ou-exam-11111111"\n'))["Organization"]

    assert [one["Name"] for one in of_type(found, "AWS::Organizations::OrganizationalUnit")] == [
        "Prod"
    ]
    assert of_type(found, "AWS::Organizations::Organization") == []
    assert "ou-exam-11111111" in targets(found)["pase-environments"]


def test_an_organization_is_made_on_request_and_everything_comes_after_it(
    synthesized: Synthesized,
) -> None:
    found = synthesized(
        ('root = "r-exam"\n', "create = true\n"),
        (
            "# People sign in at one account",
            '[[organization.accounts]]\nname = "pase dev"\nemail = "dev@example.com"\n'
            'unit = "dev"\n\n'
            "# People sign in at one account",
        ),
    )["Organization"]

    assert found["Organization"]["Type"] == "AWS::Organizations::Organization"
    root = {"Fn::GetAtt": ["Organization", "RootId"]}
    for unit in of_type(found, "AWS::Organizations::OrganizationalUnit"):
        assert unit["ParentId"] == root
    (account,) = of_type(found, "AWS::Organizations::Account")
    assert account["ParentIds"] == [{"Fn::GetAtt": ["DevUnit", "Id"]}]


def test_policies_can_be_there_and_attached_to_nothing(synthesized: Synthesized) -> None:
    found = synthesized(
        ('environments = ["dev"]\n\n[org', 'environments = ["dev"]\nguardrails = false\n\n[org'),
        ('["staging", "prod"]\n\n#', '["staging", "prod"]\nguardrails = false\n\n#'),
        ('root = "r-exam"\n', 'root = "r-exam"\nguard_platform = false\n'),
    )["Organization"]

    assert len(targets(found)) == 4
    assert set(map(tuple, targets(found).values())) == {()}


def test_without_a_trail_of_its_own_there_is_no_archive(synthesized: Synthesized) -> None:
    found = synthesized(
        ('root = "r-exam"\n', 'root = "r-exam"\ntrail = { enabled = false }\n'),
    )

    assert "LogArchive" not in found
    assert of_type(found["Organization"], "AWS::CloudTrail::Trail") == []


def test_with_identity_center_each_group_gets_a_permission_set_that_only_leads_on(
    synthesized: Synthesized,
) -> None:
    instance = "arn:aws:sso:::instance/ssoins-1111111111111111"
    found = synthesized(
        ('sign_in = "users"', f'sign_in = "identity_center"\ninstance_arn = "{instance}"'),
        ('users = ["developers/*"]', 'groups = ["d"]'),
        ('users = ["testers/*"]', 'groups = ["t"]'),
        (f'{_OPERATOR}users = ["operators/*"]', f'{_OPERATOR}groups = ["o", "p"]'),
        ('users = ["operators/*"]', 'groups = ["o"]'),
    )
    sets = {one["Name"]: one for one in of_type(found["SignIn"], "AWS::SSO::PermissionSet")}

    assert set(sets) == {"pase-developer", "pase-qa", "pase-operator", "pase-break-glass"}
    operator = sets["pase-operator"]["InlinePolicy"]["Statement"]
    assert {one["Action"] for one in operator} == {
        "sts:AssumeRole",
        "sts:SetSourceIdentity",
        "sts:TagSession",
    }
    assert operator[0]["Resource"] == [
        "arn:aws:iam::444444444444:role/pase-operator",
        "arn:aws:iam::111111111111:role/pase-operator",
    ]
    assigned = of_type(found["SignIn"], "AWS::SSO::Assignment")
    assert sorted(one["PrincipalId"] for one in assigned) == ["d", "o", "o", "p", "t"]
    assert {one["TargetId"] for one in assigned} == {"555555555555"}


def test_the_log_account_administers_cloudtrail_unless_that_is_not_wanted(
    templates: Templates, synthesized: Synthesized
) -> None:
    delegated = templates["Organization", "Organization"].one("Custom::DelegatedAdministrator")
    found = synthesized(
        ('root = "r-exam"\n', 'root = "r-exam"\ntrail = { delegated = false }\n'),
    )["Organization"]

    assert (delegated["ServicePrincipal"], delegated["AccountId"]) == (
        "cloudtrail.amazonaws.com",
        "666666666666",
    )
    assert of_type(found, "Custom::DelegatedAdministrator") == []


def test_identity_center_is_delegated_to_the_account_in_which_people_sign_in(
    synthesized: Synthesized,
) -> None:
    instance = "arn:aws:sso:::instance/ssoins-1111111111111111"
    sign_in = f'sign_in = "identity_center"\naccount = "111111111111"\ninstance_arn = "{instance}"'
    found = synthesized(
        ('sign_in = "users"', sign_in),
        ('users = ["developers/*"]', 'groups = ["d"]'),
        ('users = ["testers/*"]', 'groups = ["t"]'),
        (f'{_OPERATOR}users = ["operators/*"]', f'{_OPERATOR}groups = ["o"]'),
        ('users = ["operators/*"]', 'groups = ["o"]'),
    )["Organization"]
    delegated = {
        one["ServicePrincipal"]: one["AccountId"]
        for one in of_type(found, "Custom::DelegatedAdministrator")
    }

    assert delegated["sso.amazonaws.com"] == "111111111111"


def test_the_organizations_stacks_refer_to_no_other(templates: Templates) -> None:
    """Each is deployed by somebody else, at another time."""
    for stack in templates.organization:
        references = [
            stack_output(value)
            for value in _values(stack.template)
            if isinstance(value, dict) and "Fn::GetStackOutput" in value
        ]
        assert references == [], stack.name


def _values(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [value, *(one for item in value.values() for one in _values(item))]
    if isinstance(value, list):
        return [one for item in value for one in _values(item)]
    return [value]
