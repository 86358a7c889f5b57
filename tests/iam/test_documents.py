"""Policies are found wherever they stand, with their references resolved."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from tests.iam.check import findings
from tests.iam.documents import documents
from tests.iam.planted import ACCOUNT, document, identity, planted
from tests.support.templates import Json, Stack, Templates

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
    of_any_account = {"CustomerManagedPolicyReference": {"Name": "limit", "Path": "/"}}
    for type_, boundary in (
        ("AWS::IAM::Role", by_reference),
        ("AWS::IAM::Role", by_name),
        ("AWS::SSO::PermissionSet", of_any_account),
    ):
        limited = {"Type": type_, "Properties": {"PermissionsBoundary": boundary}}
        (found,) = planted(stack, {"Limit": limit, "Limited": limited})
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
