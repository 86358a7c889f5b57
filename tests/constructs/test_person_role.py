"""A person enters a role as whom, with what and for as long as its trust says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from hypothesis import given, settings
from hypothesis import strategies as st

from constructs_lib.person_role import PersonRole, PersonRoleProps, entry_statements
from constructs_lib.trusted_people import (
    TrustedPeople,
    TrustedPermissionSet,
    TrustedRoles,
    TrustedUsers,
)
from tests.constructs.conftest import BuildStack, FindingsOf
from tests.support.trust import enters

IDENTITY = "999999999999"
ROLE = "arn:aws:iam::123456789012:role/pase-operator"
BOUNDARY = "arn:aws:iam::123456789012:policy/pase-people"
PERMISSION_SET = (
    f"arn:aws:iam::{IDENTITY}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_"
)

USERS = TrustedUsers(account=IDENTITY, users=["people/*", "root-helper"])
ROLES = TrustedRoles(account=IDENTITY, roles=["people/operator"])
OPERATORS = TrustedPermissionSet(
    account=IDENTITY, permission_set="Operator", home_region="eu-west-1"
)

LOOK = {
    "Sid": "Look",
    "Effect": "Allow",
    "Action": "ecs:DescribeServices",
    "Resource": "arn:aws:ecs:ap-southeast-1:123456789012:service/shop/web",
}

ENTERING = {
    "users": {
        "aws:PrincipalArn": f"arn:aws:iam::{IDENTITY}:user/people/alice",
        "aws:userid": "AIDAEXAMPLE",
        "aws:username": "alice",
        "aws:MultiFactorAuthPresent": "true",
        "aws:MultiFactorAuthAge": "3599",
        "aws:RequestTag/Approval": "CHG-7",
        "sts:SourceIdentity": "alice",
    },
    "roles": {
        "aws:PrincipalArn": f"arn:aws:iam::{IDENTITY}:role/people/operator",
        "aws:userid": "AROAEXAMPLE:anything",
        "aws:RequestTag/Approval": "CHG-7",
        "sts:SourceIdentity": "alice",
    },
    "permission set": {
        "aws:PrincipalArn": f"{PERMISSION_SET}Operator_0123456789abcdef",
        "aws:userid": "AROAEXAMPLE:alice@example.com",
        "aws:RequestTag/Approval": "CHG-7",
        "sts:SourceIdentity": "alice@example.com",
    },
}
"""What STS sees of somebody who may enter, by the kind of people trusted."""

TRUSTED: dict[str, TrustedPeople] = {"users": USERS, "roles": ROLES, "permission set": OPERATORS}

UNREAD = {"aws:userid": ("users", "roles")}
"""Keys of a request that a trust of these people has no business with."""


def props(boundary: Any = None, **changes: Any) -> PersonRoleProps:
    """An operator's role, entered with an approval and under one's name."""
    given: dict[str, Any] = {
        "name": "pase-operator",
        "description": "Operates",
        "trusted": OPERATORS,
        "permissions_boundary": boundary,
        "statements": [iam.PolicyStatement.from_json(LOOK)],
        "session_tags": {"Approval": "CHG-?*"},
        "source_identity": True,
        **changes,
    }
    return PersonRoleProps(**given)


def make(stack: Stack, **changes: Any) -> PersonRole:
    """The role, under a boundary that is there."""
    boundary = iam.ManagedPolicy.from_managed_policy_arn(stack, "Boundary", BOUNDARY)
    return PersonRole(stack, "Operator", props=props(boundary, **changes))


def properties_of(template: Any) -> dict[str, Any]:
    """The role's."""
    (found,) = template.find_resources("AWS::IAM::Role").values()
    properties: dict[str, Any] = found["Properties"]
    return properties


@pytest.fixture(scope="module")
def trusts(built: BuildStack) -> dict[str, dict[str, Any]]:
    """The trust by the kind of people trusted."""

    def trust(trusted: TrustedPeople) -> dict[str, Any]:
        template = built(lambda stack: make(stack, trusted=trusted))
        document: dict[str, Any] = properties_of(template)["AssumeRolePolicyDocument"]
        return document

    return {kind: trust(trusted) for kind, trusted in TRUSTED.items()}


def statement(sid: str, action: str, condition: dict[str, Any]) -> dict[str, Any]:
    """A statement of a trust."""
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{IDENTITY}:root"},
        "Action": action,
        "Condition": condition,
    }


