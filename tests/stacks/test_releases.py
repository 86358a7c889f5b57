"""What watches over the releases of an environment: guard, notifications, look-up, rollback."""

from __future__ import annotations

import pytest

from tests.support.templates import STAGES, Json, Stack, Templates


@pytest.fixture(params=STAGES)
def releases(request: pytest.FixtureRequest, templates: Templates) -> Stack:
    """The stack of each environment in turn."""
    return templates[request.param, "Releases"]


def function(stack: Stack, package: str) -> tuple[str, Json]:
    """The function of that package."""
    return stack.only("AWS::Lambda::Function", Handler=f"lambdas.{package}.handler.handler")


def invoked_by(stack: Stack, rule: str) -> set[str]:
    """The functions that a rule invokes and may invoke."""
    targets = {
        target["Arn"]["Fn::GetAtt"][0] for target in stack.resources[rule]["Properties"]["Targets"]
    }
    permitted = {
        permission["FunctionName"]["Fn::GetAtt"][0]
        for permission in stack.of_type("AWS::Lambda::Permission").values()
        if permission["SourceArn"] == {"Fn::GetAtt": [rule, "Arn"]}
        and permission["Principal"] == "events.amazonaws.com"
    }
    assert targets == permitted
    return targets


def test_guard_and_notifications_hear_every_change_of_a_deployments_state(
    releases: Stack,
) -> None:
    rule, _ = releases.only(
        "AWS::Events::Rule",
        EventPattern={
            "source": ["aws.codedeploy"],
            "detail-type": ["CodeDeploy Deployment State-change Notification"],
        },
    )

    assert invoked_by(releases, rule) == {
        function(releases, "scaling_guard")[0],
        function(releases, "release_notifications")[0],
    }


def test_a_watchdog_mends_what_a_lost_event_left_behind(releases: Stack) -> None:
    rule, properties = releases.only("AWS::Events::Rule", ScheduleExpression="rate(5 minutes)")

    assert invoked_by(releases, rule) == {function(releases, "scaling_guard")[0]}
    assert properties["Targets"][0]["InputTransformer"] == {
        "InputPathsMap": {"time": "$.time"},
        "InputTemplate": '{"watchdog": true, "time": <time>}',
    }


def test_the_guard_knows_every_service_of_the_environment(releases: Stack) -> None:
    _, guard = function(releases, "scaling_guard")

    assert guard["Environment"]["Variables"] == {
        "CLUSTER": "pase",
        "PLATFORM": "pase",
        "SERVICES": "inventory,storefront",
    }


def test_messages_are_encrypted_on_their_way_and_reach_the_configured_addresses(
    releases: Stack,
) -> None:
    topic, properties = releases.only("AWS::SNS::Topic", TopicName="pase-releases")
    key = properties["KmsMasterKeyId"]["Fn::GetAtt"][0]
    (policy,) = releases.of_type("AWS::SNS::TopicPolicy").values()
    subscribed = releases.of_type("AWS::SNS::Subscription").values()

    assert releases.resources[key]["Type"] == "AWS::KMS::Key"
    assert any(
        statement["Effect"] == "Deny"
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        for statement in policy["PolicyDocument"]["Statement"]
    )
    assert [(s["Protocol"], s["Endpoint"], s["TopicArn"]) for s in subscribed] == [
        ("email", "platform@example.com", {"Ref": topic})
    ]


def test_the_look_up_is_the_one_that_every_listener_asks(
    releases: Stack, templates: Templates
) -> None:
    look_up, _ = function(releases, "live_target_group")
    outputs = releases.template["Outputs"]

    for service in ("Inventory", "Storefront"):
        for asked in (
            templates.service(releases.stage, service).of_type("Custom::LiveTargetGroup").values()
        ):
            reference = asked["ServiceToken"]["Fn::GetStackOutput"]
            assert reference["StackName"] == releases.stack_name
            assert outputs[reference["OutputName"]]["Value"] == {"Fn::GetAtt": [look_up, "Arn"]}


def test_one_click_takes_a_release_back(releases: Stack) -> None:
    document = releases.one("AWS::SSM::Document")
    rollback, properties = function(releases, "rollback")
    (step,) = document["Content"]["mainSteps"]
    role = document["Content"]["assumeRole"]["Fn::GetAtt"][0]

    assert (document["Name"], document["DocumentType"]) == ("pase-rollback", "Automation")
    assert document["Content"]["parameters"]["Service"]["allowedValues"] == [
        "inventory",
        "storefront",
    ]
    assert step["action"] == "aws:invokeLambdaFunction"
    assert step["inputs"]["FunctionName"] == {"Fn::GetAtt": [rollback, "Arn"]}
    assert properties["FunctionName"] == "pase-rollback"
    assert releases.statements(role) == [
        {
            "Action": "lambda:InvokeFunction",
            "Effect": "Allow",
            "Resource": {"Fn::GetAtt": [rollback, "Arn"]},
        }
    ]
    assert releases.resources[role]["Properties"]["AssumeRolePolicyDocument"]["Statement"] == [
        {
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": releases.account}},
            "Effect": "Allow",
            "Principal": {"Service": "ssm.amazonaws.com"},
        }
    ]
