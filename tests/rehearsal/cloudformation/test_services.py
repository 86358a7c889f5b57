"""What happens to task definitions, services and what belongs to them when a stack changes."""

from __future__ import annotations

import copy
from typing import Any

import boto3
import pytest

from .world import (
    Account,
    attribute,
    custom,
    failure,
    reason,
    statuses,
    success,
    template,
)


def subnet(number: int) -> dict[str, Any]:
    """A network configuration with one subnet."""
    output = {"StackName": "Network", "OutputName": f"Subnet{number}"}
    subnets = [{"Fn::GetStackOutput": output}]
    return {"AwsvpcConfiguration": {"Subnets": subnets, "SecurityGroups": [{"Ref": "Group"}]}}


def served(*, image: str = "app:1", retained: bool = True, **changes: Any) -> dict[str, Any]:
    """A service that CodeDeploy controls, with its task definition."""
    definition: dict[str, Any] = {
        "Type": "AWS::ECS::TaskDefinition",
        "Properties": {
            "Family": "shop",
            "Cpu": "256",
            "ContainerDefinitions": [
                {
                    "Name": "app",
                    "Image": image,
                    "Memory": "64",
                    "LogConfiguration": {"LogDriver": "awslogs", "Options": {"awslogs-group": "g"}},
                }
            ],
        },
    }
    if retained:
        definition |= {"UpdateReplacePolicy": "Retain"}
    service = {
        "Cluster": {"Ref": "Cluster"},
        "ServiceName": "shop",
        "TaskDefinition": "shop",
        "DeploymentController": {"Type": "CODE_DEPLOY"},
        "NetworkConfiguration": subnet(1),
        **changes,
    }
    return template(
        Group={
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {
                "GroupDescription": "tasks",
                "VpcId": {"Fn::GetStackOutput": {"StackName": "Network", "OutputName": "Vpc"}},
            },
        },
        Cluster={"Type": "AWS::ECS::Cluster", "Properties": {"ClusterName": "shop"}},
        Definition=definition,
        Service={"Type": "AWS::ECS::Service", "Properties": service, "DependsOn": "Definition"},
    )


def revisions(status: str) -> list[str]:
    """The revisions with that status, without the front of their ARNs."""
    arns = boto3.client("ecs").list_task_definitions(status=status)["taskDefinitionArns"]
    return [arn.split("/")[1] for arn in arns]


@pytest.mark.parametrize(
    ("retained", "active", "last"),
    [(True, ["shop:1", "shop:2"], "DELETE_SKIPPED"), (False, ["shop:2"], "DELETE_COMPLETE")],
)
def test_each_change_registers_a_revision_and_the_old_one_stays_when_retained(
    account: Account, retained: bool, active: list[str], last: str
) -> None:
    account.stack.create(served(retained=retained))
    account.stack.update(served(image="app:2", retained=retained))
    assert account.stack.status == "UPDATE_COMPLETE"
    assert account.stack.resources["Definition"].physical_id.endswith("/shop:2")
    assert revisions("ACTIVE") == active
    assert statuses(account.stack, "Definition")[-1] == last
    described = boto3.client("ecs").describe_task_definition(taskDefinition="shop:2")
    container = described["taskDefinition"]["containerDefinitions"][0]
    assert container["logConfiguration"]["options"] == {"awslogs-group": "g"}
    assert container["memory"] == 64


@pytest.mark.parametrize(
    ("retained", "active"), [(True, ["shop:1", "shop:2"]), (False, ["shop:1"])]
)
def test_a_rollback_takes_the_old_revision_up_again(
    account: Account, retained: bool, active: list[str]
) -> None:
    account.function.reply = lambda event: (
        failure("broken") if event["RequestType"] == "Create" else success()
    )
    account.stack.create(served(retained=retained))
    wanted = served(image="app:2", retained=retained)
    wanted["Resources"]["Fails"] = custom(V=1, Definition={"Ref": "Definition"})
    account.stack.update(wanted)
    assert account.stack.resources["Definition"].physical_id.endswith("/shop:1")
    assert revisions("ACTIVE") == active


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"TaskDefinition": {"Ref": "Definition"}}, "task definition"),
        ({"NetworkConfiguration": subnet(2)}, "network param"),
        ({"PlatformVersion": "1.4.0"}, "platform version"),
        ({"CapacityProviderStrategy": [{"CapacityProvider": "FARGATE"}]}, "capacity provider"),
    ],
)
def test_ecs_refuses_what_codedeploy_has_to_change(
    account: Account, change: dict[str, Any], words: str
) -> None:
    account.stack.create(served())
    image = "app:2" if "TaskDefinition" in change else "app:1"
    account.stack.update(served(image=image, **change))
    said = reason(account.stack, "Service", "UPDATE_FAILED")
    assert f"Unable to update {words}" in said
    assert "on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy" in said
    assert "Error Code: InvalidParameterException" in said


