"""A rotated secret by itself: any content, any package, any readers."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns

from constructs_lib.rotated_secret import (
    RotatedSecret,
    RotatedSecretProps,
    RotationFunctionProps,
)
from constructs_lib.secret_policy import SecretAccess
from tests.constructs.conftest import BuildStack
from tests.support.denials import Caller, denied, resolved

ACCOUNT = "123456789012"
READER, REPAIRER, MANAGER = (
    f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("reader", "repairer", "manager")
)


def make(stack: Stack, **changes: Any) -> RotatedSecret:
    """A secret in a network of its own."""
    vpc = ec2.Vpc(
        stack,
        "Vpc",
        availability_zones=["ap-southeast-1a"],
        subnet_configuration=[
            ec2.SubnetConfiguration(name=kind.name, subnet_type=kind, cidr_mask=24)
            for kind in (ec2.SubnetType.PUBLIC, ec2.SubnetType.PRIVATE_WITH_EGRESS)
        ],
    )
    given: dict[str, Any] = {
        "name": "shop/key",
        "description": "A key",
        "content": {"user": "shop"},
        "generated": "word",
        "encryption_key": kms.Key(stack, "Key"),
        "removal_policy": RemovalPolicy.RETAIN,
        "schedule": "rate(7 days)",
        "window_hours": 2,
        "longest_days": 7,
        "access": SecretAccess(readers=[READER], changers=[REPAIRER], managers=[MANAGER]),
        "function": RotationFunctionProps(
            package="secret_rotation",
            libraries=("rotation", "databases"),
            environment={"LOGINS": "shop_a"},
            timeout=Duration.minutes(1),
            vpc=vpc,
            security_group=ec2.SecurityGroup(stack, "Functions", vpc=vpc),
            log_group=logs.LogGroup(stack, "Logs"),
        ),
        "topic_arn": sns.Topic(stack, "Topic").topic_arn,
        **changes,
    }
    return RotatedSecret(stack, "Secret", props=RotatedSecretProps(**given))


def only(built: Any, type_: str) -> dict[str, Any]:
    """The properties of the only resource of that type."""
    (found,) = built.find_resources(type_).values()
    properties: dict[str, Any] = found["Properties"]
    return properties


@pytest.fixture(scope="module")
def template(built: BuildStack) -> Any:
    """The secret as above."""
    return built(make)


def test_the_first_value_has_what_was_given_and_something_made_up(template: Any) -> None:
    secret = only(template, "AWS::SecretsManager::Secret")

    assert secret["GenerateSecretString"] == {
        "SecretStringTemplate": '{"user":"shop"}',
        "GenerateStringKey": "word",
        "PasswordLength": 48,
        "ExcludePunctuation": True,
    }
    assert "KmsKeyId" in secret


def test_without_anything_made_up_the_first_value_is_empty(built: BuildStack) -> None:
    empty = built(lambda stack: make(stack, content={}, generated=None))

    assert only(empty, "AWS::SecretsManager::Secret")["SecretString"] == "{}"


def test_its_window_and_schedule_are_those_that_were_given(template: Any) -> None:
    schedule = only(template, "AWS::SecretsManager::RotationSchedule")

    assert schedule["RotationRules"] == {"ScheduleExpression": "rate(7 days)", "Duration": "2h"}


def test_its_function_reads_and_sets_it_as_do_those_who_were_named(template: Any) -> None:
    policy = resolved(
        only(template, "AWS::SecretsManager::ResourcePolicy")["ResourcePolicy"], account=ACCOUNT
    )
    (function,) = (
        each["Properties"]
        for each in template.find_resources("AWS::Lambda::Function").values()
        if each["Properties"].get("Environment")
    )
    own = f"arn:aws:iam::{ACCOUNT}:role/{function['Role']['Fn::GetAtt'][0]}"
    callers = (READER, REPAIRER, MANAGER, own, f"arn:aws:iam::{ACCOUNT}:role/other")

    def may(action: str) -> set[str]:
        return {
            arn
            for arn in callers
            if not denied(policy, Caller(arn=arn), f"secretsmanager:{action}")
        }

    assert may("GetSecretValue") == {READER, REPAIRER, own}
    assert may("PutSecretValue") == {REPAIRER, own}
    assert may("UpdateSecretVersionStage") == {REPAIRER, own}
    assert may("PutResourcePolicy") == {MANAGER}
    assert may("DescribeSecret") == set(callers)


def test_it_is_too_old_after_its_longest_interval_and_a_grace(template: Any) -> None:
    thresholds = {
        alarm["Properties"]["MetricName"]: alarm["Properties"]["Threshold"]
        for alarm in template.find_resources("AWS::CloudWatch::Alarm").values()
    }

    assert thresholds == {"Errors": 1, "DaysSinceRotation": 10}
