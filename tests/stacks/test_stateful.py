"""What holds state keeps its logical id, and is kept where its environment says so."""

from __future__ import annotations

import pytest

from tests.stacks.stateful_ids import (
    EVERY_ENVIRONMENT,
    ONLY_IN,
    ORGANIZATION,
    PIPELINE,
    STATEFUL_TYPES,
)
from tests.support.templates import STAGE_STACKS, STAGES, Json, Stack, Templates

# Deleted with the stack, whatever the environment says: nothing is lost with them.
WITHOUT_DATA = frozenset(
    {
        "AWS::CodeDeploy::Application",
        "AWS::CodeDeploy::DeploymentGroup",
        "AWS::EC2::EIP",
        "AWS::EC2::Subnet",
        "AWS::EC2::VPC",
        "AWS::ECS::Cluster",
        "AWS::ECS::Service",
        "AWS::ElasticLoadBalancingV2::Listener",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "AWS::SNS::Topic",
        "AWS::ServiceDiscovery::PrivateDnsNamespace",
    }
)


def stateful(stack: Stack) -> dict[str, str]:
    """Logical id -> type of what the contract is about."""
    return {
        logical_id: resource["Type"]
        for logical_id, resource in stack.resources.items()
        if resource["Type"] in STATEFUL_TYPES
    }


def policies(resource: Json) -> tuple[str | None, str | None]:
    """What happens to it when it leaves the template, and when it is replaced."""
    return resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("name", STAGE_STACKS)
def test_the_logical_ids_of_what_holds_state_are_the_reviewed_ones(
    templates: Templates, stage: str, name: str
) -> None:
    expected = {**EVERY_ENVIRONMENT[name], **ONLY_IN.get((stage, name), {})}

    assert stateful(templates[stage, name]) == expected


def test_the_pipelines_logical_ids_are_the_reviewed_ones(templates: Templates) -> None:
    assert stateful(templates.pipeline) == PIPELINE


@pytest.mark.parametrize("name", ORGANIZATION)
def test_the_organizations_logical_ids_are_the_reviewed_ones_and_what_they_name_is_kept(
    templates: Templates, name: str
) -> None:
    stack = templates["Organization", name]
    kept = {
        logical_id
        for logical_id, type_ in ORGANIZATION[name].items()
        if type_ != "AWS::CloudTrail::Trail"
    }

    assert stateful(stack) == ORGANIZATION[name]
    assert {policies(stack.resources[one]) for one in kept} == {("Retain", "Retain")}


def test_only_sizes_make_the_environments_differ() -> None:
    assert {type_ for ids in ONLY_IN.values() for type_ in ids.values()} <= {
        "AWS::EC2::EIP",
        "AWS::RDS::DBInstance",
    }


@pytest.mark.parametrize(("stage", "policy"), [("Dev", "Delete"), ("Staging", "Delete")])
def test_an_environment_that_keeps_nothing_leaves_nothing_behind(
    templates: Templates, stage: str, policy: str
) -> None:
    kept = {
        (name, logical_id)
        for name in STAGE_STACKS
        for logical_id, type_ in stateful(templates[stage, name]).items()
        if type_ not in WITHOUT_DATA
        and policies(templates[stage, name].resources[logical_id]) != (policy, policy)
        # The CDK gives the subnet group no policy of its own; CloudFormation's is to delete.
        and type_ != "AWS::RDS::DBSubnetGroup"
    }

    assert kept == set()


def test_prod_keeps_its_data_when_a_stack_goes_or_a_resource_is_replaced(
    templates: Templates,
) -> None:
    lost = {
        (name, logical_id)
        for name in STAGE_STACKS
        for logical_id, type_ in stateful(templates["Prod", name]).items()
        if type_ not in WITHOUT_DATA
        and policies(templates["Prod", name].resources[logical_id]) != ("Retain", "Retain")
    }

    assert lost == set()


def test_prod_keeps_its_logs(templates: Templates) -> None:
    for name in STAGE_STACKS:
        stack = templates["Prod", name]
        for logical_id in stack.of_type("AWS::Logs::LogGroup"):
            assert policies(stack.resources[logical_id]) == ("Retain", "Retain"), logical_id


def test_the_pipeline_keeps_keys_images_and_artifacts(templates: Templates) -> None:
    for logical_id, type_ in stateful(templates.pipeline).items():
        if type_ in {"AWS::S3::Bucket", "AWS::KMS::Key", "AWS::ECR::Repository"}:
            resource = templates.pipeline.resources[logical_id]

            assert policies(resource) == ("Retain", "Retain"), logical_id
