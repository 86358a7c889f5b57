"""GitHub's jobs enter a role from the named places and from nowhere else."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from hypothesis import given, settings
from hypothesis import strategies as st

from constructs_lib.github_roles import GithubRoleProps, GithubRoles, GithubRolesProps
from tests.constructs.conftest import BuildStack, FindingsOf
from tests.support.trust import enters

PROVIDER = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
MAIN = "repo:Octo-Org/shop.web:ref:refs/heads/main"
PROD = "repo:Octo-Org@12/shop.web@345:environment:prod"


def role(**changes: Any) -> GithubRoleProps:
    """A role that looks at a service."""
    given: dict[str, Any] = {
        "name": "pase-github-look",
        "description": "Looks",
        "subjects": [MAIN, PROD],
        "statements": [
            iam.PolicyStatement(
                sid="Look",
                actions=["ecs:DescribeServices"],
                resources=["arn:aws:ecs:ap-southeast-1:123456789012:service/shop/web"],
            )
        ],
        **changes,
    }
    return GithubRoleProps(**given)


def make(stack: Stack, *roles: GithubRoleProps, provider_arn: str | None = None) -> GithubRoles:
    """The roles, or the one above."""
    props = GithubRolesProps(roles=roles or (role(),), provider_arn=provider_arn)
    return GithubRoles(stack, "Github", props=props)


def only(template: Any, type_: str) -> tuple[str, dict[str, Any]]:
    """Logical id and properties of the only resource of that type."""
    ((logical_id, found),) = template.find_resources(type_).items()
    return logical_id, found["Properties"]


@pytest.fixture(scope="module")
def template(built: BuildStack) -> Any:
    """The role as above and the provider."""
    return built(make)


@pytest.fixture(scope="module")
def trust(template: Any) -> dict[str, Any]:
    """The role's trust."""
    document: dict[str, Any] = only(template, "AWS::IAM::Role")[1]["AssumeRolePolicyDocument"]
    return document


def request(**changes: str | None) -> dict[str, str]:
    """What STS reads from GitHub's token; ``None`` leaves a claim out."""
    claims = {"aud": "sts.amazonaws.com", "sub": MAIN, **changes}
    return {
        f"token.actions.githubusercontent.com:{claim}": value
        for claim, value in claims.items()
        if value is not None
    }


def test_the_trust_asks_for_audience_and_subject_exactly_and_for_nothing_else(
    template: Any, trust: dict[str, Any]
) -> None:
    provider, _ = only(template, "AWS::IAM::OIDCProvider")

    assert trust == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Jobs",
                "Effect": "Allow",
                "Principal": {"Federated": {"Fn::GetAtt": [provider, "Arn"]}},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {
                    "StringEquals": {
                        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                        "token.actions.githubusercontent.com:sub": [MAIN, PROD],
                    }
                },
            }
        ],
    }


def test_the_provider_is_githubs_and_has_no_thumbprint(template: Any) -> None:
    assert only(template, "AWS::IAM::OIDCProvider")[1] == {
        "Url": "https://token.actions.githubusercontent.com",
        "ClientIdList": ["sts.amazonaws.com"],
    }


def test_the_role_has_the_rights_that_were_given_for_an_hour_at_most(template: Any) -> None:
    _, properties = only(template, "AWS::IAM::Role")

    del properties["AssumeRolePolicyDocument"]
    assert properties == {
        "RoleName": "pase-github-look",
        "Description": "Looks",
        "MaxSessionDuration": 3600,
        "Policies": [
            {
                "PolicyName": "Rights",
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Sid": "Look",
                            "Effect": "Allow",
                            "Action": "ecs:DescribeServices",
                            "Resource": "arn:aws:ecs:ap-southeast-1:123456789012:service/shop/web",
                        }
                    ],
                },
            }
        ],
    }


def test_a_provider_that_is_there_is_used_and_none_made(built: BuildStack) -> None:
    template = built(lambda stack: make(stack, provider_arn=PROVIDER))
    _, properties = only(template, "AWS::IAM::Role")
    (statement,) = properties["AssumeRolePolicyDocument"]["Statement"]

    template.resource_count_is("AWS::IAM::OIDCProvider", 0)
    assert statement["Principal"] == {"Federated": PROVIDER}


def test_each_role_is_known_by_its_name(built: BuildStack) -> None:
    made: dict[str, str] = {}

    def two(stack: Stack) -> None:
        roles = make(stack, role(name="pase-a"), role(name="pase-b", session_hours=12)).roles
        made.update({name: stack.get_logical_id(each) for name, each in roles.items()})

    resources = built(two).find_resources("AWS::IAM::Role")

    assert {
        name: resources[logical_id]["Properties"]["MaxSessionDuration"]
        for name, logical_id in made.items()
    } == {"pase-a": 3600, "pase-b": 43200}


