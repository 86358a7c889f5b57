"""Reading and changing an AppSpec's task definition."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambdas.common.appspec import AppSpecError, task_definition_of, with_task_definition

OLD = "arn:aws:ecs:ap-southeast-1:123456789012:task-definition/shop:1"
NEW = "arn:aws:ecs:ap-southeast-1:123456789012:task-definition/shop:2"


def appspec(**change: Any) -> dict[str, Any]:
    properties = {
        "TaskDefinition": OLD,
        "LoadBalancerInfo": {"ContainerName": "app", "ContainerPort": 8080},
        "CapacityProviderStrategy": [{"CapacityProvider": "FARGATE", "Weight": 1, "Base": 1}],
    }
    service = {"Type": "AWS::ECS::Service", "Properties": properties}
    return {
        "version": "0.0",
        "Resources": [{"TargetService": service}],
        "Hooks": [{"AfterAllowTestTraffic": "arn:aws:lambda:x:1:function:checks"}],
        **change,
    }


def test_only_the_task_definition_changes() -> None:
    before = appspec()
    after = json.loads(with_task_definition(json.dumps(before), NEW))
    assert task_definition_of(json.dumps(after)) == NEW
    after["Resources"][0]["TargetService"]["Properties"]["TaskDefinition"] = OLD
    assert after == before


def test_the_top_level_may_be_written_in_lower_case() -> None:
    document = appspec()
    document["resources"] = document.pop("Resources")
    assert task_definition_of(json.dumps(document)) == OLD


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "is not JSON"),
        ("version: 0.0\nResources: []", "is not JSON, the only form read here; it begins 'version"),
        ("[]", "must be an object, it is list"),
        (json.dumps(appspec(Resources=[])), "has 0"),
        (json.dumps(appspec(Resources="x")), "has 0"),
        (json.dumps(appspec(Resources=[1])), "has 0"),
        (json.dumps(appspec(Resources=appspec()["Resources"] * 2)), "has 2"),
        (
            json.dumps(appspec(Resources=[{"A": {"Type": "AWS::ECS::Service"}}])),
            "has no Properties",
        ),
        (
            json.dumps(appspec(Resources=[{"A": {"Type": "AWS::ECS::Service", "Properties": {}}}])),
            "TaskDefinition must be an ARN, it is None",
        ),
    ],
)
def test_anything_else_is_refused_with_what_is_wrong(content: str, reason: str) -> None:
    with pytest.raises(AppSpecError) as error:
        task_definition_of(content)
    assert reason in str(error.value)
