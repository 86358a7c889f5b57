"""What is refused, by CloudFormation before anything is done, or by the model."""

from __future__ import annotations

import boto3
import pytest

from rehearsal.intrinsics import ModelError, TemplateError
from rehearsal.stack import StackError

from .world import Account, attribute, custom, parameter, template, value


def test_operations_are_refused_as_cloudformation_refuses_them(account: Account) -> None:
    with pytest.raises(StackError, match=r"Stack \[Test\] does not exist"):
        account.stack.update(template(Value=parameter("one")))
    account.stack.create(template(Value=parameter("one")))
    with pytest.raises(StackError, match="already exists"):
        account.stack.create(template(Value=parameter("one")))
    with pytest.raises(StackError, match="No updates are to be performed"):
        account.stack.update(template(Value=parameter("one")))
    with pytest.raises(StackError, match=r"type is not permitted.*\[Value\]"):
        account.stack.update(template(Value=custom()))


def test_rules_and_parameters_are_checked_before_anything_is_done(account: Account) -> None:
    assertion = {"Assert": {"Fn::Equals": [{"Ref": "P"}, "yes"]}, "AssertDescription": "Say yes."}
    body = {
        **template(Value=parameter({"Ref": "P"})),
        "Parameters": {"P": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/said"}},
        "Rules": {"Asked": {"Assertions": [assertion]}},
    }
    with pytest.raises(TemplateError, match=r"Unable to fetch parameters \[/said\]"):
        account.stack.create(body)
    boto3.client("ssm").put_parameter(Name="/said", Value="no", Type="String")
    with pytest.raises(TemplateError, match=r"rule Asked does not hold: Say yes\."):
        account.stack.create(body)
    assert account.stack.events == []
    with pytest.raises(TemplateError, match=r"Parameters: \[Q\] do not exist"):
        account.stack.create(body, {"Q": "1"})
    boto3.client("ssm").put_parameter(Name="/said", Value="yes", Type="String", Overwrite=True)
    account.stack.create(body)
    assert value() == "yes"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            attribute("Source", "Arn"),
            r"gives Source \(AWS::SSM::Parameter\) no attribute Arn; it has",
        ),
        ({"Ref": "AWS::NotificationARNs"}, "pseudo parameter AWS::NotificationARNs is not part"),
        (
            {"Fn::GetStackOutput": {"StackName": "Other", "OutputName": "What"}},
            "output What of stack Other is needed; that stack is not deployed here",
        ),
        (
            {"Fn::GetStackOutput": {"StackName": "O", "Region": "us-east-1", "OutputName": "Vpc"}},
            "is in us-east-1; the model knows stacks in eu-central-1 only",
        ),
    ],
)
def test_what_the_model_lacks_is_an_error_and_no_rollback(
    account: Account, given: object, words: str
) -> None:
    with pytest.raises(ModelError, match=words):
        account.stack.create(template(Source=parameter("s", name="/s"), Value=parameter(given)))
    assert account.stack.status == "CREATE_IN_PROGRESS"
