"""Every policy document in synthesized templates, its references resolved to ARNs and names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from rehearsal.intrinsics import NO_VALUE, resolve
from tests.support.templates import Json, Stack, Templates, walk

Kind = Literal["identity", "boundary", "trust", "scp", "rcp", "resource"]


@dataclass(frozen=True, kw_only=True)
class Document:
    """A policy document and where it stands. ``place`` is ``Stage/Stack LogicalId Property``.

    ``kind`` is what it is evaluated as: a managed policy that roles have as their permissions
    boundary is a ``boundary``; ``resource`` is every policy on a resource that is not a role.
    """

    place: str
    kind: Kind
    type: str
    account: str
    document: Json


_IDENTITY = frozenset(
    {
        *("AWS::IAM::Group", "AWS::IAM::GroupPolicy", "AWS::IAM::ManagedPolicy"),
        *("AWS::IAM::Policy", "AWS::IAM::Role", "AWS::IAM::RolePolicy"),
        *("AWS::IAM::User", "AWS::IAM::UserPolicy", "AWS::SSO::PermissionSet"),
    }
)

# (type, attribute, or "Ref") -> the ARN. ``{name}`` is the resource's own name, or its logical id
# while CloudFormation would make one up. What is not listed and is no name is an error.
_ARNS: Mapping[tuple[str, str], str] = {
    ("AWS::CloudTrail::Trail", "Arn"): "arn:aws:cloudtrail:{region}:{account}:trail/{name}",
    ("AWS::CodeBuild::Project", "Arn"): "arn:aws:codebuild:{region}:{account}:project/{name}",
    ("AWS::ECR::Repository", "Arn"): "arn:aws:ecr:{region}:{account}:repository/{name}",
    (
        "AWS::ElasticLoadBalancingV2::Listener",
        "Ref",
    ): "arn:aws:elasticloadbalancing:{region}:{account}:listener/app/balancer/0123/{name}",
    ("AWS::Events::Rule", "Arn"): "arn:aws:events:{region}:{account}:rule/{name}",
    ("AWS::IAM::ManagedPolicy", "Ref"): "arn:aws:iam::{account}:policy{path}{name}",
    ("AWS::IAM::OIDCProvider", "Ref"): "arn:aws:iam::{account}:oidc-provider/{name}",
    ("AWS::IAM::OIDCProvider", "Arn"): "arn:aws:iam::{account}:oidc-provider/{name}",
    ("AWS::IAM::Role", "Arn"): "arn:aws:iam::{account}:role{path}{name}",
    ("AWS::KMS::Key", "Arn"): "arn:aws:kms:{region}:{account}:key/{name}",
    ("AWS::Lambda::Function", "Arn"): "arn:aws:lambda:{region}:{account}:function:{name}",
    ("AWS::Logs::LogGroup", "Arn"): "arn:aws:logs:{region}:{account}:log-group:{name}:*",
    ("AWS::S3::Bucket", "Arn"): "arn:aws:s3:::{name}",
    ("AWS::SecretsManager::Secret", "Ref"): (
        "arn:aws:secretsmanager:{region}:{account}:secret:{name}-a1b2c3"
    ),
    ("AWS::SNS::Topic", "Ref"): "arn:aws:sns:{region}:{account}:{name}",
    ("AWS::SNS::Topic", "TopicArn"): "arn:aws:sns:{region}:{account}:{name}",
    ("AWS::SQS::Queue", "Arn"): "arn:aws:sqs:{region}:{account}:{name}",
}

_NAME_PROPERTIES: Mapping[str, str] = {
    "AWS::CloudTrail::Trail": "TrailName",
    "AWS::ECR::Repository": "RepositoryName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
}


def documents(templates: Templates) -> list[Document]:
    """Every document of every stack, references to other stacks of the assembly resolved too."""
    boundaries = {
        boundary
        for stack in templates
        for resource in stack.resources.values()
        for boundary in _boundary(resource, _Around(stack, templates))
    }
    return [
        document
        for stack in templates
        for logical_id, resource in stack.resources.items()
        for document in _documents(stack, logical_id, resource, templates, boundaries)
    ]


def _boundary(resource: Json, around: _Around) -> list[str]:
    """The ARN of the policy that the resource is limited by, or its end, the same in any account.

    A permission set names a policy of the account that it is provisioned to:
    https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_PermissionsBoundary.html
    """
    given = resolve(resource.get("Properties", {}).get("PermissionsBoundary"), around)
    if isinstance(given, dict) and "CustomerManagedPolicyReference" in given:
        named = given["CustomerManagedPolicyReference"]
        return [f":policy{named.get('Path', '/')}{named['Name']}"]
    return [given] if isinstance(given, str) else []


def _documents(
    stack: Stack, logical_id: str, resource: Json, templates: Templates, boundaries: set[str]
) -> Iterator[Document]:
    around = _Around(stack, templates)
    for path, found in walk(resource.get("Properties", {})):
        if found := _document(found):
            yield Document(
                place=f"{stack.stage or '-'}/{stack.name} {logical_id} {'.'.join(path)}",
                kind=_kind(resource, logical_id, path, around, boundaries),
                type=resource["Type"],
                account=stack.account,
                document=resolve(found, around),
            )


def _document(found: Any) -> Json | None:
    """The value if it is a policy document; JSON in a string, as some properties want it, too."""
    if isinstance(found, str) and '"Statement"' in found:
        found = json.loads(found)
    if isinstance(found, dict) and "Statement" in found:
        return found
    return None


def _kind(
    resource: Json, logical_id: str, path: tuple[str, ...], around: _Around, boundaries: set[str]
) -> Kind:
    type_ = resource["Type"]
    if path[0] == "AssumeRolePolicyDocument":
        return "trust"
    if type_ == "AWS::Organizations::Policy":
        return "rcp" if resource["Properties"]["Type"] == "RESOURCE_CONTROL_POLICY" else "scp"
    if type_ == "AWS::IAM::ManagedPolicy":
        arn = around.ref(logical_id)
        return "boundary" if arn.endswith(tuple(boundaries)) else "identity"
    return "identity" if type_ in _IDENTITY else "resource"


class _Around:
    """What the functions in a stack's template refer to."""

    def __init__(self, stack: Stack, templates: Templates) -> None:
        self._stack = stack
        self._templates = templates

    def ref(self, name: str) -> Any:
        pseudo = {
            "AWS::AccountId": self._stack.account,
            "AWS::NoValue": NO_VALUE,
            "AWS::Partition": "aws",
            "AWS::Region": self._stack.region,
            "AWS::StackName": self._stack.stack_name,
            "AWS::URLSuffix": "amazonaws.com",
        }
        if name in pseudo:
            return pseudo[name]
        if name in self._stack.template.get("Parameters", {}):
            return self._stack.template["Parameters"][name].get("Default", name)
        return self._arn(name, "Ref") or self._name(name)

    def attribute(self, logical_id: str, name: str) -> str:
        arn = self._arn(logical_id, name)
        if arn is None and name.endswith("Arn"):
            type_ = self._stack.resources[logical_id]["Type"]
            raise KeyError(
                f"{self._stack.name}/{logical_id}: what {name} of {type_} looks like is not known "
                "here; add a row to _ARNS in tests/iam/documents.py"
            )
        return arn or f"{self._name(logical_id)}-{name}"

    def output(self, stack: str, region: str, name: str) -> Any:
        (found,) = (
            one for one in self._templates if one.stack_name == stack and region in (one.region, "")
        )
        value = found.template["Outputs"][name]["Value"]
        return resolve(value, _Around(found, self._templates))

    def _arn(self, logical_id: str, attribute: str) -> str | None:
        resource = self._stack.resources[logical_id]
        shape = _ARNS.get((resource["Type"], attribute))
        return shape and shape.format(
            account=self._stack.account,
            region=self._stack.region,
            name=self._name(logical_id),
            path=resource.get("Properties", {}).get("Path", "/"),
        )

    def _name(self, logical_id: str) -> str:
        resource = self._stack.resources[logical_id]
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::IAM::OIDCProvider":
            return str(resolve(properties["Url"], self)).removeprefix("https://")
        named = properties.get(_NAME_PROPERTIES.get(resource["Type"], ""), logical_id)
        return str(resolve(named, self))
