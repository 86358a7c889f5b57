"""The whole application: the pipeline with its stages, and the checks that every synth runs."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import App, Tags

from config.model.configuration import Configuration
from constructs_lib.released_image import ReleasedImage
from stacks.organization_stage import OrganizationStage
from stacks.pipeline import PipelineStack
from stacks.validation import add_validation


def build(
    app: App, *, configuration: Configuration, images: Mapping[str, ReleasedImage]
) -> PipelineStack:
    """Everything the configuration asks for, under ``app``. Nothing is looked up or written."""
    for key, value in configuration.platform.tags.items():
        Tags.of(app).add(key, value)
    add_validation(app, platform=configuration.platform)
    OrganizationStage(app, "Organization", configuration=configuration)
    return PipelineStack(app, "Pipeline", configuration=configuration, images=images)
