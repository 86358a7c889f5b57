"""What happens to a listener when its stack changes, and to what it stands on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3

from .world import (
    Account,
    Reply,
    attribute,
    custom,
    failure,
    reason,
    success,
    template,
)

LIVE = "Custom::LiveTargetGroup"


def balanced(*, tag: str = "1", forward: Any = None, live: int = 1) -> dict[str, Any]:
    """A listener that forwards to what the custom resource answers, or to `forward`."""

    def group(name: str) -> Any:
        network = {"Fn::GetStackOutput": {"StackName": "Network", "OutputName": "Vpc"}}
        properties = {"Name": name, "Port": 80, "Protocol": "HTTP", "VpcId": network}
        return {
            "Type": "AWS::ElasticLoadBalancingV2::TargetGroup",
            "Properties": {**properties, "TargetType": "ip"},
        }

    subnets = [
        {"Fn::GetStackOutput": {"StackName": "Network", "OutputName": f"Subnet{number}"}}
        for number in (1, 2)
    ]
    listener = {
        "LoadBalancerArn": {"Ref": "Balancer"},
        "Port": 80,
        "Protocol": "HTTP",
        "DefaultActions": [
            {"Type": "forward", "TargetGroupArn": forward or attribute("Live", "TargetGroupArn")}
        ],
        "Tags": [{"Key": "Version", "Value": tag}],
    }
    return template(
        Balancer={
            "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "Properties": {"Subnets": subnets, "Type": "application"},
        },
        Blue=group("blue"),
        Green=group("green"),
        Live=custom(
            type_=LIVE, Blue={"Ref": "Blue"}, Green={"Ref": "Green"}, Listener={"Port": live}
        ),
        Listener={"Type": "AWS::ElasticLoadBalancingV2::Listener", "Properties": listener},
    )


def target(account: Account) -> str:
    """The name of the group that the listener sends everything to."""
    client = boto3.client("elbv2")
    arn = account.stack.resources["Listener"].physical_id
    action = client.describe_listeners(ListenerArns=[arn])["Listeners"][0]["DefaultActions"][0]
    groups = client.describe_target_groups(TargetGroupArns=[action["TargetGroupArn"]])
    name: str = groups["TargetGroups"][0]["TargetGroupName"]
    return name


def shift(account: Account, to: str) -> None:
    """What CodeDeploy does: the listener goes to the other group, and so does the answer."""
    resources = account.stack.resources
    boto3.client("elbv2").modify_listener(
        ListenerArn=resources["Listener"].physical_id,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": resources[to].physical_id}],
    )
    answer_live(account, to)


def answer_live(account: Account, live: str) -> None:
    """The custom resource answers that group from now on."""

    def reply(event: Mapping[str, Any]) -> Reply:
        properties = event["ResourceProperties"]
        if properties.get("V") == "fails":
            return failure("broken")
        return success("live", TargetGroupArn=properties.get(live, ""))

    account.function.reply = reply


def test_an_update_of_a_listener_writes_its_default_action_back(account: Account) -> None:
    """The outage of https://github.com/aws/aws-cdk/issues/36649."""
    answer_live(account, "Blue")
    account.stack.create(balanced(forward={"Ref": "Blue"}))
    shift(account, "Green")
    account.stack.update(balanced(forward={"Ref": "Blue"}, tag="2"))
    assert target(account) == "blue"


def test_a_listener_that_asks_stays_where_users_are(account: Account) -> None:
    answer_live(account, "Blue")
    account.stack.create(balanced())
    assert target(account) == "blue"
    shift(account, "Green")
    account.stack.update(balanced(tag="2", live=2))
    assert target(account) == "green"
    tags = boto3.client("elbv2").describe_tags(
        ResourceArns=[account.stack.resources["Listener"].physical_id]
    )
    assert tags["TagDescriptions"][0]["Tags"] == [{"Key": "Version", "Value": "2"}]


def test_a_listener_that_asks_stays_where_users_are_in_a_rollback_too(account: Account) -> None:
    answer_live(account, "Blue")
    account.stack.create(balanced())
    shift(account, "Green")
    wanted = balanced(tag="2", live=2)
    wanted["Resources"]["Fails"] = custom(V="fails", after=("Listener",))
    account.stack.update(wanted)
    assert account.stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert target(account) == "green"


def test_a_stack_that_does_not_touch_a_listener_leaves_it_where_it_is(account: Account) -> None:
    answer_live(account, "Blue")
    account.stack.create(balanced())
    shift(account, "Green")
    wanted = balanced()
    wanted["Resources"]["Blue"]["Properties"]["HealthCheckPath"] = "/other"
    account.stack.update(wanted)
    assert target(account) == "green"
    assert account.function.kinds("Live") == ["Create"]


def test_what_a_template_names_cannot_be_replaced_under_its_name(account: Account) -> None:
    answer_live(account, "Blue")
    account.stack.create(balanced())
    wanted = balanced()
    wanted["Resources"]["Green"]["Properties"]["Port"] = 81
    account.stack.update(wanted)
    assert reason(account.stack, "Green", "UPDATE_FAILED") == (
        "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
        "Rename green and update the stack again."
    )


def test_a_protected_load_balancer_is_not_deleted(account: Account) -> None:
    answer_live(account, "Blue")
    wanted = balanced()
    wanted["Resources"]["Balancer"]["Properties"]["LoadBalancerAttributes"] = [
        {"Key": "deletion_protection.enabled", "Value": "true"}
    ]
    account.stack.create(wanted)
    account.stack.delete()
    assert account.stack.status == "DELETE_FAILED"
    words = reason(account.stack, "Balancer", "DELETE_FAILED")
    assert words.endswith("cannot be deleted because deletion protection is enabled")