def test_a_user_enters_with_a_second_factor_an_approval_and_the_users_own_name(
    trusts: dict[str, Any],
) -> None:
    who = {
        "ArnLike": {
            "aws:PrincipalArn": [
                f"arn:aws:iam::{IDENTITY}:user/people/*",
                f"arn:aws:iam::{IDENTITY}:user/root-helper",
            ]
        },
        "Bool": {"aws:MultiFactorAuthPresent": "true"},
        "NumericLessThan": {"aws:MultiFactorAuthAge": "3600"},
    }
    approval = {"StringLike": {"aws:RequestTag/Approval": "CHG-?*"}}
    name = {"StringEquals": {"sts:SourceIdentity": "${aws:username}"}}

    assert trusts["users"] == {
        "Version": "2012-10-17",
        "Statement": [
            statement("Enter", "sts:AssumeRole", {**who, **approval, **name}),
            statement(
                "TagSession",
                "sts:TagSession",
                {**who, **approval, "ForAllValues:StringEquals": {"aws:TagKeys": ["Approval"]}},
            ),
            statement("NamePerson", "sts:SetSourceIdentity", {**who, **name}),
        ],
    }


def test_a_permission_sets_people_enter_without_a_second_factor_that_aws_cannot_see(
    trusts: dict[str, Any],
) -> None:
    who = {"ArnLike": {"aws:PrincipalArn": [f"{PERMISSION_SET}Operator_{'?' * 16}"]}}
    approval = {"aws:RequestTag/Approval": "CHG-?*"}
    name = {"sts:SourceIdentity": "*", "aws:userid": "*:${sts:SourceIdentity}"}

    assert trusts["permission set"]["Statement"] == [
        statement("Enter", "sts:AssumeRole", {**who, "StringLike": {**approval, **name}}),
        statement(
            "TagSession",
            "sts:TagSession",
            {
                **who,
                "StringLike": approval,
                "ForAllValues:StringEquals": {"aws:TagKeys": ["Approval"]},
            },
        ),
        statement("NamePerson", "sts:SetSourceIdentity", {**who, "StringLike": name}),
    ]


def test_without_tags_and_a_name_a_role_is_entered_and_nothing_else(built: BuildStack) -> None:
    template = built(
        lambda stack: make(stack, trusted=ROLES, session_tags={}, source_identity=False)
    )

    assert properties_of(template)["AssumeRolePolicyDocument"]["Statement"] == [
        statement(
            "Enter",
            "sts:AssumeRole",
            {"ArnEquals": {"aws:PrincipalArn": [f"arn:aws:iam::{IDENTITY}:role/people/operator"]}},
        )
    ]


def test_the_role_has_its_rights_under_its_boundary_for_an_hour(built: BuildStack) -> None:
    properties = properties_of(built(make))

    del properties["AssumeRolePolicyDocument"]
    assert properties == {
        "RoleName": "pase-operator",
        "Description": "Operates",
        "MaxSessionDuration": 3600,
        "PermissionsBoundary": BOUNDARY,
        "Policies": [
            {
                "PolicyName": "Rights",
                "PolicyDocument": {"Version": "2012-10-17", "Statement": [LOOK]},
            }
        ],
    }


@pytest.mark.parametrize("kind", TRUSTED)
def test_whoever_meets_every_condition_enters(trusts: dict[str, Any], kind: str) -> None:
    assert enters(trusts[kind], ENTERING[kind])


@pytest.mark.parametrize(
    ("kind", "key"), [(kind, key) for kind, context in ENTERING.items() for key in context]
)
def test_without_any_one_of_what_is_required_nobody_enters(
    trusts: dict[str, Any], kind: str, key: str
) -> None:
    context = {other: value for other, value in ENTERING[kind].items() if other != key}

    assert enters(trusts[kind], context) is (kind in UNREAD.get(key, ()))


