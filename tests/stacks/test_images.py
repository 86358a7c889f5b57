"""The very same image goes down the road, and without a known digest nothing can be deployed."""

from __future__ import annotations

import re

import pytest

from tests.support.runs import Run
from tests.support.synthesis import STOREFRONT_DIGEST, STOREFRONT_REPOSITORY
from tests.support.templates import SERVICES, STAGES, Json, Templates, strings

UNKNOWN = "sha256:" + "0" * 64
TAGGED = re.compile(r"\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/[a-z0-9/_-]+:(?!.*@)")


def image(templates: Templates, stage: str, service: str) -> str:
    """The image of the only container of the service's task."""
    (container,) = templates.service(stage, service).one("AWS::ECS::TaskDefinition")[
        "ContainerDefinitions"
    ]
    name: str = container["Image"]
    return name


def test_the_image_that_the_pipeline_built_is_the_one_in_all_three_environments(
    templates: Templates,
) -> None:
    assert {image(templates, stage, "Storefront") for stage in STAGES} == {
        f"{STOREFRONT_REPOSITORY}@{STOREFRONT_DIGEST}"
    }


def test_an_image_built_elsewhere_is_the_configured_one_in_all_three_environments(
    templates: Templates,
) -> None:
    assert {image(templates, stage, "Inventory") for stage in STAGES} == {
        "111111111111.dkr.ecr.ap-southeast-1.amazonaws.com/inventory@sha256:"
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    }


@pytest.mark.parametrize("service", SERVICES)
def test_the_task_knows_its_version_by_the_digest_it_runs(
    templates: Templates, service: str
) -> None:
    for stage in STAGES:
        (container,) = templates.service(stage, service).one("AWS::ECS::TaskDefinition")[
            "ContainerDefinitions"
        ]
        version = {"Name": "VERSION", "Value": container["Image"].split("@")[1]}

        assert version in container["Environment"]


def test_with_its_digests_no_template_refuses_to_be_deployed(templates: Templates) -> None:
    assert {
        (stack.stage, stack.name, rule)
        for stack in templates
        for rule in stack.template.get("Rules", {})
        if rule != "CheckBootstrapVersion"
    } == set()
    assert not any("Metadata" in stack.template for stack in templates)
    assert not any(UNKNOWN in text for stack in templates for text in strings(stack.template))


def test_a_laptop_names_no_image_by_a_tag(
    templates: Templates, laptop_templates: Templates
) -> None:
    texts = [
        text
        for assembly in (templates, laptop_templates)
        for stack in assembly
        for text in strings(stack.template)
    ]

    assert [text for text in texts if TAGGED.search(text)] == []
    assert [text for text in texts if re.search(r":latest\b", text)] == []


@pytest.mark.parametrize("stage", STAGES)
def test_a_laptops_task_names_an_image_that_cannot_exist(
    laptop_templates: Templates, stage: str
) -> None:
    assert image(laptop_templates, stage, "Storefront") == f"{STOREFRONT_REPOSITORY}@{UNKNOWN}"


@pytest.mark.parametrize("stage", STAGES)
def test_a_laptops_template_says_that_the_digest_is_unknown(
    laptop_templates: Templates, stage: str
) -> None:
    metadata = laptop_templates.service(stage, "Storefront").template["Metadata"]

    assert metadata["Pase::ImageDigest"].startswith("unknown: ")
    assert "storefront" in metadata["Pase::ImageDigest"]


@pytest.mark.parametrize("stage", STAGES)
def test_cloudformation_refuses_a_laptops_template_before_it_changes_anything(
    laptop_templates: Templates, stage: str
) -> None:
    rule: Json = laptop_templates.service(stage, "Storefront").template["Rules"]["ImageDigestKnown"]
    (assertion,) = rule["Assertions"]
    left, right = assertion["Assert"]["Fn::Equals"]

    # Two literals that differ: false whatever the parameters are, and no condition to skip it.
    assert isinstance(left, str)
    assert isinstance(right, str)
    assert left != right
    assert "RuleCondition" not in rule
    assert "-c images=DIR" in assertion["AssertDescription"]


def test_a_service_with_a_configured_digest_can_be_deployed_from_a_laptop(
    laptop_templates: Templates,
) -> None:
    for stage in STAGES:
        template = laptop_templates.service(stage, "Inventory").template

        assert "Metadata" not in template
        assert "ImageDigestKnown" not in template["Rules"]


def test_synth_needs_nothing_from_its_surroundings(pipeline_synth: Run, laptop_synth: Run) -> None:
    """Both ran with an empty home and no variables but Node's place (support/synthesis.py)."""
    assert (pipeline_synth.status, laptop_synth.status) == (0, 0)
