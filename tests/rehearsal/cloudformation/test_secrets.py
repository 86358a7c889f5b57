"""Secrets, their rotation, their policies, and layers: as a template has them made."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from rehearsal.answers import Answers
from rehearsal.clock import ManualClock
from rehearsal.cloudformation import CloudFormation
from rehearsal.secrets_manager import SecretsManager
from rehearsal.stack import Stack
from rehearsal.wire import in_process
from tests.support.mocked_aws import mocked_aws

from .world import template

FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:rotation"
GENERATED = {
    "GenerateStringKey": "password",
    "SecretStringTemplate": '{"username":"shop_a"}',
    "PasswordLength": 48,
    "ExcludePunctuation": "true",
}


class World:
    """A stack, the model of Secrets Manager, and what was registered."""

    def __init__(self) -> None:
        clock = ManualClock(datetime(2026, 3, 2, tzinfo=UTC))
        self.invoked: list[Mapping[str, str]] = []
        self.layers: dict[str, Mapping[str, Any]] = {}
        self.model = SecretsManager(
            clock=clock,
            account="123456789012",
            region="eu-west-1",
            invoke=lambda _function, event: self.invoked.append(event),
        )
        answers = Answers()
        self.answers = answers
        self.stack: Stack = CloudFormation(
            clock=clock,
            client=_client,
            answers=answers,
            invoke=lambda *_: None,
            register_function=lambda *_: None,
            register_state_machine=lambda *_: None,
            register_layer=self.layers.__setitem__,
            region="eu-west-1",
        ).stack("Secrets")

    def value(self) -> Any:
        """What AWSCURRENT says."""
        return json.loads(
            _client("secretsmanager").get_secret_value(SecretId="shop/database")["SecretString"]
        )

    def describe(self) -> Any:
        return _client("secretsmanager").describe_secret(SecretId="shop/database")


def _client(service: str) -> Any:
    make: Any = boto3.client
    return make(service, region_name="eu-west-1")


@pytest.fixture
def world() -> Iterator[World]:
    with mocked_aws("eu-west-1"):
        made = World()
        with in_process("secretsmanager", made.model):
            yield made
        made.answers.close()


def secret(**changes: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::SecretsManager::Secret",
        "Properties": {"Name": "shop/database", "GenerateSecretString": GENERATED, **changes},
    }


def test_a_generated_secret_has_the_templates_keys_and_a_password(world: World) -> None:
    world.stack.create(template(Secret=secret(Description="The login")))
    assert world.stack.status == "CREATE_COMPLETE", world.stack.events
    found = world.value()
    assert found["username"] == "shop_a"
    assert found["password"].isalnum()
    assert len(found["password"]) == 48
    arn = world.stack.resources["Secret"].physical_id
    assert arn == world.describe()["ARN"]


def test_an_update_of_anything_else_leaves_the_value(world: World) -> None:
    world.stack.create(template(Secret=secret()))
    before = world.value()
    world.stack.update(template(Secret=secret(Description="Another one")))
    assert world.value() == before
    assert world.describe()["Description"] == "Another one"
    longer = {**GENERATED, "PasswordLength": 20}
    world.stack.update(template(Secret=secret(GenerateSecretString=longer)))
    assert len(world.value()["password"]) == 20


def test_a_schedule_only_tests_the_rotation_unless_it_is_to_rotate_at_once(world: World) -> None:
    schedule = {
        "Type": "AWS::SecretsManager::RotationSchedule",
        "Properties": {
            "SecretId": {"Ref": "Secret"},
            "RotationLambdaARN": FUNCTION,
            "RotateImmediatelyOnUpdate": False,
            "RotationRules": {"ScheduleExpression": "rate(30 days)", "Duration": "4h"},
        },
    }
    world.stack.create(template(Secret=secret(), Schedule=schedule))
    assert world.stack.status == "CREATE_COMPLETE", world.stack.events
    world.model.rotations.run_due()
    assert [one["Step"] for one in world.invoked] == ["testSecret"]
    found = world.describe()
    assert found["RotationEnabled"] is True
    assert found["RotationRules"] == {"ScheduleExpression": "rate(30 days)", "Duration": "4h"}
    schedule["Properties"] = {
        **schedule["Properties"],  # type: ignore[dict-item]
        "RotateImmediatelyOnUpdate": True,
    }
    world.stack.update(template(Secret=secret(), Schedule=schedule))
    world.model.rotations.run_due()
    assert [one["Step"] for one in world.invoked][1:2] == ["createSecret"]


def test_a_policy_is_kept_and_said_not_to_be_applied(world: World) -> None:
    policy = {
        "Type": "AWS::SecretsManager::ResourcePolicy",
        "Properties": {"SecretId": {"Ref": "Secret"}, "ResourcePolicy": {"Version": "2012-10-17"}},
    }
    world.stack.create(template(Secret=secret(), Policy=policy))
    kept = _client("secretsmanager").get_resource_policy(SecretId="shop/database")
    assert json.loads(kept["ResourcePolicy"]) == {"Version": "2012-10-17"}
    (found,) = world.stack.not_honoured
    assert "not checked" in found.why


def test_a_layers_version_is_registered_and_another_one_made_when_it_changes(world: World) -> None:
    def layer(key: str) -> dict[str, Any]:
        return {
            "Type": "AWS::Lambda::LayerVersion",
            "Properties": {"Content": {"S3Bucket": "b", "S3Key": key}},
        }

    world.stack.create(template(Drivers=layer("one.zip")))
    world.stack.update(template(Drivers=layer("two.zip")))
    assert [one["Content"]["S3Key"] for one in world.layers.values()] == ["one.zip", "two.zip"]
    assert world.stack.resources["Drivers"].physical_id == list(world.layers)[-1]
