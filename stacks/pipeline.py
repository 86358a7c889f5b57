"""The road: source, images, checks, synth, self-mutation, assets, then each environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import Environment as Target
from aws_cdk import Stack, pipelines
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_s3 as s3
from constructs import Construct, IConstruct

from config.model.configuration import Configuration, EnvironmentConfiguration
from constructs_lib.released_image import ReleasedImage
from constructs_lib.three_tier_network import pascal_case
from stacks.names import deploy_role_arn, regional_artifact_bucket_name
from stacks.pipeline_connection import source_role, use_connection
from stacks.pipeline_findings import PipelineParts, acknowledge_pipeline_findings
from stacks.pipeline_gate import gate_step
from stacks.pipeline_images import ImageBuilds
from stacks.pipeline_notifications import PipelineNotifications
from stacks.pipeline_store import ArtifactStore, RegionalArtifactStack
from stacks.stage import EnvironmentStage

BUILD_IMAGE = codebuild.LinuxBuildImage.STANDARD_7_0
RUNTIMES = {"phases": {"install": {"runtime-versions": {"python": "3.13", "nodejs": "22"}}}}
# The CLI as in package.json: without a version the steps would install whatever is newest.
CLI_VERSION = "2.1148.1"
ASSETS_CLI_VERSION = "4.7.3"


class PipelineStack(Stack):
    """The self-mutating pipeline in the tools account, with every environment's stages under it.

    Attribute: ``pipeline``.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        configuration: Configuration,
        images: Mapping[str, ReleasedImage],
        **kwargs: Any,
    ) -> None:
        platform = configuration.platform
        super().__init__(
            scope,
            id,
            env=Target(account=platform.tools.account, region=platform.tools.region),
            **kwargs,
        )
        self._configuration = configuration
        self._images = images
        source = pipelines.CodePipelineSource.connection(
            platform.repository.name,
            platform.repository.branch,
            connection_arn=platform.repository.connection_arn,
            # The images' tags come from git's tree hashes, so the steps need the repository itself.
            code_build_clone_output=True,
        )
        clone = use_connection(platform.repository.connection_arn)
        builds = ImageBuilds(
            self, "Images", configuration=configuration, source=source, clone=clone
        )
        self._clone = clone
        self._synth = self._synth_step(source, builds)
        store = ArtifactStore(self, "Artifacts")
        regional = self._regional_buckets(scope)
        self.pipeline = pipelines.CodePipeline(
            self,
            "Pipeline",
            pipeline_name=platform.name,
            synth=self._synth,
            self_mutation=True,
            cross_account_keys=True,
            cross_region_replication_buckets={platform.tools.region: store.bucket, **regional},
            publish_assets_in_parallel=False,
            cli_version=CLI_VERSION,
            cdk_assets_cli_version=ASSETS_CLI_VERSION,
            code_build_defaults=pipelines.CodeBuildOptions(
                build_environment=codebuild.BuildEnvironment(
                    build_image=BUILD_IMAGE, compute_type=codebuild.ComputeType.MEDIUM
                ),
                partial_build_spec=codebuild.BuildSpec.from_object({"version": "0.2", **RUNTIMES}),
            ),
        )
        self._gates: dict[str, tuple[pipelines.CodeBuildStep, IConstruct]] = {}
        for environment in configuration.environments:
            self._add_environment(environment, source)
        self.pipeline.build_pipeline()
        source_role(self.pipeline).add_to_principal_policy(clone)
        acknowledge_pipeline_findings(
            PipelineParts(
                pipeline=self.pipeline,
                bucket=store.bucket,
                regional_buckets=list(regional.values()),
                checks=self._checks,
                images=list(builds.outputs.values()),
                gates=self._gates,
            )
        )
        PipelineNotifications(
            self,
            "Notifications",
            pipeline=self.pipeline.pipeline,
            emails=platform.notifications.emails,
        )

    def _regional_buckets(self, app: Construct) -> dict[str, s3.IBucket]:
        """An artifact bucket in every Region that is not the pipeline's own."""
        platform = self._configuration.platform
        account, home = platform.tools.account, platform.tools.region
        readers: dict[str, list[str]] = {}
        for each in self._configuration.environments:
            for cell in each.regions:
                reader = deploy_role_arn(each.environment.account, cell.name)
                readers.setdefault(cell.name, []).append(reader)
        readers.pop(home, None)
        return {
            region: RegionalArtifactStack(
                app,
                f"PipelineArtifacts{pascal_case(region)}",
                bucket_name=regional_artifact_bucket_name(platform.name, account, region),
                readers=roles,
                env=Target(account=account, region=region),
            ).bucket(self, f"Artifacts{pascal_case(region)}")
            for region, roles in sorted(readers.items())
        }

    def _synth_step(
        self, source: pipelines.CodePipelineSource, builds: ImageBuilds
    ) -> pipelines.CodeBuildStep:
        self._checks = pipelines.CodeBuildStep(
            "Checks",
            input=source,
            install_commands=[".ci/packages"],
            # No test is left out because a server is missing.
            env={"PASE_ALL_TESTS": "1"},
            commands=["make test"],
            role_policy_statements=[self._clone],
        )
        synth = pipelines.CodeBuildStep(
            "Synth",
            input=source,
            additional_inputs={
                f"images/{service}": output for service, output in builds.outputs.items()
            },
            commands=["make synth IMAGES=images"],
            primary_output_directory="cdk.out",
            role_policy_statements=[self._clone],
        )
        synth.add_step_dependency(self._checks)
        return synth

    def _add_environment(
        self, environment: EnvironmentConfiguration, source: pipelines.CodePipelineSource
    ) -> None:
        name = pascal_case(environment.name)
        stages = [
            EnvironmentStage(
                self,
                platform=self._configuration.platform,
                configuration=environment,
                cell=cell,
                images=self._images,
            )
            for cell in environment.regions
        ]
        approval = pipelines.ManualApprovalStep(
            f"Approve{name}",
            comment=f"Everything before {environment.name} has passed. Deploy to "
            f"{environment.name} (account {environment.environment.account})?",
        )
        gate, role = gate_step(
            self,
            platform=self._configuration.platform,
            environment=environment,
            stages=[stage.stage_name for stage in stages],
            source=source,
            assembly=self._synth,
            clone=self._clone,
        )
        self._gates[environment.name] = (gate, role)
        wave = self.pipeline.add_wave(
            name, pre=[approval] if environment.environment.approval else [], post=[gate]
        )
        for stage in stages:
            wave.add_stage(stage)
