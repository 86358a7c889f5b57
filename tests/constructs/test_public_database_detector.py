"""The detector by itself: what invokes it, what it may do, and what tells of its failures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from aws_cdk import App, Environment, RemovalPolicy, Stack, Validations
from aws_cdk import aws_logs as logs
from cdk_nag import AwsSolutionsChecks

from constructs_lib.notification_topic import NotificationTopic, NotificationTopicProps
from constructs_lib.public_database_detector import (
    METRIC,
    NAMESPACE,
    PublicDatabaseDetector,
    PublicDatabaseDetectorProps,
)
from lambdas.public_databases import message
from lambdas.public_databases.reverts import SETTLES
from tests.constructs.conftest import BuildStack
from tests.lambdas.public_databases.aws import PATH, Aws
from tests.lambdas.public_databases.aws import called as event_of
from tests.support.mocked_aws import mocked_aws
from tests.support.rights import ENCRYPTION, LOG, called

REGION, ACCOUNT = "ap-southeast-1", "123456789012"


def make(stack: Stack, **changes: Any) -> PublicDatabaseDetector:
    """The detector with a topic of its own."""
    topic = NotificationTopic(
        stack,
        props=NotificationTopicProps(
            topic_name="governance",
            display_name="Governance",
            key_alias="pase/governance",
            key_description="Encrypts what is told of governance",
            emails=[],
            removal_policy=RemovalPolicy.DESTROY,
        ),
    )
    given: dict[str, Any] = {
        "topic_arn": topic.topic.topic_arn,
        "publish": topic.publish_statements(),
        "parameters": PATH,
        "log_retention": logs.RetentionDays.ONE_MONTH,
        "log_removal_policy": RemovalPolicy.DESTROY,
        **changes,
    }
    return PublicDatabaseDetector(
        stack, "PublicDatabases", props=PublicDatabaseDetectorProps(**given)
    )


@pytest.fixture(scope="module")
def template(built: BuildStack) -> Any:
    """The detector as above."""
    return built(make)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    with mocked_aws():
        yield Aws(monkeypatch)


def properties(template: Any, type_: str) -> list[dict[str, Any]]:
    """The properties of the resources of that type."""
    return [one["Properties"] for one in template.find_resources(type_).values()]


def rights(template: Any) -> list[dict[str, Any]]:
    """The statements of the function's role."""
    (policy,) = properties(template, "AWS::IAM::Policy")
    statements: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return statements


def rules(template: Any) -> dict[str, dict[str, Any]]:
    """The rules by their descriptions' first words."""
    return {
        one["Description"].split()[0] + " " + one["Description"].split()[1]: one
        for one in properties(template, "AWS::Events::Rule")
    }


