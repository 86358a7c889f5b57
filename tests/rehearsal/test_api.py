"""The API of deployments: their records and what is refused.

https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .parts import appspec, standby
from .world import SERVICE, World

NAMES = {"applicationName": SERVICE, "deploymentGroupName": SERVICE}


def inline(content: str) -> dict[str, Any]:
    """A revision with its content."""
    return {"revisionType": "AppSpecContent", "appSpecContent": {"content": content}}


def releases(world: World, count: int) -> list[str]:
    """That many deployments, an hour apart, oldest first."""
    world.group(blueGreenDeploymentConfiguration=standby(0))
    ids = []
    for number in range(count):
        ids.append(world.deploy(image=f"app@sha256:{number}"))
        world.pass_time(3600)
    return ids


def test_a_second_deployment_of_a_group_is_refused_naming_the_active_one(world: World) -> None:
    """https://github.com/CircleCI-Public/aws-ecs-orb/issues/181"""
    world.group()
    id = world.deploy()
    world.pass_time(31)
    with pytest.raises(ClientError) as refused:
        world.deploy()
    assert refused.value.response["Error"] == {
        "Code": "DeploymentLimitExceededException",
        "Message": f"The Deployment Group '{SERVICE}' already has an active Deployment '{id}'",
    }
    assert refused.type.__name__ == "DeploymentLimitExceededException"


def test_a_deployment_in_hot_standby_is_still_active(world: World) -> None:
    world.group()
    world.deploy()
    world.pass_time(30 + 300 + 60)
    with pytest.raises(ClientError, match="DeploymentLimitExceededException"):
        world.deploy()


def test_deployments_are_listed_newest_first(world: World) -> None:
    ids = releases(world, 3)
    assert world.codedeploy.list_deployments(**NAMES)["deployments"] == ids[::-1]
    assert world.codedeploy.list_deployments()["deployments"] == ids[::-1]


def test_deployments_are_listed_by_status(world: World) -> None:
    [first, second] = releases(world, 2)
    world.deploy(image="app@sha256:9")
    listed = world.codedeploy.list_deployments(**NAMES, includeOnlyStatuses=["Succeeded"])
    assert listed["deployments"] == [second, first]


def test_deployments_are_listed_by_the_time_of_their_creation(world: World) -> None:
    start = world.clock.now()
    [first, second, third] = releases(world, 3)
    hour = timedelta(hours=1)

    def between(**bounds: Any) -> list[str]:
        listed: list[str] = world.codedeploy.list_deployments(**NAMES, createTimeRange=bounds)[
            "deployments"
        ]
        return listed

    assert between(start=start + hour) == [third, second]
    assert between(end=start + hour) == [second, first]
    assert between(start=start + hour / 2, end=start + 1.5 * hour) == [second]


def test_a_long_list_comes_in_pages(world: World) -> None:
    world.group(blueGreenDeploymentConfiguration=standby(0))
    ids = []
    for _ in range(101):
        ids.append(world.deploy(definition="storefront:1"))
        world.codedeploy.stop_deployment(deploymentId=ids[-1])
        world.pass_time(0)
    first = world.codedeploy.list_deployments(**NAMES)
    assert len(first["deployments"]) == 100
    rest = world.codedeploy.list_deployments(**NAMES, nextToken=first["nextToken"])
    assert first["deployments"] + rest["deployments"] == ids[::-1]
    assert "nextToken" not in rest
    with pytest.raises(ClientError, match="InvalidNextTokenException"):
        world.codedeploy.list_deployments(**NAMES, nextToken="other")


@pytest.mark.parametrize("only", ["applicationName", "deploymentGroupName"])
def test_a_list_of_one_group_needs_both_names(world: World, only: str) -> None:
    with pytest.raises(ClientError, match="RequiredException"):
        world.codedeploy.list_deployments(**{only: SERVICE})


def test_several_deployments_are_read_at_once_and_unknown_ones_left_out(world: World) -> None:
    ids = releases(world, 2)
    answer = world.codedeploy.batch_get_deployments(deploymentIds=[*ids, "d-UNKNOWN"])
    assert [info["deploymentId"] for info in answer["deploymentsInfo"]] == ids
    with pytest.raises(ClientError, match="BatchLimitExceededException"):
        world.codedeploy.batch_get_deployments(deploymentIds=[f"d-{i}" for i in range(26)])


