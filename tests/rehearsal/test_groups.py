"""Applications, configurations and deployment groups.

https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_CreateDeploymentGroup.html
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from .world import ALARM, SERVICE, World

NAMES = {"applicationName": SERVICE, "deploymentGroupName": SERVICE}


def test_a_group_tells_what_it_was_made_of(world: World) -> None:
    world.group()
    info = world.codedeploy.get_deployment_group(**NAMES)["deploymentGroupInfo"]
    assert info["computePlatform"] == "ECS"
    assert info["alarmConfiguration"]["alarms"] == [{"name": ALARM}]
    assert info["ecsServices"] == [{"clusterName": "pase", "serviceName": SERVICE}]
    assert info["loadBalancerInfo"] == world.pair()
    client = world.codedeploy
    listed = client.list_deployment_groups(applicationName=SERVICE)
    assert listed["deploymentGroups"] == [SERVICE]
    assert client.list_applications()["applications"] == [SERVICE]


def test_an_updated_group_deploys_with_its_new_settings(world: World) -> None:
    world.group()
    world.codedeploy.update_deployment_group(
        applicationName=SERVICE,
        currentDeploymentGroupName=SERVICE,
        deploymentConfigName="CodeDeployDefault.ECSLinear10PercentEvery3Minutes",
    )
    world.deploy()
    world.pass_time(31)
    assert world.weights() == {"blue": 90, "green": 10}


def test_the_predefined_configurations_are_there(world: World) -> None:
    """https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html"""
    answer = world.codedeploy.get_deployment_config(
        deploymentConfigName="CodeDeployDefault.ECSCanary10Percent15Minutes"
    )["deploymentConfigInfo"]
    assert answer["computePlatform"] == "ECS"
    assert answer["trafficRoutingConfig"]["timeBasedCanary"] == {
        "canaryPercentage": 10,
        "canaryInterval": 15,
    }


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ecsServices": []}, "InvalidECSServiceException"),
        ({"loadBalancerInfo": {}}, "InvalidTargetGroupPairException"),
        (
            {
                "deploymentStyle": {
                    "deploymentType": "IN_PLACE",
                    "deploymentOption": "WITH_TRAFFIC_CONTROL",
                }
            },
            "InvalidDeploymentStyleException",
        ),
        (
            {
                "blueGreenDeploymentConfiguration": {
                    "deploymentReadyOption": {
                        "actionOnTimeout": "CONTINUE_DEPLOYMENT",
                        "waitTimeInMinutes": 5,
                    }
                }
            },
            "InvalidBlueGreenDeploymentConfigurationException",
        ),
        (
            {"alarmConfiguration": {"alarms": [{"name": str(number)} for number in range(11)]}},
            "AlarmsLimitExceededException",
        ),
        ({"deploymentConfigName": "other"}, "DeploymentConfigDoesNotExistException"),
    ],
)
def test_a_group_that_aws_refuses_is_refused(
    world: World, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError, match=code):
        world.group(**changes)


def test_names_are_taken_once(world: World) -> None:
    world.group()
    client = world.codedeploy
    with pytest.raises(ClientError, match="DeploymentGroupAlreadyExistsException"):
        world.group()
    with pytest.raises(ClientError, match="ApplicationAlreadyExistsException"):
        client.create_application(applicationName=SERVICE, computePlatform="ECS")
    with pytest.raises(ClientError, match="DeploymentConfigAlreadyExistsException"):
        client.create_deployment_config(deploymentConfigName="canary", computePlatform="ECS")


def test_only_ecs_applications_are_part_of_the_model(world: World) -> None:
    with pytest.raises(ClientError, match="InvalidComputePlatformException"):
        world.codedeploy.create_application(applicationName="other", computePlatform="Lambda")


def test_an_operation_that_is_not_part_of_the_model_is_refused_by_name(world: World) -> None:
    with pytest.raises(ClientError, match="UpdateApplication is not part of the model"):
        world.codedeploy.update_application(applicationName=SERVICE, newApplicationName="other")
    assert world.codedeploy.list_applications()["applications"] == [SERVICE]


def test_a_configuration_is_deleted_only_when_no_group_uses_it(world: World) -> None:
    world.group()
    with pytest.raises(ClientError, match="DeploymentConfigInUseException"):
        world.codedeploy.delete_deployment_config(deploymentConfigName="canary")
    with pytest.raises(ClientError, match="InvalidOperationException"):
        world.codedeploy.delete_deployment_config(
            deploymentConfigName="CodeDeployDefault.ECSAllAtOnce"
        )

    world.codedeploy.delete_deployment_group(applicationName=SERVICE, deploymentGroupName=SERVICE)
    world.codedeploy.delete_deployment_config(deploymentConfigName="canary")
    with pytest.raises(ClientError, match="DeploymentConfigDoesNotExistException"):
        world.codedeploy.get_deployment_config(deploymentConfigName="canary")


def test_an_application_takes_its_groups_with_it(world: World) -> None:
    world.group()
    world.codedeploy.delete_application(applicationName=SERVICE)

    assert world.codedeploy.list_applications()["applications"] == []
    with pytest.raises(ClientError, match="ApplicationDoesNotExistException"):
        world.codedeploy.get_deployment_group(applicationName=SERVICE, deploymentGroupName=SERVICE)
