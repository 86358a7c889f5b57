"""What the simulator does not know is supplied or refused; where it is wrong, a test says so."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from tests.iam.example import (
    ACCOUNT,
    DATABASE,
    DELETE,
    FULL,
    OTHER,
    READ,
    REGIONS,
    ROLE,
    assumption,
    deletion,
    denying,
    document,
    statement,
    trust,
    with_condition,
)
from tests.iam.simulator import Policy, Reason, decide, simulate

PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
BRANCH = "repo:shop/platform:ref:refs/heads/main"


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"sub": BRANCH, "aud": "sts.amazonaws.com"}, "Allowed"),
        ({"sub": "repo:shop/platform:pull_request", "aud": "sts.amazonaws.com"}, None),
        ({"sub": BRANCH, "aud": "somebody"}, None),
        ({"aud": "sts.amazonaws.com"}, None),
    ],
)
def test_a_workflow_of_github_assumes_a_role_with_the_claims_of_its_token(
    claims: dict[str, str], expected: str | None
) -> None:
    """IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html

    The simulator is wrong here: it knows no ``sub`` and ``aud`` of this provider and would ignore
    them, so they are translated for it. A claim that AWS does not evaluate stays an error.
    """
    host = "token.actions.githubusercontent.com"
    condition = {"StringEquals": {f"{host}:sub": BRANCH, f"{host}:aud": "sts.amazonaws.com"}}
    action = "sts:AssumeRoleWithWebIdentity"
    policy = trust("GitHub", {"Federated": PROVIDER}, action, Condition=condition)
    request = dataclasses.replace(
        assumption(principal=PROVIDER, resource_policy=policy),
        action=action,
        context={f"{host}:{claim}": value for claim, value in claims.items()},
    )
    verdict = decide(request)
    assert verdict.result == (expected or "ImplicitlyDenied")
    unknown = dataclasses.replace(request, context={f"{host}:subject": BRANCH})
    assert decide(unknown).ignored_context_keys == [f"{host}:subject"]
    elsewhere = dataclasses.replace(request, action="sts:TagSession")
    assert set(decide(elsewhere).ignored_context_keys) == set(request.context)


def test_what_follows_from_the_request_is_filled_in() -> None:
    """IAM/latest/UserGuide/reference_policies_condition-keys.html"""
    condition = {
        "ArnEquals": {"aws:PrincipalArn": ROLE},
        "StringEquals": {
            "aws:PrincipalAccount": ACCOUNT,
            "aws:PrincipalType": "AssumedRole",
            "aws:ResourceAccount": ACCOUNT,
        },
        "Bool": {"aws:PrincipalIsAWSService": "false"},
    }
    assert with_condition(condition, {}, "Allow").result == "Allowed"
    elsewhere = {"aws:ResourceAccount": OTHER}
    assert with_condition(condition, elsewhere, "Allow").result == "ImplicitlyDenied"


def test_a_root_user_is_given_its_rights_by_the_test() -> None:
    """IAM/latest/UserGuide/id_root-user.html

    The simulator is wrong here: without a policy it denies what AWS allows a root user.
    """
    root = f"arn:aws:iam::{ACCOUNT}:root"
    no_root = denying("NoRoot", {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}})
    without, with_, guarded = simulate(
        [
            deletion(principal=root),
            deletion(principal=root, identity=[FULL]),
            deletion(principal=root, identity=[FULL], scps=[("root", [no_root])]),
        ]
    )
    assert (without.result, with_.result) == ("ImplicitlyDenied", "Allowed")
    assert guarded.denied_by == [("NoRoot", "NoRoot")]


def test_a_resource_policy_that_names_the_session_is_not_seen_to_pass_a_session_policy() -> None:
    """IAM/latest/UserGuide/access_policies.html#policies_session

    The simulator is wrong here, on the careful side: AWS adds what a resource policy grants to the
    session itself to what the session policy leaves.
    """
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/dev/me"
    bucket = Policy(
        "bucket", document(statement("Session", action="s3:PutObject", Principal={"AWS": session}))
    )
    request = deletion(
        principal=session,
        action="s3:PutObject",
        resource="arn:aws:s3:::logs/x",
        resource_policy=bucket,
    )
    plain, limited = simulate([request, dataclasses.replace(request, session_policies=[READ])])
    assert (plain.result, limited.result) == ("Allowed", "ImplicitlyDenied")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"action": "rds:DeleteDBInstnce"}, "rds:DeleteDBInstnce"),
        ({"action": "rd:DeleteDBInstance"}, "rd:DeleteDBInstance"),
        ({"action": "DeleteDBInstance"}, "DeleteDBInstance"),
        ({"context": {"aws:PrincipleArn": ROLE}}, "aws:PrincipleArn"),
        ({"context": {"rds:PubliclyAccessible": "true"}}, "rds:PubliclyAccessible"),
        ({"context": {"aws:RequestedRegion": ["a", "b"]}}, "aws:RequestedRegion has one value"),
        ({"resource": "*"}, 'name one, without "*"'),
        ({"resource": f"{DATABASE}*"}, 'name one, without "*"'),
        ({"resource": "arn:aws:s3:::logs"}, "arn:aws:s3:::logs: the action knows no resource"),
        ({"action": "rds:DescribeAccountAttributes"}, 'pass "*"'),
        ({"principal": "dev"}, 'the principal "dev"'),
        ({"principal": "lambda.amazonaws.com", "scps": [("root", [FULL])]}, "leave scps out"),
        (
            {
                "principal": f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x.amazonaws.com/X",
                "scps": [("root", [FULL])],
            },
            "leave scps out",
        ),
        ({"scps": [("root", [REGIONS])]}, '"Regions" asks for aws:RequestedRegion'),
        ({"identity": [denying("A", {"StringEqual": {"aws:userid": "x"}})]}, "StringEqual"),
        ({"identity": [denying("A", Principal="*")]}, 'the policy "A" is not valid'),
        ({"identity": [Policy("A", {"Version": "2012-10-17"})]}, 'the policy "A" is not valid'),
    ],
)
def test_what_would_not_be_evaluated_as_it_was_meant_is_an_error(
    changes: dict[str, Any], said: str
) -> None:
    verdict = decide(deletion(**{"identity": [FULL], **changes}))
    assert verdict.result == "Error"
    assert said in verdict.error


def test_a_session_of_a_role_does_not_say_the_roles_path_so_the_test_has_to() -> None:
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/me"
    context = {"aws:RequestedRegion": "us-east-1"}
    request = deletion(principal=session, identity=[FULL], scps=[("root", [REGIONS])])
    silent, told = simulate(
        [
            dataclasses.replace(request, context=context),
            dataclasses.replace(
                request,
                context={**context, "aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/x/admin"},
            ),
        ]
    )
    assert "asks for aws:PrincipalArn" in silent.error
    assert told.denied_by == [("Regions", "Regions")]


def test_a_mistake_in_one_request_leaves_the_others_their_verdicts_in_order() -> None:
    wrong = deletion(action="rds:Nothing")
    unknown = deletion(principal="nobody")
    good = deletion(identity=[DELETE])
    verdicts = simulate([unknown, good, wrong, deletion(), good])
    assert [verdict.result for verdict in verdicts] == [
        *("Error", "Allowed", "Error", "ImplicitlyDenied", "Allowed")
    ]
    assert simulate([]) == []


def test_a_resource_control_policy_binds_callers_of_other_accounts_too() -> None:
    """organizations/latest/userguide/orgs_manage_policies_rcps_evaluation.html"""
    denial = {"Principal": "*", "Action": "sts:AssumeRole", "Resource": "*"}
    denies = Policy("rcp", document({"Sid": "Entry", "Effect": "Deny", **denial}))
    request = assumption(
        principal=f"arn:aws:iam::{OTHER}:role/someone",
        identity=[FULL],
        resource_policy=trust("Anybody", {"AWS": f"arn:aws:iam::{OTHER}:root"}),
    )
    without = dataclasses.replace(request, rcps=[("root", [])])
    within = dataclasses.replace(request, rcps=[("root", []), ("ou", [denies])])

    assert decide(without).result == "Allowed"
    assert decide(within).denied_by == [Reason("rcp", "Entry")]


def test_a_key_that_is_knowingly_left_out_is_missing() -> None:
    """A condition with Not holds where its key is missing:
    IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    """
    elsewhere = {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}
    request = deletion(identity=[FULL, denying("regions", elsewhere)])

    assert "aws:RequestedRegion" in decide(request).error
    left_out = dataclasses.replace(request, without=["aws:RequestedRegion"])
    assert decide(left_out).denied_by == [Reason("regions", "regions")]