def test_its_role_may_do_this_and_nothing_else(template: Any) -> None:
    found = [
        (statement["Effect"], statement["Action"], text(statement["Resource"]))
        for statement in rights(template)
    ]
    ssm = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{PATH}"

    assert found == [
        ("Allow", ["logs:CreateLogStream", "logs:PutLogEvents"], "its log group"),
        (
            "Allow",
            ["rds:DescribeDBInstances", "rds:ModifyDBInstance"],
            f"arn:aws:rds:{REGION}:{ACCOUNT}:db:*",
        ),
        ("Allow", "rds:DescribeDBClusters", f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster:*"),
        ("Allow", "ssm:GetParametersByPath", ssm),
        ("Allow", ["ssm:DeleteParameter", "ssm:PutParameter"], f"{ssm}/*"),
        ("Allow", "sns:Publish", "the topic"),
        ("Allow", ["kms:Decrypt", "kms:GenerateDataKey"], "its key"),
    ]


def text(resource: Any) -> str:
    """A resource as a policy has it, its references by what they are."""
    match resource:
        case str():
            return resource
        case {"Ref": name} if name.startswith("Topic"):
            return "the topic"
        case {"Fn::GetAtt": [name, "Arn"]}:
            return "its key" if name.startswith("Key") else "its log group"
        case {"Fn::Join": ["", parts]}:
            return "".join("aws" if part == {"Ref": "AWS::Partition"} else part for part in parts)
    raise AssertionError(resource)


def test_it_makes_the_calls_that_its_role_allows_and_no_other(
    template: Any, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    granted = {
        action
        for statement in rights(template)
        for action in (
            [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        )
    }
    aws.instance("orders", public=False)
    with called(monkeypatch) as calls:
        for _ in range(3):
            aws.make_public("orders")
            asked = {"dBInstanceIdentifier": "orders", "publiclyAccessible": True}
            aws.look(event_of("ModifyDBInstance", asked))
            aws.pass_time()

    assert granted == calls | LOG | ENCRYPTION


def test_the_calls_that_make_a_database_public_make_it_look(template: Any) -> None:
    pattern = rules(template)["A call"]["EventPattern"]

    assert pattern == {
        "source": ["aws.rds"],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {
            "eventSource": ["rds.amazonaws.com"],
            "eventName": [
                "CreateDBCluster",
                "CreateDBInstance",
                "CreateDBInstanceReadReplica",
                "ModifyDBInstance",
                "RestoreDBClusterFromSnapshot",
                "RestoreDBClusterToPointInTime",
                "RestoreDBInstanceFromDBSnapshot",
                "RestoreDBInstanceFromS3",
                "RestoreDBInstanceToPointInTime",
            ],
        },
    }


def test_they_are_all_that_the_api_has(template: Any, aws: Aws) -> None:
    """Except CreateDBShardGroup, which a policy can deny by the condition key."""
    model = aws.rds.meta.service_model
    public = {
        name
        for name in model.operation_names
        if "PubliclyAccessible" in getattr(model.operation_model(name).input_shape, "members", {})
    }
    named = rules(template)["A call"]["EventPattern"]["detail"]["eventName"]

    assert public - {"CreateDBShardGroup"} == set(named)


def test_what_rds_tells_of_instances_and_time_make_it_look_too(template: Any) -> None:
    told, watchdog = rules(template)["A database"], rules(template)["Finds the"]

    assert told["EventPattern"]["source"] == ["aws.rds"]
    assert told["EventPattern"]["detail-type"] == ["RDS DB Instance Event"]
    assert {"creation", "restoration", "notification", "configuration change"} <= set(
        told["EventPattern"]["detail"]["EventCategories"]
    )
    assert watchdog["ScheduleExpression"] == "rate(5 minutes)"


def test_every_rule_may_invoke_the_function_with_the_event_itself(template: Any) -> None:
    (function,) = template.find_resources("AWS::Lambda::Function")
    arn = {"Fn::GetAtt": [function, "Arn"]}
    found = template.find_resources("AWS::Events::Rule")

    assert all(
        rule["Properties"]["Targets"] == [{"Arn": arn, "Id": "Detector"}] for rule in found.values()
    )
    assert {
        permission["SourceArn"]["Fn::GetAtt"][0]
        for permission in properties(template, "AWS::Lambda::Permission")
        if permission["FunctionName"] == arn and permission["Principal"] == "events.amazonaws.com"
    } == set(found)


def test_it_runs_in_no_vpc_with_the_topic_and_the_path(template: Any) -> None:
    (function,) = properties(template, "AWS::Lambda::Function")

    assert "VpcConfig" not in function
    assert set(function["Environment"]["Variables"]) == {"TOPIC_ARN", "PARAMETERS"}
    assert function["Environment"]["Variables"]["PARAMETERS"] == PATH


def test_failures_and_a_database_that_stays_public_are_told(template: Any) -> None:
    (topic,) = template.find_resources("AWS::SNS::Topic")
    alarms = {one["MetricName"]: one for one in properties(template, "AWS::CloudWatch::Alarm")}

    assert set(alarms) == {"Errors", "PublicDatabases"}
    assert all(one["AlarmActions"] == [{"Ref": topic}] for one in alarms.values())
    stays = alarms["PublicDatabases"]
    assert (stays["Namespace"], stays["Statistic"], stays["Threshold"]) == (NAMESPACE, "Sum", 1)
    assert (stays["Period"], stays["EvaluationPeriods"], stays["DatapointsToAlarm"]) == (300, 6, 6)
    assert stays["TreatMissingData"] == "notBreaching"
    assert "For 30 minutes every look" in stays["AlarmDescription"]


def test_the_alarm_is_of_the_metric_that_the_function_writes() -> None:
    assert (NAMESPACE, METRIC) == (message.NAMESPACE, message.METRIC)


def test_the_time_between_looks_is_the_alarms_too(built: BuildStack) -> None:
    changed = built(lambda stack: make(stack, look_minutes=15))
    (stays,) = (
        one
        for one in properties(changed, "AWS::CloudWatch::Alarm")
        if one["MetricName"] == "PublicDatabases"
    )

    assert rules(changed)["Finds the"]["ScheduleExpression"] == "rate(15 minutes)"
    assert stays["Period"] == 900
    assert "For 90 minutes" in stays["AlarmDescription"]


@pytest.mark.parametrize("minutes", [0, 4, 61])
def test_looks_too_near_or_too_far_apart_are_refused(built: BuildStack, minutes: int) -> None:
    with pytest.raises(ValueError, match=f"look_minutes must be from 5 to 60, it is {minutes}"):
        built(lambda stack: make(stack, look_minutes=minutes))


def test_two_looks_of_the_schedule_are_farther_apart_than_a_revert_takes() -> None:
    assert SETTLES.total_seconds() < 5 * 60


def test_cdk_nag_finds_nothing_that_is_not_acknowledged(flags: dict[str, Any]) -> None:
    app = App(context=flags)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    make(Stack(app, "Test", env=Environment(account=ACCOUNT, region=REGION)))

    app.synth()


@pytest.mark.parametrize("path", ["", "pase", "/", "/pase/"])
def test_a_path_that_is_none_is_refused(built: BuildStack, path: str) -> None:
    with pytest.raises(ValueError, match=f"parameters must be the path .* it is '{path}'"):
        built(lambda stack: make(stack, parameters=path))