@pytest.mark.parametrize(
    ("claims", "in_"),
    [
        ({}, True),
        ({"sub": PROD}, True),
        ({"sub": None}, False),
        ({"aud": None}, False),
        ({"aud": "https://github.com/Octo-Org"}, False),
        ({"sub": "repo:Octo-Org/shop.web:ref:refs/heads/main2"}, False),
        ({"sub": "repo:octo-org/shop.web:ref:refs/heads/main"}, False),
        ({"sub": "repo:Octo-Org/shopXweb:ref:refs/heads/main"}, False),
        ({"sub": "repo:Octo-Org/shop.web:pull_request"}, False),
        ({"sub": "repo:Octo-Org/shop.web:environment:prod"}, False),
        ({"sub": "repo:Octo-Org@12/shop.web@346:environment:prod"}, False),
    ],
)
def test_a_job_enters_from_the_named_places_alone(
    trust: dict[str, Any], claims: dict[str, str | None], in_: bool
) -> None:
    assert enters(trust, request(**claims), by="sts:AssumeRoleWithWebIdentity") is in_


@pytest.mark.parametrize(
    "subject",
    [
        "repo:o/n:ref:refs/heads/release/1.2",
        "repo:o/n:environment:Production%3AV1",
        "repo:o/n:pull_request",
        "repo:o@1/n@2:pull_request",
        "repo:o-o/.github:ref:refs/heads/main",
    ],
)
def test_an_exact_place_is_taken(built: BuildStack, subject: str) -> None:
    _, properties = only(
        built(lambda stack: make(stack, role(subjects=[subject]))), "AWS::IAM::Role"
    )
    (statement,) = properties["AssumeRolePolicyDocument"]["Statement"]

    assert statement["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"] == [
        subject
    ]


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "*",
        "repo:*",
        "repo:o/*:pull_request",
        "repo:o/n:*",
        "repo:o/n:ref:refs/heads/*",
        "repo:o/n:ref:refs/heads/mai?",
        "repo:o/n:environment:*",
        "repo:o/n:environment:${aws:username}",
        "repo:o/n:environment:",
        "repo:o/n:ref:refs/tags/v1",
        "repo:o/n:ref:main",
        "repo:o/n:pull_request ",
        "repo:o/n:pull_request\n",
        "Repo:o/n:pull_request",
        "repo:o:pull_request",
        "repo:o@1/n:pull_request",
        "repo:o/n@2:pull_request",
        "repo:o-1/n/x:pull_request",
        "repo:o/n:environment:prod:job_workflow_ref:o/n/.github/workflows/w.yml@refs/heads/main",
        "repository_owner:o:environment:prod",
    ],
)
def test_an_inexact_or_customized_place_is_refused_and_named(subject: str) -> None:
    with pytest.raises(ValueError, match="the role pase-github-look") as refused:
        role(subjects=[MAIN, subject])

    assert f'the subject is "{subject}"' in str(refused.value)
    assert '"repo:owner/name:environment:NAME"' in str(refused.value)


@settings(deadline=None)
@given(st.text(alphabet="repo:/@on1*?$ {}.-_prodhenvitmué", max_size=40))
def test_no_subject_that_is_taken_has_a_wildcard_or_a_variable(text: str) -> None:
    for subject in (text, f"repo:o/n:environment:{text}", f"repo:{text}:pull_request"):
        try:
            role(subjects=[subject], statements=[])
        except ValueError:
            continue
        assert not set(subject) & set("*?$ é")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"subjects": []}, "subjects is []"),
        ({"subjects": MAIN}, f"subjects is '{MAIN}'"),
        ({"session_hours": 0}, "session_hours is 0; allowed are 1 to 12"),
        ({"session_hours": 13}, "session_hours is 13; allowed are 1 to 12"),
        (
            {"subjects": [f"{MAIN}-{number}" for number in range(40)]},
            "the trust policy has 2,",
        ),
    ],
)
def test_a_role_that_nobody_could_enter_or_iam_would_refuse_is_refused(
    built: BuildStack, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match="the role pase-github-look") as refused:
        built(lambda stack: make(stack, role(**changes)))

    assert message in str(refused.value)


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com.example",
        "arn:aws:iam::123456789012:oidc-provider/gitlab.com",
        "token.actions.githubusercontent.com",
    ],
)
def test_another_provider_is_refused(built: BuildStack, arn: str) -> None:
    with pytest.raises(ValueError, match="provider_arn is") as refused:
        built(lambda stack: make(stack, provider_arn=arn))

    assert arn in str(refused.value)


def test_cdk_nag_finds_nothing(findings_of: FindingsOf) -> None:
    assert findings_of(make) == []


def test_cdk_nag_looks_at_the_rights(findings_of: FindingsOf) -> None:
    broad = iam.PolicyStatement(actions=["s3:GetObject"], resources=["*"])

    found = findings_of(lambda stack: make(stack, role(statements=[broad])))

    assert {finding.rule for finding in found} == {"AwsSolutions-IAM5[Resource::*]"}
