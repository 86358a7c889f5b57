"""Conditions hold, and do not hold, as AWS documents it: the traps in them above all."""

from __future__ import annotations

import pytest

from tests.iam.example import (
    ACCOUNT,
    FULL,
    REGIONS,
    ROLE,
    deletion,
    denying,
    document,
    statement,
    with_condition,
)
from tests.iam.simulator import Policy, decide, simulate
from tests.support.templates import Json


def test_not_action_exempts_global_services_from_a_restriction_to_regions() -> None:
    """organizations/latest/userguide/orgs_manage_policies_scps_examples_general.html"""
    scps = [("root", [REGIONS])]
    abroad = {"aws:RequestedRegion": "us-east-1"}
    global_ = {"action": "iam:GetRole", "resource": ROLE}
    verdicts = simulate(
        [
            deletion(identity=[FULL], scps=scps, context={"aws:RequestedRegion": "eu-west-1"}),
            deletion(identity=[FULL], scps=scps, context=abroad),
            deletion(identity=[FULL], scps=scps, context=abroad, **global_),
        ]
    )
    assert [verdict.result for verdict in verdicts] == ["Allowed", "ExplicitlyDenied", "Allowed"]
    assert verdicts[1].denied_by == [("Regions", "Regions")]


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("admin", "Allowed"),
        ("admin2", "ExplicitlyDenied"),
        ("team/admin", "ExplicitlyDenied"),
        ("admin/dev", "ExplicitlyDenied"),
    ],
)
def test_an_exempt_role_is_its_whole_arn_with_the_path(role: str, expected: str) -> None:
    """IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns"""
    request = deletion(
        principal=f"arn:aws:iam::{ACCOUNT}:role/{role}",
        identity=[FULL],
        scps=[("root", [REGIONS])],
        context={"aws:RequestedRegion": "us-east-1"},
    )
    assert decide(request).result == expected


def test_a_star_in_an_arn_goes_over_the_slashes_of_a_path() -> None:
    """IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN

    Whoever may create roles with a path of their choice is exempt from ``role/cdk-*``.
    """
    scp = denying("Guard", {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/cdk-*"}})
    inside, outside = simulate(
        [
            deletion(
                principal=f"arn:aws:iam::{ACCOUNT}:role/{role}",
                identity=[FULL],
                scps=[("root", [scp])],
            )
            for role in ("cdk-mine/anything", "team/cdk-mine")
        ]
    )
    assert (inside.result, outside.result) == ("Allowed", "ExplicitlyDenied")


@pytest.mark.parametrize(
    ("operator", "context", "denied"),
    [
        ("BoolIfExists", {}, True),
        ("BoolIfExists", {"aws:MultiFactorAuthPresent": "false"}, True),
        ("BoolIfExists", {"aws:MultiFactorAuthPresent": "true"}, False),
        # Long-term access keys have no such key: the deny lets them through.
        ("Bool", {}, False),
    ],
)
def test_a_missing_mfa_key_is_denied_by_if_exists_alone(
    operator: str, context: Json, denied: bool
) -> None:
    """IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IfExists"""
    verdict = with_condition({operator: {"aws:MultiFactorAuthPresent": "false"}}, context)
    assert (verdict.result == "ExplicitlyDenied") == denied


def test_a_negated_test_passes_when_the_key_is_missing() -> None:
    """IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_String"""
    condition = {"StringNotEquals": {"aws:PrincipalTag/team": "a"}}
    assert with_condition(condition, {}).result == "ExplicitlyDenied"
    assert with_condition(condition, {"aws:PrincipalTag/team": "a"}).result == "Allowed"


def test_for_all_values_passes_when_there_is_no_value() -> None:
    """IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html

    The trap is an Allow: whoever sends no tag at all is let through, unless Null stands beside it.
    """
    open_ = {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}
    guarded = {**open_, "Null": {"aws:TagKeys": "false"}}
    assert with_condition(open_, {}, "Allow").result == "Allowed"
    assert with_condition(guarded, {}, "Allow").result == "ImplicitlyDenied"
    tagged = {"aws:TagKeys": ["team"]}
    assert with_condition(guarded, tagged, "Allow").result == "Allowed"
    both = {"aws:TagKeys": ["team", "owner"]}
    assert with_condition(guarded, both, "Allow").result == "ImplicitlyDenied"


def test_a_variable_without_a_value_matches_nothing() -> None:
    """IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-no-value"""
    own = f"arn:aws:rds:eu-west-1:{ACCOUNT}:db:${{aws:PrincipalTag/team}}"
    policy = Policy("own", document(statement("Own", Resource=own)))
    with_, without = simulate(
        [
            deletion(identity=[policy], context={"aws:PrincipalTag/team": "orders"}),
            deletion(identity=[policy]),
        ]
    )
    assert (with_.result, without.result) == ("Allowed", "ImplicitlyDenied")
