"""Building once: one repository and one build step for every service whose source is here."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy, pipelines
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from constructs import Construct

from config.model.configuration import Configuration
from config.model.service import Service
from constructs_lib.three_tier_network import pascal_case
from stacks.names import image_repository_name, image_repository_uri

PUSH = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:CompleteLayerUpload",
    "ecr:DescribeImages",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
)
"""What pushing an image needs:
https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
"""
_PLATFORMS = {"X86_64": "linux/amd64", "ARM64": "linux/arm64"}


class ImageBuilds(Construct):
    """Attribute: ``outputs`` (service -> the step's output, a folder with ``<service>.json``).

    The tag is the hash of the source folder, so sources that did not change are not built again and
    the digest stays the same: no release without a change.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        configuration: Configuration,
        source: pipelines.CodePipelineSource,
        clone: iam.PolicyStatement,
    ) -> None:
        super().__init__(scope, id)
        self._clone = clone
        self._configuration = configuration
        self.outputs: dict[str, pipelines.CodeBuildStep] = {}
        for name, service in configuration.environments[0].services.items():
            if service.image.source is None:
                continue
            repository = self._repository(name)
            self.outputs[name] = self._step(name, service, repository, source)

    def _repository(self, service: str) -> ecr.Repository:
        platform = self._configuration.platform
        repository = ecr.Repository(
            self,
            f"{pascal_case(service)}Repository",
            repository_name=image_repository_name(platform.name, service),
            image_scan_on_push=True,
            image_tag_mutability=ecr.TagMutability.IMMUTABLE,
            # Only what no tag names: an image that serves somewhere is never expired.
            lifecycle_rules=[
                ecr.LifecycleRule(
                    description="Layers of builds that were given up",
                    tag_status=ecr.TagStatus.UNTAGGED,
                    max_image_age=Duration.days(14),
                )
            ],
            removal_policy=RemovalPolicy.RETAIN,
        )
        repository.add_to_resource_policy(
            iam.PolicyStatement(
                sid="EnvironmentsPull",
                principals=[
                    iam.AccountPrincipal(account)
                    for account in dict.fromkeys(
                        environment.environment.account
                        for environment in self._configuration.environments
                    )
                ],
                actions=[
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                ],
                conditions={"StringEquals": {"aws:PrincipalOrgID": platform.organization.id}},
            )
        )
        return repository

    def _step(
        self,
        name: str,
        service: Service,
        repository: ecr.Repository,
        source: pipelines.CodePipelineSource,
    ) -> pipelines.CodeBuildStep:
        platform = self._configuration.platform
        uri = image_repository_uri(
            platform.name, name, platform.tools.account, platform.tools.region
        )
        return pipelines.CodeBuildStep(
            f"Image{pascal_case(name)}",
            input=source,
            install_commands=["make ops-setup"],
            commands=[
                f".venv-ops/bin/python -m ops.image build --service {name} "
                f"--source {service.image.source} --target {service.image.target} "
                f"--platform {_PLATFORMS[service.container.architecture]} "
                f"--repository {uri} --output digest/{name}.json"
            ],
            primary_output_directory="digest",
            build_environment=codebuild.BuildEnvironment(privileged=True),
            role_policy_statements=[
                self._clone,
                iam.PolicyStatement(
                    actions=list(PUSH),
                    resources=[repository.repository_arn],
                ),
                iam.PolicyStatement(actions=["ecr:GetAuthorizationToken"], resources=["*"]),
            ],
        )
