"""The image a task definition runs: always by digest, and plainly marked when none is known."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aws_cdk import CfnRule, CfnRuleAssertion, Fn, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

UNKNOWN_DIGEST = "sha256:" + "0" * 64
"""Stands where the digest is not known. No image has it, so a task that tried it cannot start."""

_ECR_HOST = re.compile(r"^(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com/")


@dataclass(frozen=True, kw_only=True)
class ReleasedImage:
    """A repository and the digest of the image in it; ``digest`` is None when it is not known."""

    repository: str
    digest: str | None

    @property
    def known(self) -> bool:
        """Whether this names an image that can be run."""
        return self.digest is not None

    @property
    def uri(self) -> str:
        """``repository@sha256:...``; with ``UNKNOWN_DIGEST`` when the digest is not known."""
        return f"{self.repository}@{self.digest or UNKNOWN_DIGEST}"

    @property
    def ecr_repository_arn(self) -> str | None:
        """The ARN when the repository is in a private ECR registry, else None."""
        match = _ECR_HOST.match(self.repository)
        if match is None:
            return None
        name = self.repository[match.end() :]
        return f"arn:aws:ecr:{match['region']}:{match['account']}:repository/{name}"


def pull_statements(image: ReleasedImage) -> list[iam.PolicyStatement]:
    """What an execution role needs to pull ``image``; nothing for a registry outside ECR."""
    arn = image.ecr_repository_arn
    if arn is None:
        return []
    return [
        iam.PolicyStatement(
            actions=[
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:GetDownloadUrlForLayer",
            ],
            resources=[arn],
        ),
        # Not a resource-level permission:
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
        iam.PolicyStatement(actions=["ecr:GetAuthorizationToken"], resources=["*"]),
    ]


def refuse_unknown_image(scope: Construct, *, image: ReleasedImage, service: str) -> None:
    """Make CloudFormation itself refuse a stack whose image digest is not known.

    A template rule is evaluated before anything is created or changed
    (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html).
    The stack's metadata says the same to a reader. Nothing is added when the digest is known.
    """
    if image.known:
        return
    stack = Stack.of(scope)
    stack.add_metadata(
        "Pase::ImageDigest",
        f"unknown: synthesized without the pipeline's digest of {service}; "
        "this template cannot be deployed",
    )
    CfnRule(
        stack,
        "ImageDigestKnown",
        assertions=[
            CfnRuleAssertion(
                assert_=Fn.condition_equals("digest unknown", "digest known"),
                assert_description=f"The image digest of {service} is not known: this template was "
                "synthesized outside the pipeline. Let the pipeline deploy it, or synthesize with "
                "-c images=DIR, DIR holding the digest files of the pipeline's build steps.",
            )
        ],
    )
