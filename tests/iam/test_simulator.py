"""The simulator decides as AWS documents it, and where it does not, a test here says so."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from tests.iam.simulator import Policy, Reason, Request, Verdict, decide, simulate
from tests.support.templates import Json

ACCOUNT = "222222222222"
OTHER = "333333333333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/dev"
DATABASE = f"arn:aws:rds:eu-west-1:{ACCOUNT}:db:orders"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"


def document(*statements: Json) -> Json:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def statement(sid: str, effect: str = "Allow", action: Any = "*", **rest: Any) -> Json:
    return {"Sid": sid, "Effect": effect, "Action": action, "Resource": "*", **rest}


def trust(sid: str, principal: Json, action: str = "sts:AssumeRole", **rest: Any) -> Policy:
    one = {"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": action, **rest}
    return Policy("trust", document(one))


FULL = Policy("full", document(statement("Everything")))
DELETE = Policy("delete", document(statement("Delete", action="rds:DeleteDBInstance")))
READ = Policy("read", document(statement("Read", action="rds:Describe*")))


def deletion(**changes: Any) -> Request:
    """A role deletes a database in its own account."""
    request = Request(
        principal=ROLE,
        action="rds:DeleteDBInstance",
        resource=DATABASE,
        resource_account=ACCOUNT,
        context={},
    )
    return dataclasses.replace(request, **changes)


def assumption(**changes: Any) -> Request:
    """A role assumes another one of its account."""
    role = f"arn:aws:iam::{ACCOUNT}:role/operator"
    return deletion(action="sts:AssumeRole", resource=role, **changes)


def denying(name: str, condition: Json | None = None, **rest: Any) -> Policy:
    """A policy that denies, in a statement of the policy's name, beside one that allows all."""
    deny = statement(name, "Deny", **rest)
    if "NotAction" in rest:
        del deny["Action"]
    if condition:
        deny["Condition"] = condition
    return Policy(name, document(statement("Everything"), deny))


def test_what_nobody_allows_is_denied_without_a_statement() -> None:
    """IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html"""
    verdict = decide(deletion(identity=[READ]))
    assert verdict.result == "ImplicitlyDenied"
    assert verdict.missing_allow == ["resource policy", "identity policies"]
    assert verdict.denied_by == verdict.allowed_by == []


def test_what_an_identity_policy_allows_is_allowed_and_the_statement_named() -> None:
    """IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html"""
    verdict = decide(deletion(identity=[READ, DELETE]))
    assert verdict.result == "Allowed"
    assert verdict.allowed_by == [("delete", "Delete")]
    assert verdict.missing_allow == []


def test_an_explicit_deny_wins_over_every_allow_wherever_it_stands() -> None:
    """IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html"""
    stop = denying("Stop", action="rds:Delete*")
    in_bucket = Policy("bucket", document(statement("Stop", "Deny", "s3:*", Principal="*")))
    upload = {"action": "s3:PutObject", "resource": "arn:aws:s3:::logs/x"}
    verdicts = simulate(
        [
            deletion(identity=[FULL, stop]),
            deletion(identity=[FULL], boundary=stop),
            deletion(identity=[FULL], scps=[("root", [FULL]), ("dev", [FULL, stop])]),
            deletion(identity=[FULL], session_policies=[stop]),
            deletion(identity=[FULL], resource_policy=in_bucket, **upload),
        ]
    )
    assert {verdict.result for verdict in verdicts} == {"ExplicitlyDenied"}
    assert [verdict.denied_by for verdict in verdicts] == [
        *([("Stop", "Stop")],) * 4,
        [("bucket", "Stop")],
    ]


def test_a_statement_without_a_sid_is_named_by_its_number() -> None:
    second = {"Effect": "Deny", "Action": "rds:*", "Resource": "*"}
    policy = Policy("guard", document(statement("Everything"), second))
    assert decide(deletion(identity=[policy])).denied_by == [Reason("guard", "2")]


def test_each_node_from_the_root_to_the_account_has_to_allow() -> None:
    """organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html"""
    path = [("root", [FULL]), ("dev", [READ]), ("account", [FULL])]
    verdict = decide(deletion(identity=[FULL], scps=path))
    assert verdict.result == "ImplicitlyDenied"
    assert verdict.missing_allow == ["SCP at dev"]
    path[1] = ("dev", [READ, DELETE])
    assert decide(deletion(identity=[FULL], scps=path)).result == "Allowed"


def test_a_node_with_nothing_attached_denies() -> None:
    """organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html"""
    verdict = decide(deletion(identity=[FULL], scps=[("root", [FULL]), ("dev", [])]))
    assert verdict.missing_allow == ["SCP at dev"]


def test_an_scp_grants_nothing() -> None:
    """organizations/latest/userguide/orgs_manage_policies_scps.html"""
    assert decide(deletion(scps=[("root", [FULL])])).result == "ImplicitlyDenied"


def test_a_boundary_limits_and_grants_nothing() -> None:
    """IAM/latest/UserGuide/access_policies_boundaries.html"""
    outside, nothing, both = simulate(
        [
            deletion(identity=[FULL], boundary=READ),
            deletion(boundary=FULL),
            deletion(identity=[FULL], boundary=DELETE),
        ]
    )
    assert (outside.result, outside.missing_allow) == ("ImplicitlyDenied", ["boundary read"])
    assert nothing.result == "ImplicitlyDenied"
    assert both.result == "Allowed"