@settings(deadline=None)
@given(data=st.data(), kind=st.sampled_from(sorted(TRUSTED)))
def test_nobody_enters_whose_request_lacks_any_number_of_the_keys(
    trusts: dict[str, Any], data: st.DataObject, kind: str
) -> None:
    required = [key for key in ENTERING[kind] if kind not in UNREAD.get(key, ())]
    kept = data.draw(st.sets(st.sampled_from(required)))

    context = {key: ENTERING[kind][key] for key in kept}

    assert enters(trusts[kind], context) is (kept == set(required))


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("users", {"aws:MultiFactorAuthPresent": "false"}),
        ("users", {"aws:MultiFactorAuthAge": "3600"}),
        ("users", {"sts:SourceIdentity": "bob"}),
        ("users", {"aws:PrincipalArn": f"arn:aws:iam::{IDENTITY}:user/robots/alice"}),
        ("users", {"aws:PrincipalArn": f"arn:aws:iam::{IDENTITY}:user/x/root-helper"}),
        ("users", {"aws:PrincipalArn": f"arn:aws:iam::{IDENTITY}:role/people/alice"}),
        ("users", {"aws:PrincipalArn": f"arn:aws:iam::{IDENTITY}:root"}),
        ("users", {"aws:PrincipalArn": "arn:aws:iam::888888888888:user/people/alice"}),
        ("roles", {"aws:PrincipalArn": f"arn:aws:iam::{IDENTITY}:role/operator"}),
        ("roles", {"aws:PrincipalArn": f"arn:aws:iam::{IDENTITY}:role/people/operator2"}),
        ("roles", {"aws:PrincipalArn": f"arn:aws:iam::{IDENTITY}:role/x/people/operator"}),
        ("permission set", {"sts:SourceIdentity": "bob@example.com"}),
        ("permission set", {"sts:SourceIdentity": "example.com"}),
        ("permission set", {"aws:PrincipalArn": f"{PERMISSION_SET}Operator_Dev_0123456789abcdef"}),
        ("permission set", {"aws:PrincipalArn": f"{PERMISSION_SET}Operator_"}),
        (
            "permission set",
            {
                "aws:PrincipalArn": f"arn:aws:iam::{IDENTITY}:role/"
                "AWSReservedSSO_Operator_0123456789abcdef"
            },
        ),
        *(
            (kind, changes)
            for kind in TRUSTED
            for changes in (
                {"aws:RequestTag/Approval": ""},
                {"aws:RequestTag/Approval": "CHG-"},
                {"aws:RequestTag/Approval": "chg-7"},
                {"aws:RequestTag/Approval": "NO-CHG-7"},
                {"aws:RequestTag/Team": "admins"},
            )
        ),
    ],
)
def test_nobody_enters_who_differs_in_one_thing(
    trusts: dict[str, Any], kind: str, changes: dict[str, str]
) -> None:
    assert not enters(trusts[kind], {**ENTERING[kind], **changes})


def test_a_role_that_takes_no_tags_and_no_name_refuses_them(built: BuildStack) -> None:
    template = built(
        lambda stack: make(stack, trusted=ROLES, session_tags={}, source_identity=False)
    )
    trust = properties_of(template)["AssumeRolePolicyDocument"]
    who = {"aws:PrincipalArn": f"arn:aws:iam::{IDENTITY}:role/people/operator"}

    assert enters(trust, who)
    assert not enters(trust, {**who, "aws:RequestTag/Approval": "CHG-7"})
    assert not enters(trust, {**who, "sts:SourceIdentity": "alice"})


def test_in_identity_centers_first_region_its_roles_have_no_region_in_their_path() -> None:
    people = TrustedPermissionSet(
        account=IDENTITY, permission_set="Operator", home_region="us-east-1"
    )

    assert people.conditions == {
        "ArnLike": {
            "aws:PrincipalArn": [
                f"arn:aws:iam::{IDENTITY}:role/aws-reserved/sso.amazonaws.com/"
                f"AWSReservedSSO_Operator_{'?' * 16}"
            ]
        }
    }


def test_the_account_of_the_people_grants_the_same_actions_on_that_role_alone() -> None:
    role = props()
    granted = entry_statements(
        trusted=role.trusted,
        session_tags=role.session_tags,
        source_identity=role.source_identity,
        role_arn=ROLE,
    )
    statements = [each.to_json() for each in granted]

    approval = {"aws:RequestTag/Approval": "CHG-?*"}
    name = {"sts:SourceIdentity": "*", "aws:userid": "*:${sts:SourceIdentity}"}
    assert [
        (each["Sid"], each["Effect"], each["Action"], each["Resource"], each["Condition"])
        for each in statements
    ] == [
        ("Enter", "Allow", "sts:AssumeRole", ROLE, {"StringLike": {**approval, **name}}),
        (
            "TagSession",
            "Allow",
            "sts:TagSession",
            ROLE,
            {
                "StringLike": approval,
                "ForAllValues:StringEquals": {"aws:TagKeys": ["Approval"]},
            },
        ),
        ("NamePerson", "Allow", "sts:SetSourceIdentity", ROLE, {"StringLike": name}),
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"session_hours": 2}, "session_hours is 2; allowed is 1, as AWS ends"),
        ({"session_hours": 0}, "session_hours is 0"),
        ({"trusted": ROLES, "session_hours": 2}, "session_hours is 2"),
        ({"trusted": USERS, "session_hours": 13}, "session_hours is 13; allowed is 1 to 12"),
        ({"session_tags": {"Approval": ""}}, 'session tag Approval is ""'),
        ({"session_tags": {"Approval": "*?*"}}, 'session tag Approval is "*?*"'),
        ({"session_tags": {"Approval": "${aws:username}"}}, "begins a policy variable"),
        ({"session_tags": {"": "CHG-*"}}, 'key is ""'),
        ({"session_tags": {"aws:x": "CHG-*"}}, 'key is "aws:x"'),
        ({"session_tags": {"A/B": "CHG-*"}}, 'key is "A/B"'),
    ],
)
def test_what_would_require_nothing_or_last_too_long_is_refused(
    changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match="the role pase-operator") as refused:
        props(**changes)

    assert message in str(refused.value)


