"""Which properties can be used, and what is said of those that cannot."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lambdas.release.appspec import appspec, description, request_in, revision
from lambdas.release.request import InvalidRequest, asked, moment, parse
from tests.lambdas.release.given import DIGEST, NEW, REQUEST, STARTED, event, properties, request


def test_the_properties_are_read() -> None:
    wanted = parse(properties())
    assert wanted.physical_id == "pase/storefront/release"
    assert (wanted.revision, wanted.digest, wanted.region) == (
        "storefront:13",
        DIGEST,
        "ap-southeast-1",
    )
    assert (wanted.bake, wanted.timeout) == (timedelta(minutes=10), timedelta(minutes=40))
    assert wanted.install == timedelta(minutes=40)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"Cluster": ""}, "Cluster must be a text that is not empty, got ''"),
        ({"Service": None}, "Service must be a text"),
        ({"TaskDefinition": "storefront"}, "TaskDefinition must be the ARN of one revision"),
        ({"ContainerPort": "0"}, "ContainerPort must be a whole number 1..65535, got '0'"),
        ({"ContainerPort": 8080}, "got 8080"),
        ({"BakeMinutes": "-1"}, "BakeMinutes must be a whole number 0..57, got '-1'"),
        ({"TimeoutMinutes": "58"}, "TimeoutMinutes must be a whole number 1..57, got '58'"),
        ({"Subnets": []}, "Subnets must be a list of texts that is not empty, got []"),
        ({"SecurityGroups": "sg-1"}, "SecurityGroups must be a list"),
        ({"Capacity": "none"}, "Capacity must be a JSON list of"),
        ({"Capacity": '[{"Weight": 1}]'}, "Capacity must be a JSON list of"),
        ({"Capacity": '["FARGATE"]'}, "Capacity must be a JSON list of"),
        ({"Capacity": "3"}, "Capacity must be a JSON list of"),
        ({"HookFunction": 1}, "HookFunction must be a text, got 1"),
    ],
)
def test_a_property_that_cannot_be_used_is_named_with_what_is_allowed(
    change: dict[str, Any], said: str
) -> None:
    with pytest.raises(InvalidRequest) as error:
        parse(properties(**change))
    assert said in str(error.value)


def test_an_event_without_an_identity_or_properties_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="has no RequestId, got None"):
        asked(event(RequestId=None), started_at=STARTED)
    with pytest.raises(InvalidRequest, match="has no ResourceProperties"):
        asked(event(ResourceProperties=None), started_at=STARTED)


def test_properties_that_were_invalid_before_do_not_keep_a_stack_from_going_back() -> None:
    assert request(old={"Cluster": "pase"}).previous is None


def test_only_another_placement_counts_as_one() -> None:
    assert not request(kind="Create").placement_changes
    assert not request(old=properties(Subnets=["subnet-a", "subnet-b"])).placement_changes
    assert not request(old=properties(BakeMinutes="1")).placement_changes
    for change in (
        {"Subnets": ["subnet-a"]},
        {"SecurityGroups": ["sg-2"]},
        {"Capacity": '[{"CapacityProvider": "FARGATE_SPOT", "Weight": 1}]'},
    ):
        assert request(old=properties(**change)).placement_changes


def test_moments_are_read_as_the_state_machine_writes_them() -> None:
    expected = datetime(2026, 11, 25, 10, 0, 0, 123000, tzinfo=UTC)
    assert moment("2026-11-25T10:00:00.123Z", "startedAt") == expected
    assert moment("2026-11-25T10:00:00.123", "startedAt") == expected
    with pytest.raises(InvalidRequest, match="startedAt must be an ISO-8601 time, got None"):
        moment(None, "startedAt")


def test_the_appspec_holds_all_that_changes_with_a_release() -> None:
    capacity = (
        '[{"CapacityProvider": "FARGATE_SPOT", "Weight": "3"},'
        ' {"CapacityProvider": "FARGATE", "Weight": 1, "Base": 1}]'
    )
    wanted = parse(properties(Capacity=capacity))
    assert appspec(wanted) == {
        "version": 0.0,
        "Resources": [
            {
                "TargetService": {
                    "Type": "AWS::ECS::Service",
                    "Properties": {
                        "TaskDefinition": NEW,
                        "LoadBalancerInfo": {"ContainerName": "app", "ContainerPort": 8080},
                        "CapacityProviderStrategy": [
                            {"CapacityProvider": "FARGATE", "Weight": 1, "Base": 1},
                            {"CapacityProvider": "FARGATE_SPOT", "Weight": 3, "Base": 0},
                        ],
                        "NetworkConfiguration": {
                            "AwsvpcConfiguration": {
                                "Subnets": ["subnet-a", "subnet-b"],
                                "SecurityGroups": ["sg-1"],
                                "AssignPublicIp": "DISABLED",
                            }
                        },
                    },
                }
            }
        ],
        "Hooks": [
            {"AfterAllowTestTraffic": "arn:aws:lambda:ap-southeast-1:123456789012:function:checks"}
        ],
    }


def test_what_is_not_wanted_is_not_in_the_appspec() -> None:
    document = appspec(parse(properties(Capacity="[]", HookFunction="")))
    assert "Hooks" not in document
    target = document["Resources"][0]["TargetService"]["Properties"]
    assert "CapacityProviderStrategy" not in target


def test_the_appspec_is_sent_with_its_hash() -> None:
    sent = revision(parse(properties()))
    assert sent["revisionType"] == "AppSpecContent"
    assert '"version": 0.0' in sent["appSpecContent"]["content"]
    assert len(sent["appSpecContent"]["sha256"]) == 64


def test_a_deployment_is_known_again_by_its_description() -> None:
    text = description(request())
    assert text == f"pase release {DIGEST} request {REQUEST}"
    assert request_in(text) == REQUEST
    long = description(request(wanted=properties(Image="registry/" + "x" * 900)))
    assert len(long) < 200
    assert request_in(long) == REQUEST
    for other in ("", "somebody's", f"a remark: pase release x request {REQUEST}", "pase release"):
        assert request_in(other) is None
