"""Every action, condition key and resource in every policy of the application is one that AWS has.

IAM takes a policy with a misspelt action or a key that the action does not have, and the statement
then never applies: a grant is missing, or a guardrail holds nothing.
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.iam.check import findings
from tests.iam.documents import Document, documents
from tests.support.templates import Json, Stack, Templates

ACCOUNT = "222222222222"
BUCKET = "arn:aws:s3:::logs"
DATABASE = f"arn:aws:rds:eu-west-1:{ACCOUNT}:db:orders"

# What is known to be found, by (where, what), and why it stands.
KNOWN = {
    (
        "-/Pipeline ",
        "codestar-connections:UseConnection knows no resource like arn:aws:codeconnections:",
    ): (
        "Written by the CDK, under the service's old name. It grants nothing: the prefix has to be "
        "the resource's (dtconsole/latest/userguide/rename.html). stacks/pipeline_connection.py "
        "adds the action under the new name."
    ),
    ("/Secrets RestartRole", "codedeploy:ContinueDeployment knows no resource like"): (
        "A defect: the action knows no resource, so the function that restarts services cannot "
        "approve a deployment. stacks/secrets_watch.py has to allow it on *."
    ),
}


def test_every_policy_of_the_application_is_real(templates: Templates) -> None:
    found = [finding for document in documents(templates) for finding in findings(document)]
    unknown = [
        finding
        for finding in found
        if not any(where in finding and what in finding for where, what in KNOWN)
    ]
    assert unknown == []


def test_what_is_known_to_be_found_is_still_there(templates: Templates) -> None:
    found = [finding for document in documents(templates) for finding in findings(document)]
    gone = [
        known for known in KNOWN if not any(known[0] in one and known[1] in one for one in found)
    ]
    assert gone == []


def test_no_policy_of_the_application_is_left_out(templates: Templates) -> None:
    """Every resource whose type is made for a policy has one that was found."""
    of_type = Counter(resource["Type"] for stack in templates for resource in policies(stack))
    found = Counter(document.type for document in documents(templates))
    assert {type_: found[type_] for type_ in of_type if found[type_] < of_type[type_]} == {}
    assert {"AWS::IAM::Policy", "AWS::IAM::Role", "AWS::KMS::Key"} <= of_type.keys()
    assert {document.kind for document in documents(templates)} >= {
        *("identity", "trust", "resource")
    }


def policies(stack: Stack) -> list[Json]:
    return [
        resource
        for resource in stack.resources.values()
        if resource["Type"].endswith(("Policy", "::Role", "::KMS::Key"))
        and "ScalingPolicy" not in resource["Type"]
    ]


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    """A stack whose template a test writes."""
    return Stack(
        stage="Dev",
        name="Planted",
        stack_name="Dev-Planted",
        account=ACCOUNT,
        region="eu-west-1",
        template_path=tmp_path / "template.json",
        metadata_path=tmp_path / "metadata.json",
    )


def planted(stack: Stack, resources: Json) -> list[Document]:
    """The policies of a template with these resources."""
    template = {"Resources": resources}
    stack.template_path.write_text(json.dumps(template), encoding="utf-8")
    unread = dataclasses.replace(stack)
    return documents(Templates(root=unread.template_path.parent, stacks={("Dev", "It"): unread}))


def document(**statement: Any) -> Json:
    whole = {"Sid": "Planted", "Effect": "Allow", "Resource": "*", **statement}
    return {"Version": "2012-10-17", "Statement": [whole]}


def identity(**statement: Any) -> Json:
    return {
        "Planted": {
            "Type": "AWS::IAM::Policy",
            "Properties": {"PolicyDocument": document(**statement)},
        }
    }


def key_policy(**statement: Any) -> Json:
    properties = {"KeyPolicy": document(**statement)}
    return {"Key": {"Type": "AWS::KMS::Key", "Properties": properties}}


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


WRONG = document(Action="s3:GetObjct")

TRUST = document(
    Action="sts:AssumeRol", Principal={"Service": "lambda.amazonaws.com"}, Resource="*"
)


@pytest.mark.parametrize(
    ("type_", "properties", "kind"),
    [
        ("AWS::IAM::Policy", {"PolicyDocument": WRONG}, "identity"),
        ("AWS::IAM::ManagedPolicy", {"PolicyDocument": WRONG}, "identity"),
        ("AWS::IAM::Role", {"Policies": [{"PolicyDocument": WRONG}]}, "identity"),
        ("AWS::IAM::Role", {"AssumeRolePolicyDocument": TRUST}, "trust"),
        ("AWS::SSO::PermissionSet", {"InlinePolicy": WRONG}, "identity"),
        (
            "AWS::Organizations::Policy",
            {"Type": "SERVICE_CONTROL_POLICY", "Content": WRONG},
            "scp",
        ),
        (
            "AWS::Organizations::Policy",
            {"Type": "SERVICE_CONTROL_POLICY", "Content": json.dumps(WRONG)},
            "scp",
        ),
        (
            "AWS::Organizations::Policy",
            {"Type": "RESOURCE_CONTROL_POLICY", "Content": WRONG},
            "rcp",
        ),
        ("AWS::KMS::Key", {"KeyPolicy": WRONG}, "resource"),
        ("AWS::S3::BucketPolicy", {"PolicyDocument": WRONG}, "resource"),
        ("AWS::SNS::TopicPolicy", {"PolicyDocument": WRONG}, "resource"),
        ("AWS::SQS::QueuePolicy", {"PolicyDocument": WRONG}, "resource"),
        ("AWS::SecretsManager::ResourcePolicy", {"ResourcePolicy": WRONG}, "resource"),
        ("AWS::ECR::Repository", {"RepositoryPolicyText": WRONG}, "resource"),
        ("AWS::EC2::VPCEndpoint", {"PolicyDocument": WRONG}, "resource"),
        ("AWS::Logs::ResourcePolicy", {"PolicyDocument": json.dumps(WRONG)}, "resource"),
    ],
)
def test_a_policy_is_found_wherever_it_stands(
    stack: Stack, type_: str, properties: Json, kind: str
) -> None:
    (found,) = planted(stack, {"It": {"Type": type_, "Properties": properties}})
    assert found.kind == kind
    (finding,) = findings(found)
    assert finding.startswith("Dev/Planted It ")
    assert "statement Planted: there is no action" in finding


def test_a_permissions_boundary_limits_and_may_name_whole_services(stack: Stack) -> None:
    limit = {
        "Type": "AWS::IAM::ManagedPolicy",
        "Properties": {"ManagedPolicyName": "limit", "PolicyDocument": document(Action="s3:*")},
    }
    by_reference = {"Ref": "Limit"}
    by_name = {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::{ACCOUNT}:policy/limit"}
    for boundary in (by_reference, by_name):
        role = {"Type": "AWS::IAM::Role", "Properties": {"PermissionsBoundary": boundary}}
        (found,) = planted(stack, {"Limit": limit, "Role": role})
        assert (found.kind, findings(found)) == ("boundary", [])

    (attached,) = planted(stack, {"Limit": limit})
    assert (attached.kind, len(findings(attached))) == ("identity", 1)


def test_references_are_resolved_to_what_they_will_be(stack: Stack, tmp_path: Path) -> None:
    other = dataclasses.replace(
        stack, name="Other", stack_name="Dev-Other", template_path=tmp_path / "other.json"
    )
    outputs = {"Key": {"Value": {"Fn::GetAtt": ["Key", "Arn"]}}}
    keys = {"Key": {"Type": "AWS::KMS::Key", "Properties": {}}}
    other.template_path.write_text(json.dumps({"Resources": keys, "Outputs": outputs}), "utf-8")
    bucket = {"Fn::GetAtt": ["Bucket", "Arn"]}
    output = {"StackName": "Dev-Other", "Region": "eu-west-1", "OutputName": "Key"}
    resources = {
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "logs"}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"Path": "/team/"}},
        **identity(
            Action="s3:PutObject",
            Resource=[
                {"Fn::Join": ["", [bucket, "/*"]]},
                {"Fn::GetStackOutput": output},
                {"Fn::GetAtt": ["Role", "Arn"]},
                {"Ref": "Name"},
            ],
        ),
    }
    template = {"Resources": resources, "Parameters": {"Name": {"Default": "*"}}}
    stack.template_path.write_text(json.dumps(template), "utf-8")
    both = {("Dev", "Planted"): stack, ("Dev", "Other"): other}

    (found,) = documents(Templates(root=tmp_path, stacks=both))

    assert found.document["Statement"][0]["Resource"] == [
        "arn:aws:s3:::logs/*",
        f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/Key",
        f"arn:aws:iam::{ACCOUNT}:role/team/Role",
        "*",
    ]


def test_an_arn_that_nobody_described_is_an_error_that_says_where_to(stack: Stack) -> None:
    resource = {"Type": "AWS::Kinesis::Stream", "Properties": {}}
    statement = identity(Action="s3:GetObject", Resource={"Fn::GetAtt": ["Stream", "Arn"]})
    with pytest.raises(KeyError, match=r"Arn of AWS::Kinesis::Stream .* tests/iam/documents\.py"):
        planted(stack, {"Stream": resource, **statement})