def test_session_policies_limit_and_allow_together_what_any_of_them_allows() -> None:
    """IAM/latest/UserGuide/access_policies.html#policies_session"""
    limited, together = simulate(
        [
            deletion(identity=[FULL], session_policies=[READ]),
            deletion(identity=[FULL], session_policies=[READ, DELETE]),
        ]
    )
    assert limited.missing_allow == ["session policies"]
    assert together.result == "Allowed"
    assert ("delete", "Delete") in together.allowed_by


def test_in_its_account_a_resource_policy_is_enough_and_across_accounts_both_are_needed() -> None:
    """IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html"""
    bucket = Policy(
        "bucket",
        document(statement("Upload", action="s3:PutObject", Principal={"AWS": ROLE})),
    )
    upload = deletion(action="s3:PutObject", resource="arn:aws:s3:::logs/x", resource_policy=bucket)
    same, across, both = simulate(
        [
            upload,
            dataclasses.replace(upload, resource_account=OTHER),
            dataclasses.replace(upload, resource_account=OTHER, identity=[FULL]),
        ]
    )
    assert (same.result, same.allowed_by) == ("Allowed", [("bucket", "Upload")])
    assert (across.result, across.missing_allow) == ("ImplicitlyDenied", ["identity policies"])
    assert both.result == "Allowed"


def test_a_trust_policy_decides_who_assumes_a_role_and_an_identity_policy_alone_does_not() -> None:
    """IAM/latest/UserGuide/id_roles_update-role-trust-policy.html"""
    account = trust("Account", {"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    named = trust("Named", {"AWS": ROLE})
    stranger = trust("Stranger", {"AWS": f"arn:aws:iam::{ACCOUNT}:role/else"})
    delegated, asked_in_vain, by_name, untrusted = simulate(
        [
            assumption(resource_policy=account, identity=[FULL]),
            assumption(resource_policy=account),
            assumption(resource_policy=named),
            assumption(resource_policy=stranger, identity=[FULL]),
        ]
    )
    assert delegated.result == "Allowed"
    assert asked_in_vain.missing_allow == ["identity policies"]
    assert (by_name.result, by_name.allowed_by) == ("Allowed", [("trust", "Named")])
    assert (untrusted.result, untrusted.missing_allow) == ("ImplicitlyDenied", ["resource policy"])


def test_from_another_account_both_the_trust_and_the_callers_policy_are_needed() -> None:
    """IAM/latest/UserGuide/tutorial_cross-account-with-roles.html"""
    stranger = f"arn:aws:iam::{OTHER}:role/dev"
    named = trust("Named", {"AWS": stranger})
    request = assumption(principal=stranger, resource_policy=named)
    without, with_ = simulate([request, dataclasses.replace(request, identity=[FULL])])
    assert (without.result, with_.result) == ("ImplicitlyDenied", "Allowed")


def test_a_service_is_trusted_for_the_account_that_it_acts_for() -> None:
    """IAM/latest/UserGuide/confused-deputy.html"""
    service = "codepipeline.amazonaws.com"
    only_here = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    policy = trust("Service", {"Service": service}, Condition=only_here)
    request = assumption(principal=service, resource_policy=policy)
    ours, theirs, another = simulate(
        [
            dataclasses.replace(request, context={"aws:SourceAccount": ACCOUNT}),
            dataclasses.replace(request, context={"aws:SourceAccount": OTHER}),
            dataclasses.replace(
                request,
                principal="lambda.amazonaws.com",
                context={"aws:SourceAccount": ACCOUNT},
            ),
        ]
    )
    assert (ours.result, ours.allowed_by) == ("Allowed", [("trust", "Service")])
    assert {theirs.result, another.result} == {"ImplicitlyDenied"}


def test_a_key_policy_without_the_account_keeps_identity_policies_out() -> None:
    """kms/latest/developerguide/key-policy-default.html"""
    key = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    open_ = Policy("key", document(statement("Account", action="kms:*", Principal=root)))
    closed = Policy("key", document(statement("Other", action="kms:*", Principal={"AWS": OTHER})))
    request = deletion(action="kms:Decrypt", resource=key, identity=[FULL])
    through, shut = simulate(
        [dataclasses.replace(request, resource_policy=policy) for policy in (open_, closed)]
    )
    assert (through.result, shut.result) == ("Allowed", "ImplicitlyDenied")


REGIONS = denying(
    "Regions",
    {
        "StringNotEquals": {"aws:RequestedRegion": ["eu-west-1"]},
        "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"},
    },
    NotAction=["iam:*", "sts:*"],
)


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


def with_condition(condition: Json, context: Json, effect: str = "Deny") -> Verdict:
    one = statement("Conditional", effect, Condition=condition)
    return decide(
        deletion(
            action="rds:AddTagsToResource",
            identity=[Policy("conditional", document(one)), *([FULL] if effect == "Deny" else [])],
            context=context,
        )
    )


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
