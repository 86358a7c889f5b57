"""An environment in two Regions: a whole copy of its stacks, in the same step of the road."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.regions import CIDRS, SECOND
from tests.support.templates import Templates

HOME = "ap-southeast-1"


@pytest.fixture(scope="session")
def regional(laptop_templates: Templates) -> Templates:
    """The assembly that was synthesized with a second Region."""
    return laptop_templates


def pipeline(templates: Templates) -> dict[str, Any]:
    """The properties of the one pipeline."""
    return templates["", "Pipeline"].one("AWS::CodePipeline::Pipeline")


def test_the_first_regions_stages_and_stacks_keep_their_names(
    regional: Templates, templates: Templates
) -> None:
    assert set(templates.stacks) <= set(regional.stacks)
    assert {stack.stage for stack in regional.on_the_road} == {
        "",
        "Dev",
        "Staging",
        "StagingApSoutheast2",
        "Prod",
        "ProdApSoutheast2",
    }


def test_the_second_region_has_the_same_resources_at_addresses_of_its_own(
    regional: Templates,
) -> None:
    for stack in ("Network", "Data", "Cluster", "StorefrontService", "InventoryService"):
        first, second = regional["Prod", stack], regional["ProdApSoutheast2", stack]
        assert {key: value["Type"] for key, value in first.resources.items()} == {
            key: value["Type"] for key, value in second.resources.items()
        }
        assert (first.region, second.region) == (HOME, SECOND)
        assert first.account == second.account == "444444444444"
    vpc = regional["ProdApSoutheast2", "Network"].one("AWS::EC2::VPC")
    assert vpc["CidrBlock"] in CIDRS.values()


def test_both_regions_are_deployed_in_one_step_before_its_gate(regional: Templates) -> None:
    (prod,) = [stage for stage in pipeline(regional)["Stages"] if stage["Name"] == "Prod"]
    order = {action["Name"]: action["RunOrder"] for action in prod["Actions"]}
    regions = {action["Name"]: action.get("Region") for action in prod["Actions"]}
    assert order["Prod.Network.Prepare"] == order["ProdApSoutheast2.Network.Prepare"]
    assert order["SmokeProd"] == max(order.values())
    assert regions["ProdApSoutheast2.Network.Prepare"] == SECOND
    assert order["ApproveProd"] == min(order.values())


def test_one_gate_asks_both_regions(regional: Templates) -> None:
    projects = regional["", "Pipeline"].of_type("AWS::CodeBuild::Project").values()
    commands = [str(project["Source"].get("BuildSpec")) for project in projects]
    (gate,) = [command for command in commands if "--environment prod" in command]
    assert "--stage Prod --stage ProdApSoutheast2" in gate


def test_artifacts_of_the_second_region_lie_in_a_bucket_and_under_a_key_of_their_own(
    regional: Templates,
) -> None:
    stores = {
        store["Region"]: store["ArtifactStore"] for store in pipeline(regional)["ArtifactStores"]
    }
    assert set(stores) == {HOME, SECOND}
    assert stores[SECOND]["Location"] == f"pase-pipeline-artifacts-111111111111-{SECOND}"
    policies = regional["", "Pipeline"].of_type("AWS::IAM::Policy").values()
    statements = [s for p in policies for s in p["PolicyDocument"]["Statement"]]
    on_keys = [s for s in statements if "kms:Decrypt" in s["Action"]]
    assert on_keys
    for statement in on_keys:
        resources = statement["Resource"]
        assert "*" not in (resources if isinstance(resources, list) else [resources])
