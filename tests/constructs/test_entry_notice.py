"""Entries into roles that few enter are told, and EventBridge may tell them."""

from __future__ import annotations

from typing import Any

from aws_cdk import App, Environment, RemovalPolicy, Stack
from aws_cdk.assertions import Template

from constructs_lib.entry_notice import EntryNotice
from constructs_lib.notification_topic import NotificationTopic, NotificationTopicProps

ROLE = "arn:aws:iam::444444444444:role/pase-break-glass"


def made() -> dict[str, Any]:
    """The resources of a topic with the notice."""
    account = Environment(account="444444444444", region="eu-west-1")
    stack = Stack(App(), "Stack", env=account)
    props = NotificationTopicProps(
        topic_name="told",
        display_name="Told",
        key_alias="told",
        key_description="Encrypts",
        emails=[],
        removal_policy=RemovalPolicy.DESTROY,
    )
    EntryNotice(stack, "Entries", roles=[ROLE], topic=NotificationTopic(stack, props=props))
    resources: dict[str, Any] = Template.from_stack(stack).to_json()["Resources"]
    return resources


def of_type(type_: str) -> dict[str, Any]:
    """The properties of the only resource of that type."""
    (found,) = [one for one in made().values() if one["Type"] == type_]
    properties: dict[str, Any] = found["Properties"]
    return properties


def test_an_entry_is_known_by_the_role_that_is_asked_for() -> None:
    assert of_type("AWS::Events::Rule")["EventPattern"] == {
        "source": ["aws.sts"],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {"eventName": ["AssumeRole"], "requestParameters": {"roleArn": [ROLE]}},
    }


def test_what_is_told_names_the_person_the_role_and_the_reference() -> None:
    (target,) = of_type("AWS::Events::Rule")["Targets"]
    transformer = target["InputTransformer"]

    for name in transformer["InputPathsMap"]:
        assert f"<{name}>" in transformer["InputTemplate"]
    assert transformer["InputPathsMap"]["person"] == "$.detail.requestParameters.sourceIdentity"
    assert transformer["InputPathsMap"]["tags"] == "$.detail.requestParameters.tags"


def test_eventbridge_may_publish_to_the_encrypted_topic_from_this_account_only() -> None:
    topic = of_type("AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    key = of_type("AWS::KMS::Key")["KeyPolicy"]["Statement"]
    (on_topic,) = [one for one in topic if one["Sid"] == "Rules"]
    (on_key,) = [one for one in key if one.get("Sid") == "Rules"]

    assert on_topic["Action"] == "sns:Publish"
    assert on_key["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    for statement in (on_topic, on_key):
        assert statement["Principal"] == {"Service": "events.amazonaws.com"}
        assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "444444444444"}
        assert "rule/*" in str(statement["Condition"]["ArnLike"]["aws:SourceArn"])