def test_a_user_may_stay_twelve_hours(built: BuildStack) -> None:
    template = built(lambda stack: make(stack, trusted=USERS, session_hours=12))

    assert properties_of(template)["MaxSessionDuration"] == 43200


@pytest.mark.parametrize(
    ("kind", "fields", "message"),
    [
        (TrustedUsers, {"users": []}, "users is []"),
        (TrustedUsers, {"users": "people"}, "users is 'people'"),
        (TrustedUsers, {"users": ["/people/*"]}, 'trusted users are "/people/*"'),
        (TrustedUsers, {"users": ["${aws:username}"]}, 'trusted users are "${aws:username}"'),
        (TrustedUsers, {"users": ["*"], "account": "*"}, 'the trusted account is "*"'),
        (TrustedUsers, {"users": ["*"], "account": "12345678901٣"}, "the trusted account is"),
        (TrustedUsers, {"users": ["*"], "mfa_max_age_seconds": 0}, "mfa_max_age_seconds is 0"),
        (TrustedUsers, {"users": ["*"], "mfa_max_age_seconds": 43_201}, "allowed are 1 to 43,200"),
        (TrustedRoles, {"roles": []}, "roles is []"),
        (TrustedRoles, {"roles": ["*"]}, 'a trusted role is "*"'),
        (TrustedRoles, {"roles": ["people/oper*"]}, 'a trusted role is "people/oper*"'),
        (TrustedRoles, {"roles": ["/operator"]}, 'a trusted role is "/operator"'),
        (TrustedRoles, {"roles": ["a"], "account": "1"}, 'the trusted account is "1"'),
        (TrustedPermissionSet, {"permission_set": "*"}, 'permission_set is "*"'),
        (TrustedPermissionSet, {"permission_set": ""}, 'permission_set is ""'),
        (TrustedPermissionSet, {"permission_set": "a" * 33}, "allowed are 1 to 32 letters"),
        (TrustedPermissionSet, {"permission_set": "A", "home_region": "*"}, 'home_region is "*"'),
    ],
)
def test_people_who_are_not_named_exactly_enough_are_refused(
    kind: type[TrustedPeople], fields: dict[str, Any], message: str
) -> None:
    region = {"home_region": "eu-west-1"} if kind is TrustedPermissionSet else {}

    with pytest.raises(ValueError, match="allowed") as refused:
        kind(**{"account": IDENTITY, **region, **fields})

    assert message in str(refused.value)


def reads(characters: int) -> iam.PolicyStatement:
    """A statement that makes a policy of that many characters, alone in it."""
    document = {
        "Statement": [{"Action": "s3:GetObject", "Effect": "Allow", "Resource": "arn:aws:s3:::b/"}],
        "Version": "2012-10-17",
    }
    filling = characters - len(json.dumps(document, separators=(",", ":")))
    return iam.PolicyStatement(
        actions=["s3:GetObject"], resources=["arn:aws:s3:::b/" + "x" * filling]
    )


def test_rights_are_taken_up_to_iams_limit_and_not_beyond(built: BuildStack) -> None:
    built(lambda stack: make(stack, statements=[reads(10_240)]))

    with pytest.raises(ValueError, match=r"role pase-operator: the inline .* 10,241 .* 10,240"):
        built(lambda stack: make(stack, statements=[reads(10_241)]))


def test_a_trust_longer_than_iams_limit_is_refused(built: BuildStack) -> None:
    many = TrustedRoles(account=IDENTITY, roles=[f"people/{number:030}" for number in range(12)])

    with pytest.raises(ValueError, match=r"role pase-operator: the trust policy .* 2,048"):
        built(lambda stack: make(stack, trusted=many))


def test_cdk_nag_finds_nothing(findings_of: FindingsOf) -> None:
    assert findings_of(make) == []


def test_cdk_nag_looks_at_the_rights(findings_of: FindingsOf) -> None:
    broad = iam.PolicyStatement(actions=["s3:GetObject"], resources=["*"])

    found = findings_of(lambda stack: make(stack, statements=[broad]))

    assert {finding.rule for finding in found} == {"AwsSolutions-IAM5[Resource::*]"}
