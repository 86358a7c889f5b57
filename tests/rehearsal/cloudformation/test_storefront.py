"""The stacks that would be deployed to Prod, deployed to the model as they were synthesized."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from tests.support.templates import Templates

from .synthesized import bootstrapped, deployed, live_is_blue
from .world import Account, failure, statuses, success

OTHER_IMAGE = "example.com/storefront@sha256:" + "77" * 32


@pytest.fixture
def account() -> Iterator[Account]:
    """A bootstrapped account in which nothing is deployed."""
    with bootstrapped() as (account, _):
        yield account


def other_image(templates: Templates) -> dict[str, Any]:
    """The storefront's template with another image."""
    template = copy.deepcopy(templates.service("Prod", "Storefront").template)
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::ECS::TaskDefinition":
            properties["ContainerDefinitions"][0]["Image"] = OTHER_IMAGE
        if resource["Type"] == "Custom::Release":
            properties["Image"] = OTHER_IMAGE
    return template


def test_the_whole_service_is_made(account: Account, templates: Templates) -> None:
    stack = deployed(account, templates)
    service = boto3.client("ecs").describe_services(cluster="pase", services=["storefront"])
    (found,) = service["services"]
    assert found["taskDefinition"].endswith("/storefront:1")
    group = boto3.client("codedeploy").get_deployment_group(
        applicationName="storefront", deploymentGroupName="storefront"
    )["deploymentGroupInfo"]
    assert len(group["alarmConfiguration"]["alarms"]) == 7
    alarms = boto3.client("cloudwatch").describe_alarms(AlarmNamePrefix="storefront-")
    assert len(alarms["MetricAlarms"]) == 7
    targets = boto3.client("application-autoscaling").describe_scalable_targets(
        ServiceNamespace="ecs"
    )
    assert targets["ScalableTargets"][0]["MinCapacity"] == 3
    asked = boto3.client("ssm").get_parameter(Name="/pase/storefront/task-definition")
    assert asked["Parameter"]["Value"] == found["taskDefinition"]
    machine = account.machines["pase-storefront-release"]
    release = next(e for e in account.function.asked if e["ResourceType"] == "Custom::Release")
    assert machine["definition"]["States"]["Step"]["Resource"] == release["ServiceToken"]
    assert release["ResourceProperties"]["TaskDefinition"] == found["taskDefinition"]
    assert stack.not_honoured == []


def test_a_function_may_do_what_its_policies_say(account: Account, templates: Templates) -> None:
    stack = deployed(account, templates)
    (provider,) = [
        properties
        for properties in account.functions.values()
        if properties["Handler"] == "lambdas.release.handler.handler"
    ]
    actions = [one["Action"] for one in stack.policies_of(provider["Role"])]
    assert "states:StartExecution" in actions
    resources = [one["Resource"] for one in stack.policies_of(provider["Role"])]
    assert not [one for one in resources if isinstance(one, dict)], "not resolved"


def test_another_image_asks_for_a_release_and_touches_nothing_else(
    account: Account, templates: Templates
) -> None:
    stack = deployed(account, templates)
    before = len(stack.events)
    stack.update(other_image(templates))
    assert stack.status == "UPDATE_COMPLETE"
    touched = {event.type for event in stack.events[before:]} - {"AWS::CloudFormation::Stack"}
    assert touched == {"AWS::ECS::TaskDefinition", "Custom::Release", "AWS::SSM::Parameter"}
    definitions = boto3.client("ecs").list_task_definitions(familyPrefix="storefront")
    assert len(definitions["taskDefinitionArns"]) == 2


def test_a_failed_release_leaves_the_parameter_and_asks_for_the_former_revision(
    account: Account, templates: Templates
) -> None:
    stack = deployed(account, templates)
    account.function.reply = lambda event: (
        failure("checks failed", event["PhysicalResourceId"])
        if event["ResourceProperties"].get("Image") == OTHER_IMAGE
        else live_is_blue(event)
    )
    stack.update(other_image(templates))
    assert statuses(stack)[-1] == "UPDATE_ROLLBACK_COMPLETE"
    asked = [e for e in account.function.asked if e["ResourceType"] == "Custom::Release"]
    assert [e["ResourceProperties"]["TaskDefinition"][-1] for e in asked] == ["1", "2", "1"]
    parameter = boto3.client("ssm").get_parameter(Name="/pase/storefront/task-definition")
    assert parameter["Parameter"]["Value"].endswith("/storefront:1")
    active = boto3.client("ecs").list_task_definitions(familyPrefix="storefront")
    assert len(active["taskDefinitionArns"]) == 2


def test_a_change_of_the_listeners_asks_which_group_is_live_and_uses_the_answer(
    account: Account, templates: Templates
) -> None:
    stack = deployed(account, templates)
    template = copy.deepcopy(templates.service("Prod", "Storefront").template)
    for resource in template["Resources"].values():
        if resource["Type"].endswith("::Listener"):
            resource["Properties"]["Tags"].append({"Key": "Other", "Value": "tag"})
        if resource["Type"] == "Custom::LiveTargetGroup":
            listener = resource["Properties"]["Listener"]
            listener["Tags"].append({"key": "Other", "value": "tag"})
    account.function.reply = lambda event: success(
        event["LogicalResourceId"], TargetGroupArn=event["ResourceProperties"]["GreenTargetGroup"]
    )
    stack.update(template)
    assert stack.status == "UPDATE_COMPLETE"
    arns = [one.physical_id for one in stack.resources.values() if one.type.endswith("::Listener")]
    found = boto3.client("elbv2").describe_listeners(ListenerArns=arns)["Listeners"]
    green = [one["DefaultActions"][0]["TargetGroupArn"] for one in found]
    assert len(green) == 2
    assert all("/storefront-green/" in arn for arn in green)
