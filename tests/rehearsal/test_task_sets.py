"""What ECS does with task sets.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskSet.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-bluegreen.html
"""

from __future__ import annotations

import json

from tests.support.simulated_fleet import Behaviour

from .world import CLUSTER, SERVICE, World


def test_create_service_makes_a_primary_task_set_with_the_service_s_own_tasks(
    world: World,
) -> None:
    [first] = world.service()["taskSets"]
    assert first["status"] == "PRIMARY"
    assert "externalId" not in first
    assert first["runningCount"] == first["computedDesiredCount"] == 2
    assert first["loadBalancers"][0]["targetGroupArn"] == world.blue
    assert first["networkConfiguration"] == world.network
    assert first["taskDefinition"] == world.service()["taskDefinition"]
    assert world.healthy(world.blue) == 2


def test_the_replacement_is_started_by_codedeploy_and_named_by_its_deployment(
    world: World,
) -> None:
    world.group()
    id = world.deploy()
    world.pass_time(31)
    green = world.service()["taskSets"][1]
    assert green["externalId"] == id
    assert green["startedBy"] == "CODE_DEPLOY"
    assert green["loadBalancers"][0] == {
        "targetGroupArn": world.green,
        "containerName": "app",
        "containerPort": 8080,
    }
    assert green["networkConfiguration"] == world.network


def test_an_appspec_sets_capacity_and_network_of_the_replacement(world: World) -> None:
    world.group()
    network = world.network["awsvpcConfiguration"]
    world.deploy(
        CapacityProviderStrategy=[{"CapacityProvider": "FARGATE_SPOT", "Weight": 2, "Base": 0}],
        NetworkConfiguration={
            "AwsvpcConfiguration": {
                "Subnets": network["subnets"][:1],
                "SecurityGroups": network["securityGroups"],
                "AssignPublicIp": "DISABLED",
            }
        },
    )
    world.pass_time(0)
    green = world.service()["taskSets"][1]
    assert green["capacityProviderStrategy"] == [
        {"capacityProvider": "FARGATE_SPOT", "weight": 2, "base": 0}
    ]
    assert (
        green["networkConfiguration"]["awsvpcConfiguration"]["subnets"] == (network["subnets"][:1])
    )


def test_the_replacement_is_primary_when_it_serves_all_of_production(world: World) -> None:
    world.group()
    id = world.deploy()
    world.pass_time(30 + 299)
    assert world.sets() == {"": "PRIMARY", id: "ACTIVE"}
    world.pass_time(1)
    assert world.sets() == {"": "ACTIVE", id: "PRIMARY"}
    assert world.service()["loadBalancers"][0]["targetGroupArn"] == world.green


def test_the_original_drains_after_the_wait_and_is_then_gone(world: World) -> None:
    world.group()
    id = world.deploy()
    world.pass_time(30 + 300 + 3600)
    assert world.sets() == {"": "DRAINING", id: "PRIMARY"}
    assert world.healthy(world.blue) == 0
    assert world.info(id)["status"] == "Succeeded"
    world.pass_time(5)
    assert world.sets() == {id: "PRIMARY"}


def test_the_target_tells_only_of_sets_that_exist(world: World) -> None:
    world.group()
    id = world.deploy()
    world.pass_time(30 + 300 + 3600 + 5)
    assert [one["taskSetLabel"] for one in world.target(id)["taskSetsInfo"]] == ["Green"]


def test_a_changed_desired_count_scales_blue_and_green_alike(world: World) -> None:
    world.group()
    world.deploy()
    world.pass_time(31)
    world.desire(3)
    world.pass_time(30)
    service = world.service()
    assert [one["runningCount"] for one in service["taskSets"]] == [3, 3]
    assert service["runningCount"] == 6
    assert (world.healthy(world.blue), world.healthy(world.green)) == (3, 3)
    world.desire(1)
    world.pass_time(0)
    assert (world.healthy(world.blue), world.healthy(world.green)) == (1, 1)


def test_a_deleted_service_loses_its_tasks(world: World) -> None:
    world.ecs.delete_service(cluster=CLUSTER, service=SERVICE, force=True)
    world.pass_time(10)
    assert world.healthy(world.blue) == 0
    assert world.service()["taskSets"] == []


def test_a_service_made_again_under_its_name_begins_anew(world: World) -> None:
    world.ecs.delete_service(cluster=CLUSTER, service=SERVICE, force=True)
    world.pass_time(10)
    world.create_service()
    world.pass_time(30)
    assert world.sets() == {"": "PRIMARY"}
    assert world.healthy(world.blue) == 2


def test_ecs_lists_why_tasks_of_the_replacement_stopped(world: World) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-errors.html"""
    world.group()
    world.deploy()
    world.fleet.behaviours[world.latest_definition()] = Behaviour(
        healthy_after=None, crash_after=20, crash_reason="CannotPullContainerError: no such image"
    )
    world.pass_time(300)
    green = world.service()["taskSets"][1]
    listed = world.ecs.list_tasks(cluster=CLUSTER, startedBy=green["id"], desiredStatus="STOPPED")[
        "taskArns"
    ]
    assert len(listed) == 5
    tasks = world.ecs.describe_tasks(cluster=CLUSTER, tasks=listed)["tasks"]
    assert {task["stoppedReason"] for task in tasks} == {"CannotPullContainerError: no such image"}
    assert {task["taskDefinitionArn"] for task in tasks} == {green["taskDefinition"]}


def test_a_set_left_by_a_deployment_that_was_not_rolled_back_makes_room(world: World) -> None:
    world.group()
    first = world.deploy()
    world.pass_time(31)
    world.codedeploy.stop_deployment(deploymentId=first, autoRollbackEnabled=False)
    world.pass_time(60)
    assert world.sets() == {"": "PRIMARY", first: "ACTIVE"}
    world.point(world.test, world.blue)
    second = world.deploy(image="app@sha256:3")
    world.pass_time(0)
    assert world.weights() == {"blue": 100, "green": 0}
    assert world.sets()[first] == "DRAINING"
    world.pass_time(30)
    assert world.weights() == {"blue": 80, "green": 20}
    assert world.sets() == {"": "PRIMARY", second: "ACTIVE"}


def test_the_revision_of_a_deployment_names_the_task_definition_it_runs(world: World) -> None:
    world.group()
    id = world.deploy()
    world.pass_time(0)
    location = world.info(id)["revision"]
    assert "content" not in location["appSpecContent"]
    answer = world.codedeploy.get_application_revision(applicationName=SERVICE, revision=location)
    content = json.loads(answer["revision"]["appSpecContent"]["content"])
    properties = content["Resources"][0]["TargetService"]["Properties"]
    assert properties["TaskDefinition"] == world.service()["taskSets"][1]["taskDefinition"]
