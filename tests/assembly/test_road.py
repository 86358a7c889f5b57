"""The road is what the pipeline's template says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assembly.road import Lane, NoPipeline, Road, read_road
from tests.assembly.templates import action, assembly, deployment, resource, stack

NETWORK = {"Vpc": resource("EC2::VPC", CidrBlock="10.0.0.0/16")}


def pipeline(*stages: tuple[str, list[dict[str, Any]]], **properties: Any) -> dict[str, Any]:
    return resource(
        "CodePipeline::Pipeline",
        Name="shop",
        Stages=[{"Name": name, "Actions": actions} for name, actions in stages],
        **properties,
    )


@pytest.fixture
def road(tmp_path: Path) -> Road:
    live = [
        stack(tmp_path, name, NETWORK, stage=stage, region=region)
        for stage, region in (("Live", "eu-west-1"), ("LiveEuWest2", "eu-west-2"))
        for name in ("Network", "Web", "Orders")
    ]
    orders = {"Network": 2, "Web": 4, "Orders": 4}
    deployments = [each for one in live for each in deployment(one, orders[one.name])]
    resources = {
        "Mutate": resource("CodeBuild::Project", Source={"BuildSpec": "cdk deploy Tools --all"}),
        "Road": pipeline(
            (
                "Source",
                [
                    action(
                        "Git",
                        "Source",
                        "CodeStarSourceConnection",
                        FullRepositoryId="shop/platform",
                        BranchName="main",
                    )
                ],
            ),
            (
                "Build",
                [
                    action("Synth", "Build", "CodeBuild", 2, ProjectName="synth"),
                    action("ImageWeb", "Build", "CodeBuild", ProjectName="image"),
                    action("Checks", "Build", "CodeBuild", ProjectName="checks"),
                ],
            ),
            ("Mutation", [action("Self", "Build", "CodeBuild", ProjectName={"Ref": "Mutate"})]),
            (
                "Live",
                [
                    action("Smoke", "Build", "CodeBuild", 6, ProjectName="smoke"),
                    *deployments,
                    action("Approve", "Approval", "Manual"),
                ],
            ),
            RestartExecutionOnUpdate=True,
        ),
    }
    tools = stack(tmp_path, "Tools", resources, stage="", region="eu-west-1")
    return read_road(assembly(tmp_path, tools, *live))


@pytest.fixture
def lane(road: Road) -> Lane:
    return road.lanes[0]


def test_it_belongs_to_the_pipelines_account(road: Road) -> None:
    assert (road.name, road.account, road.region) == ("shop", "123456789012", "eu-west-1")
    assert road.restarts


def test_run_order_makes_columns_and_equal_run_order_shares_one(road: Road) -> None:
    assert [column.names[0] for column in road.columns] == [
        ("shop/platform",),
        ("Checks", "ImageWeb"),
        ("Synth",),
        ("Self",),
    ]
    assert road.columns[0].detail == "branch main"


def test_self_mutation_is_what_deploys_the_pipelines_own_stack(road: Road) -> None:
    kinds = [column.kind for column in road.columns]
    assert kinds == ["source", "build", "build", "self-mutation"]


def test_an_environment_runs_from_approval_over_stacks_to_the_gate(lane: Lane) -> None:
    assert [column.kind for column in lane.columns] == ["approval", "stacks", "stacks", "gate"]
    assert lane.gates == ("Smoke",)


def test_the_two_actions_of_a_stack_are_one_stack_in_every_region(lane: Lane) -> None:
    assert lane.columns[1].names == (("Network",), ("Network",))
    assert lane.columns[2].names == (("Orders", "Web"), ("Orders", "Web"))
    assert lane.columns[2].caption == "2 stacks"
    assert lane.stacks == 6
    assert [(track.name, track.region) for track in lane.tracks] == [
        ("Live", "eu-west-1"),
        ("LiveEuWest2", "eu-west-2"),
    ]


def test_without_a_pipeline_there_is_no_road(tmp_path: Path) -> None:
    with pytest.raises(NoPipeline, match="pipeline"):
        read_road(assembly(tmp_path, stack(tmp_path, "Tools", NETWORK, stage="")))
