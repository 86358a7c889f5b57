"""The stacks that would be deployed to Prod, deployed to the model as they were synthesized."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import boto3
import pytest

from rehearsal.codedeploy import CodeDeploy
from rehearsal.stack import Stack
from rehearsal.wire import in_process
from tests.support.mocked_aws import mocked_aws
from tests.support.simulated_fleet import SimulatedFleet
from tests.support.templates import Templates

from .world import Account, Reply, failure, statuses, success

REGION = "ap-southeast-1"
OTHER_IMAGE = "example.com/storefront@sha256:" + "77" * 32


@pytest.fixture
def account() -> Iterator[Account]:
    """A bootstrapped account with the model of CodeDeploy."""
    with mocked_aws(REGION), ExitStack() as opened:
        account = opened.enter_context(Account.open(region=REGION))
        account.function.reply = live_is_blue
        elbv2 = boto3.client("elbv2")
        model = CodeDeploy(
            clock=account.clock,
            ecs=boto3.client("ecs"),
            elbv2=elbv2,
            cloudwatch=boto3.client("cloudwatch"),
            fleet=SimulatedFleet(clock=account.clock, elbv2=elbv2),
            invoke=lambda *_: None,
            publish=lambda _: None,
        )
        opened.enter_context(in_process("codedeploy", model))
        boto3.client("ssm").put_parameter(
            Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String"
        )
        yield account


def live_is_blue(event: Mapping[str, Any]) -> Reply:
    """Every function succeeds, and blue is live."""
    blue = event["ResourceProperties"].get("BlueTargetGroup", "")
    return success(event["LogicalResourceId"], TargetGroupArn=blue)


def deployed(account: Account, templates: Templates) -> Stack:
    """The cluster's, the releases' and the storefront's stack, created."""
    for name in ("Cluster", "Releases", "StorefrontService"):
        synthesized = templates["Prod", name]
        stack = account.cloudformation.stack(synthesized.stack_name)
        stack.create(synthesized.template)
        assert stack.status == "CREATE_COMPLETE", [str(event) for event in stack.events]
    return stack


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
