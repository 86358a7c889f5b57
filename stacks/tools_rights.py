"""What people and GitHub's jobs may do in the tools account: see the road, start it, approve."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from config.model.platform import Platform
from constructs_lib.three_tier_network import pascal_case
from stacks.names import image_repository_name
from stacks.pipeline_images import PUSH

_SEE = (
    "codepipeline:GetPipeline",
    "codepipeline:GetPipelineExecution",
    "codepipeline:GetPipelineState",
    "codepipeline:ListActionExecutions",
    "codepipeline:ListPipelineExecutions",
)

REASONS = {
    "ListPipelines": "Lists the account's pipelines, of which there is this one.",
    "Builds": "CodeBuild's projects and logs in the tools account, where nothing but the pipeline "
    "builds; reading only.",
    "TryAgain": "The stages of this one pipeline: trying again is by stage.",
    "Approvals": "The one action of each environment that waits for a person's approval.",
    "Images": "The repositories of the platform's services, and no others.",
    "Token": "ecr:GetAuthorizationToken knows no resource; the token alone opens no repository.",
}
"""Why a statement's wildcards are safe, by its Sid."""


def operate(
    scope: Construct, *, platform: Platform, approvals: Sequence[str]
) -> list[iam.PolicyStatement]:
    """See the road, approve what waits before these environments, try a failed step again."""
    pipeline = _pipeline(platform)
    builds = Stack.of(scope).format_arn(service="codebuild", resource="project", resource_name="*")
    statements = [
        iam.PolicyStatement(sid="See", actions=list(_SEE), resources=[pipeline]),
        iam.PolicyStatement(
            sid="ListPipelines", actions=["codepipeline:ListPipelines"], resources=["*"]
        ),
        iam.PolicyStatement(
            sid="Builds",
            actions=[
                "codebuild:BatchGetBuilds",
                "codebuild:ListBuildsForProject",
                "logs:FilterLogEvents",
                "logs:GetLogEvents",
            ],
            resources=[
                builds,
                f"arn:aws:logs:{platform.tools.region}:{platform.tools.account}:"
                "log-group:/aws/codebuild/*",
            ],
        ),
        iam.PolicyStatement(
            sid="TryAgain",
            actions=["codepipeline:RetryStageExecution", "codepipeline:StartPipelineExecution"],
            resources=[pipeline, f"{pipeline}/*"],
        ),
    ]
    if approvals:
        names = [pascal_case(one) for one in approvals]
        statements.append(
            iam.PolicyStatement(
                sid="Approvals",
                actions=["codepipeline:PutApprovalResult"],
                resources=[f"{pipeline}/{name}/Approve{name}" for name in names],
            )
        )
    return statements


def start_the_road(*, platform: Platform) -> list[iam.PolicyStatement]:
    """Start the pipeline and see how it goes; what it does, it does under its own roles."""
    return [
        iam.PolicyStatement(
            sid="Road",
            actions=[*_SEE, "codepipeline:StartPipelineExecution"],
            resources=[_pipeline(platform)],
        )
    ]


def push_images(scope: Construct, *, platform: Platform) -> list[iam.PolicyStatement]:
    """Push images of the platform's services."""
    repositories = Stack.of(scope).format_arn(
        service="ecr",
        resource="repository",
        resource_name=image_repository_name(platform.name, "*"),
        region=platform.tools.region,
    )
    return [
        iam.PolicyStatement(sid="Token", actions=["ecr:GetAuthorizationToken"], resources=["*"]),
        iam.PolicyStatement(
            sid="Images",
            actions=list(PUSH),
            resources=[repositories],
        ),
    ]


def _pipeline(platform: Platform) -> str:
    return f"arn:aws:codepipeline:{platform.tools.region}:{platform.tools.account}:{platform.name}"