def test_ecs_takes_a_change_of_the_count_until_a_release_has_moved_the_service(
    account: Account,
) -> None:
    """https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1529"""
    account.stack.create(served())
    account.stack.update(served(DesiredCount=2))
    found = boto3.client("ecs").describe_services(cluster="shop", services=["shop"])["services"]
    assert found[0]["desiredCount"] == 2
    account.stack.update(served(image="app:2", DesiredCount=3))
    assert "Unable to update task definition" in reason(account.stack, "Service", "UPDATE_FAILED")
    # The rollback sends the task definition as well, and a newer revision is the latest now.
    assert account.stack.status == "UPDATE_ROLLBACK_FAILED"


def test_a_scalable_target_is_written_whole_and_loses_actions_that_are_gone(
    account: Account,
) -> None:
    def scaled(*actions: str, least: int) -> dict[str, Any]:
        wanted = served()
        wanted["Resources"]["Target"] = {
            "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
            "Properties": {
                "ServiceNamespace": "ecs",
                "ResourceId": "service/shop/shop",
                "ScalableDimension": "ecs:service:DesiredCount",
                "MinCapacity": least,
                "MaxCapacity": "9",
                "SuspendedState": {"DynamicScalingInSuspended": "false"},
                "ScheduledActions": [
                    {"ScheduledActionName": name, "Schedule": "cron(0 1 ? * MON *)"}
                    for name in actions
                ],
            },
            "DependsOn": "Service",
        }
        return wanted

    client = boto3.client("application-autoscaling")
    account.stack.create(scaled("day", "night", least=1))
    client.register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId="service/shop/shop",
        ScalableDimension="ecs:service:DesiredCount",
        SuspendedState={"DynamicScalingInSuspended": True},
    )
    account.stack.update(scaled("day", least=2))
    (found,) = client.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert (found["MinCapacity"], found["MaxCapacity"]) == (2, 9)
    assert found["SuspendedState"]["DynamicScalingInSuspended"] is False
    actions = client.describe_scheduled_actions(ServiceNamespace="ecs")["ScheduledActions"]
    assert [one["ScheduledActionName"] for one in actions] == ["day"]


def test_functions_machines_and_policies_are_handed_over_resolved(account: Account) -> None:
    wanted = template(
        Role={"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}},
        Policy={
            "Type": "AWS::IAM::Policy",
            "Properties": {
                "PolicyName": "p",
                "PolicyDocument": {
                    "Statement": [{"Effect": "Allow", "Resource": attribute("Function", "Arn")}]
                },
                "Roles": [{"Ref": "Role"}],
            },
        },
        Function={
            "Type": "AWS::Lambda::Function",
            "Properties": {"FunctionName": "f", "Handler": "a.b"},
        },
        Machine={
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "StateMachineName": "m",
                "RoleArn": attribute("Role", "Arn"),
                "DefinitionString": '{"StartAt": "A", "Resource": "${Function}", "Other": "${X}"}',
                "DefinitionSubstitutions": {"Function": attribute("Function", "Arn")},
            },
        },
        Queue={"Type": "AWS::SQS::Queue"},
    )
    account.stack.create(wanted)
    function = "arn:aws:lambda:eu-central-1:123456789012:function:f"
    role = account.stack.resources["Role"].attributes["Arn"]
    assert account.functions == {function: {"FunctionName": "f", "Handler": "a.b"}}
    assert account.machines["m"] == {
        "arn": "arn:aws:states:eu-central-1:123456789012:stateMachine:m",
        "definition": {"StartAt": "A", "Resource": function, "Other": "${X}"},
        "role": role,
    }
    assert account.stack.policies_of(role) == [{"Effect": "Allow", "Resource": function}]
    assert [(one.type, one.logical_id) for one in account.stack.not_honoured] == [
        ("AWS::SQS::Queue", "Queue")
    ]
    changed = copy.deepcopy(wanted)
    changed["Resources"]["Function"]["Properties"]["Handler"] = "c.d"
    account.stack.update(changed)
    assert account.functions[function]["Handler"] == "c.d"
