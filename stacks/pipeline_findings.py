"""Why the wildcards in the roles that CDK Pipelines makes are safe here.

The roles and their policies are the CDK's own, so each finding is acknowledged on the role that has
it, after the pipeline has been built.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import CfnElement, Stack, pipelines
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_s3 as s3
from constructs import IConstruct

from constructs_lib.acknowledge import acknowledge, acknowledge_all
from stacks.pipeline_connection import source_role

_KEY = ("Action::kms:GenerateDataKey*", "Action::kms:ReEncrypt*")
_READ = ("Action::s3:GetBucket*", "Action::s3:GetObject*", "Action::s3:List*")
_WRITE = ("Action::s3:Abort*", "Action::s3:DeleteObject*")

_WHY_KEY = (
    "The CDK's grant on the artifact key; the wildcards stand for the variants of one action, on "
    "that key alone."
)
_WHY_BUCKET = (
    "The CDK's grant on the artifact bucket, which holds nothing but what this pipeline's steps "
    "hand to each other; other buckets are out of reach."
)
_WHY_OWN = "Names only what belongs to this CodeBuild project: its log group and its test reports."
_WHY_TOKEN = (
    "ecr:GetAuthorizationToken knows no resource; the token alone opens no repository: this step "
    "may push to its service's repository only."
)


@dataclass(frozen=True, kw_only=True)
class PipelineParts:
    """What has findings: the built pipeline, its artifact buckets, its steps, the gates' roles."""

    pipeline: pipelines.CodePipeline
    bucket: s3.IBucket
    regional_buckets: Sequence[s3.IBucket]
    checks: pipelines.CodeBuildStep
    images: Sequence[pipelines.CodeBuildStep]
    gates: Mapping[str, tuple[pipelines.CodeBuildStep, IConstruct]]


def acknowledge_pipeline_findings(parts: PipelineParts) -> None:
    """Acknowledge, role by role, what cdk-nag finds in the pipeline's generated policies."""
    pipeline = parts.pipeline
    artifacts = _resource(parts.bucket)
    reads = [*_READ, artifacts]
    for project in (parts.checks.project, pipeline.self_mutation_project):
        _project(project, _role(project), reads=reads)
    for project in (*(step.project for step in parts.images), pipeline.synth_project):
        _project(project, _role(project), reads=[*reads, *_WRITE])
    for step, role in parts.gates.values():
        _project(step.project, role, reads=reads)
    for step in parts.images:
        acknowledge(_role(step.project), _rule("Resource::*"), _WHY_TOKEN)
    _self_mutation(_role(pipeline.self_mutation_project))
    _assets(pipeline, reads)
    inner = pipeline.pipeline
    for role in (inner.role, source_role(pipeline)):
        _all(role, _KEY, _WHY_KEY)
        _all(role, [*reads, *_WRITE], _WHY_BUCKET)
    for bucket in parts.regional_buckets:
        arn = Stack.of(inner).resolve(bucket.bucket_arn)
        acknowledge(inner.role, _rule(f"Resource::{arn}/*"), _WHY_BUCKET)


def _project(project: codebuild.IProject, role: IConstruct, *, reads: Sequence[str]) -> None:
    _all(role, _KEY, _WHY_KEY)
    _all(role, reads, _WHY_BUCKET)
    name = f"<{Stack.of(project).get_logical_id(_element(project))}>"
    region, account = Stack.of(project).region, Stack.of(project).account
    _all(
        role,
        [
            f"Resource::arn:aws:logs:{region}:{account}:log-group:/aws/codebuild/{name}:*",
            f"Resource::arn:aws:codebuild:{region}:{account}:report-group/{name}-*",
        ],
        _WHY_OWN,
    )


def _self_mutation(role: IConstruct) -> None:
    acknowledge(
        role,
        _rule(f"Resource::arn:*:iam::{Stack.of(role).account}:role/*"),
        "A condition narrows it to the bootstrap's deploy and publishing roles of the tools "
        "account (tag aws-cdk:bootstrap-role); the environments' roles are not among them.",
    )
    acknowledge(
        role,
        _rule("Resource::*"),
        "cloudformation:DescribeStacks and s3:ListBucket, by which the CDK CLI finds the bootstrap "
        "stack and its bucket before it deploys; both only read.",
    )


def _assets(pipeline: pipelines.CodePipeline, reads: Sequence[str]) -> None:
    role = pipeline.node.find_child("Assets").node.find_child("FileRole")
    region, account = Stack.of(role).region, Stack.of(role).account
    _all(role, reads, _WHY_BUCKET)
    _all(
        role,
        [
            f"Resource::arn:aws:logs:{region}:{account}:log-group:/aws/codebuild/*",
            f"Resource::arn:aws:codebuild:{region}:{account}:report-group/*",
        ],
        "One role for every asset project, whose names are not known before they exist; it writes "
        "logs and test reports in the tools account, where nothing but this pipeline builds.",
    )
    acknowledge(
        role,
        _rule("Resource::*"),
        "Starting and stopping builds in the tools account, where nothing but this pipeline "
        "builds. Publishing goes through the bootstrap's file-publishing roles, each by name.",
    )


def _all(role: IConstruct, findings: Sequence[str], reason: str) -> None:
    acknowledge_all(role, {_rule(finding): reason for finding in findings})


def _rule(finding: str) -> str:
    return f"AwsSolutions-IAM5[{finding}]"


def _resource(bucket: s3.IBucket) -> str:
    return f"Resource::<{Stack.of(bucket).get_logical_id(_element(bucket))}.Arn>/*"


def _role(project: codebuild.IProject) -> IConstruct:
    role = project.role
    if role is None:
        raise ValueError(f"{project.node.path}: a CodeBuild project of the pipeline has no role")
    return role


def _element(construct: IConstruct) -> CfnElement:
    child = construct.node.default_child
    if not isinstance(child, CfnElement):
        raise TypeError(f"{construct.node.path}: has no CloudFormation resource of its own")
    return child
