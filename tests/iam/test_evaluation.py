"""The layers of policies decide together as AWS documents it."""

from __future__ import annotations

import dataclasses

from tests.iam.example import (
    ACCOUNT,
    DELETE,
    FULL,
    OTHER,
    READ,
    ROLE,
    assumption,
    deletion,
    denying,
    document,
    statement,
    trust,
)
from tests.iam.simulator import Policy, Reason, decide, simulate


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
