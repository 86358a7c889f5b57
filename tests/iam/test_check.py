"""The check finds what AWS does not have, and lets through what it has."""

from __future__ import annotations

import pytest

from tests.iam.check import findings
from tests.iam.planted import ACCOUNT, identity, key_policy, planted
from tests.support.templates import Json, Stack

BUCKET = "arn:aws:s3:::logs"
DATABASE = f"arn:aws:rds:eu-west-1:{ACCOUNT}:db:orders"


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ({"Action": "rds:DeleteDBInstnce"}, "there is no action rds:DeleteDBInstnce"),
        ({"Action": ["s3:GetObject", "rdss:X"]}, "there is no action rdss:X"),
        ({"Action": "ecs:Descrybe*"}, "no action is ecs:Descrybe*"),
        (
            {"Effect": "Deny", "NotAction": ["iam:*", "suport:*"]},
            "no action is suport:*",
        ),
        (
            {"Action": "rds:DeleteDBInstance", "Condition": {"Bool": {"aws:MfaPresent": "true"}}},
            "there is no condition key aws:MfaPresent",
        ),
        (
            {"Action": "s3:GetObject", "Condition": {"StringLike": {"s3:prefx": "a"}}},
            "there is no condition key s3:prefx",
        ),
        (
            {"Action": "s3:GetObject", "Condition": {"StringEquals": {"aws:ResourceTag": "a"}}},
            "there is no condition key aws:ResourceTag",
        ),
        (
            # The hole that an SCP cannot close: the key is there when an instance is made, only.
            {
                "Action": "rds:ModifyDBInstance",
                "Condition": {"Bool": {"rds:PubliclyAccessible": "true"}},
            },
            "no action of the statement has the condition key rds:PubliclyAccessible",
        ),
        (
            {
                "Action": "ecs:ListClusters",
                "Condition": {"StringEquals": {"aws:RequestTag/team": "a"}},
            },
            "no action of the statement has the condition key aws:RequestTag/team",
        ),
        (
            {"Action": "ecs:ListTasks", "Condition": {"ArnEqual": {"ecs:cluster": "a"}}},
            "there is no condition operator ArnEqual",
        ),
        (
            {"Action": "s3:GetObject", "Resource": f"{BUCKET}/${{aws:PrincipleTag/team}}/*"},
            "there is no condition key aws:PrincipleTag/team, used as a variable",
        ),
        (
            {"Action": "rds:DeleteDBInstance", "Resource": DATABASE.replace(":db:", ":cluster:")},
            "rds:DeleteDBInstance knows no resource like arn:aws:rds:",
        ),
        (
            {"Action": "s3:ListBucket", "Resource": f"{BUCKET}/*"},
            f"s3:ListBucket knows no resource like {BUCKET}/*",
        ),
        (
            {"Action": ["s3:PutObject", "s3:ListBucket"], "Resource": BUCKET},
            f"s3:PutObject knows no resource like {BUCKET}",
        ),
        (
            {"Action": "secretsmanager:ListSecrets", "Resource": DATABASE},
            "(it knows none; it wants *)",
        ),
        ({"Action": "s3:*", "Resource": BUCKET}, "s3:* is a wildcard on a data plane"),
        ({"Action": "*"}, "* is a wildcard on a data plane"),
        ({"Action": "s?:GetObject"}, "s?:GetObject is a wildcard on a data plane"),
        ({"Action": "secretsmanager:Get*"}, "secretsmanager:Get* is a wildcard on a data plane"),
        ({"Action": "kms:*"}, "kms:* is a wildcard on a data plane"),
        ({"Action": "s3:GetObject*"}, "s3:GetObject* is a wildcard on a data plane"),
        ({"NotAction": "iam:*"}, "it allows whatever it does not name"),
    ],
)
def test_what_is_not_real_is_found(stack: Stack, statement: Json, finding: str) -> None:
    (found,) = planted(stack, identity(**statement))
    said = findings(found)
    assert [one for one in said if finding in one], said
    assert all(one.startswith("Dev/Planted Planted PolicyDocument, statement ") for one in said)


@pytest.mark.parametrize(
    "statement",
    [
        {"Action": "RDS:deletedbinstance", "Resource": DATABASE},
        {"Action": "rds:DeleteDB*", "Resource": DATABASE},
        {"Effect": "Deny", "Action": "s3:*"},
        {"Effect": "Deny", "NotAction": ["iam:*", "sts:*"]},
        {"Action": "s3:GetObject*", "Resource": [BUCKET, f"{BUCKET}/*"]},
        {"Action": "s3:GetObject", "Resource": f"{BUCKET}/${{aws:PrincipalTag/team}}/*"},
        {"Action": "ecs:ListTasks", "Condition": {"ArnEquals": {"ecs:cluster": "a"}}},
        {
            "Action": "rds:CreateDBInstance",
            "Condition": {
                "BoolIfExists": {"RDS:publiclyaccessible": "true"},
                "ForAnyValue:StringLikeIfExists": {"aws:TagKeys": "a"},
                "StringEquals": {"aws:RequestTag/team": "a", "aws:PrincipalTag/team": "a"},
                "Null": {"aws:MultiFactorAuthPresent": "true"},
            },
        },
        {
            "Action": "rds:DeleteDBInstance",
            "Condition": {"StringEquals": {"aws:ResourceTag/team": "a", "rds:db-tag/team": "a"}},
        },
        {
            "Action": "kms:Decrypt",
            "Condition": {"StringEquals": {"kms:EncryptionContext:aws:logs:arn": "a"}},
        },
        {"Action": "logs:CreateLogStream", "Resource": "arn:aws:logs:*:*:log-group:/x/*"},
    ],
)
def test_what_is_real_is_let_through(stack: Stack, statement: Json) -> None:
    (found,) = planted(stack, identity(**statement))
    assert findings(found) == []


def test_a_keys_policy_may_hand_the_key_over_to_its_account_and_to_nobody_else(
    stack: Stack,
) -> None:
    """kms/latest/developerguide/key-policy-default.html"""
    said = []
    for principal in (f"arn:aws:iam::{ACCOUNT}:root", "arn:aws:iam::333333333333:root", "*"):
        (found,) = planted(stack, key_policy(Action="kms:*", Principal={"AWS": principal}))
        said.append(findings(found))
    assert said[0] == []
    assert said[1] == said[2]
    assert "kms:* is a wildcard on a data plane" in said[1][0]


def test_claims_of_an_identity_provider_are_keys_of_its_sessions(stack: Stack) -> None:
    """IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif"""
    host = "token.actions.githubusercontent.com"
    claims = (f"{host}:sub", f"{host}:environment", f"{host}:subject", "localhost:sub")
    statement = {
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": dict.fromkeys(claims, "x")},
    }
    (found,) = planted(stack, identity(**statement))
    assert [one.rpartition(": there is ")[2] for one in findings(found)] == [
        f"no condition key {host}:subject",
        "no condition key localhost:sub",
    ]