def test_a_deployment_keeps_its_description_and_never_shows_its_appspec(world: World) -> None:
    world.group()
    id = world.deploy(description="pase release sha256:2 request 7")
    info = world.info(id)
    assert info["description"] == "pase release sha256:2 request 7"
    assert set(info["revision"]["appSpecContent"]) == {"sha256"}


def test_a_description_has_256_characters_at_most(world: World) -> None:
    """https://docs.aws.amazon.com/codedeploy/latest/userguide/limits.html"""
    world.group()
    assert world.deploy(description="x" * 256)
    with pytest.raises(ClientError, match="DescriptionTooLongException"):
        world.deploy(description="x" * 257)


def test_a_revision_is_read_by_its_sha256(world: World) -> None:
    world.group()
    content = appspec(world.task_definition("app@sha256:5"))
    client = world.codedeploy
    client.create_deployment(**NAMES, revision=inline(content))
    [location] = client.list_application_revisions(applicationName=SERVICE)["revisions"]
    assert location["appSpecContent"] == {"sha256": hashlib.sha256(content.encode()).hexdigest()}
    answer = client.get_application_revision(applicationName=SERVICE, revision=location)
    assert answer["revision"]["appSpecContent"]["content"] == content
    assert answer["revisionInfo"]["firstUsedTime"] == world.clock.now()


def test_an_appspec_may_be_yaml(world: World) -> None:
    world.group()
    definition = world.task_definition("app@sha256:5")
    content = (
        "version: 0.0\nResources:\n  - TargetService:\n      Type: AWS::ECS::Service\n"
        f"      Properties:\n        TaskDefinition: {definition}\n        LoadBalancerInfo:\n"
        "          ContainerName: app\n          ContainerPort: 8080\n"
    )
    assert world.codedeploy.create_deployment(**NAMES, revision=inline(content))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"version": "0.0"', '"version": "1.0"'),
        ("AWS::ECS::Service", "AWS::Lambda::Function"),
        ("TaskDefinition", "Definition"),
        ("AfterAllowTestTraffic", "AfterLunch"),
        ("{", "{: ["),
    ],
)
def test_an_appspec_that_is_none_is_refused(world: World, before: str, after: str) -> None:
    world.group()
    content = appspec("storefront:1", hooks=True)
    assert before in content
    with pytest.raises(ClientError, match="InvalidRevisionException"):
        world.codedeploy.create_deployment(**NAMES, revision=inline(content.replace(before, after)))


def test_what_does_not_exist_is_refused_with_aws_s_codes(world: World) -> None:
    world.group()
    client = world.codedeploy
    revision = inline(appspec("storefront:1"))
    refusals: dict[str, Callable[[], object]] = {
        "ApplicationDoesNotExistException": lambda: client.create_deployment(
            **{**NAMES, "applicationName": "other"}, revision=revision
        ),
        "DeploymentGroupDoesNotExistException": lambda: client.create_deployment(
            **{**NAMES, "deploymentGroupName": "other"}, revision=revision
        ),
        "DeploymentConfigDoesNotExistException": lambda: client.create_deployment(
            **NAMES, revision=revision, deploymentConfigName="other"
        ),
        "RevisionRequiredException": lambda: client.create_deployment(**NAMES),
        "DeploymentDoesNotExistException": lambda: client.get_deployment(deploymentId="d-1"),
        "RevisionDoesNotExistException": lambda: client.get_application_revision(
            applicationName=SERVICE,
            revision={"revisionType": "AppSpecContent", "appSpecContent": {"sha256": "0"}},
        ),
    }
    for code, call in refusals.items():
        with pytest.raises(ClientError) as refused:
            call()
        assert refused.value.response["Error"]["Code"] == code


def test_a_target_is_there_once_the_deployment_has_started(world: World) -> None:
    world.group()
    id = world.deploy()
    with pytest.raises(ClientError, match="DeploymentNotStartedException"):
        world.codedeploy.list_deployment_targets(deploymentId=id)
    world.pass_time(0)
    client = world.codedeploy
    assert client.list_deployment_targets(deploymentId=id)["targetIds"] == ["pase:storefront"]
    target = client.get_deployment_target(deploymentId=id, targetId="pase:storefront")
    assert target["deploymentTarget"]["deploymentTargetType"] == "ECSTarget"
    assert target["deploymentTarget"]["ecsTarget"]["targetArn"] == world.service()["serviceArn"]
    with pytest.raises(ClientError, match="DeploymentTargetDoesNotExistException"):
        client.get_deployment_target(deploymentId=id, targetId="other")
