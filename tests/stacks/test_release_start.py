"""What starts a release: a resource of the service's own stack, after everything it needs."""

from __future__ import annotations

import json

import pytest

from constructs_lib.release import definition
from tests.support.templates import Json, Stack, Templates

# install + checks + approval + shift + bake of the shipped configuration, and 3 to answer.
TIMEOUT = {
    ("Dev", "Inventory"): 10 + 5 + 0 + 0 + 5 + 3,
    ("Dev", "Storefront"): 10 + 5 + 0 + 0 + 5 + 3,
    ("Staging", "Inventory"): 10 + 5 + 0 + 9 + 10 + 3,
    ("Staging", "Storefront"): 10 + 5 + 0 + 5 + 10 + 3,
    ("Prod", "Inventory"): 10 + 5 + 0 + 9 + 10 + 3,
    ("Prod", "Storefront"): 10 + 5 + 15 + 5 + 10 + 3,
}


def name(service: Stack) -> str:
    """``storefront`` or ``inventory``."""
    return service.name.removesuffix("Service").lower()


@pytest.fixture
def release(service: Stack) -> Json:
    """The properties of the resource that starts the deployment."""
    return service.one("Custom::Release")


def depends_on(service: Stack, type_: str) -> set[str]:
    """What the only resource of that type is deployed after."""
    ((_, resource),) = [
        (key, value) for key, value in service.resources.items() if value["Type"] == type_
    ]
    return set(resource["DependsOn"])


def test_a_new_revision_is_what_makes_cloudformation_ask(service: Stack, release: Json) -> None:
    task, _ = service.only("AWS::ECS::TaskDefinition")

    assert release["TaskDefinition"] == {"Ref": task}
    assert (
        release["Image"]
        == service.one("AWS::ECS::TaskDefinition")["ContainerDefinitions"][0]["Image"]
    )


def test_the_function_that_starts_it_is_in_the_services_own_stack(
    service: Stack, release: Json
) -> None:
    logical_id, attribute = release["ServiceToken"]["Fn::GetAtt"]
    function = service.resources[logical_id]["Properties"]

    assert attribute == "Arn"
    assert function["Handler"] == "lambdas.release.handler.handler"
    assert release["Cluster"] == "pase"
    assert release["Service"] == release["DeploymentGroup"] == name(service)


def test_it_starts_after_everything_that_carries_traffic_or_judges_it(service: Stack) -> None:
    before = depends_on(service, "Custom::Release")

    for type_ in (
        "AWS::CodeDeploy::DeploymentGroup",
        "AWS::ECS::Service",
        "AWS::ElasticLoadBalancingV2::Listener",
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "AWS::StepFunctions::StateMachine",
        "Custom::TaskCount",
    ):
        assert set(service.of_type(type_)) <= before, type_


def test_what_the_stack_asked_for_is_written_down_when_it_has_succeeded(service: Stack) -> None:
    parameter = service.one("AWS::SSM::Parameter")
    release, _ = service.only("Custom::Release")

    assert parameter["Name"] == f"/pase/{name(service)}/task-definition"
    assert parameter["Value"] == service.one("Custom::Release")["TaskDefinition"]
    assert release in depends_on(service, "AWS::SSM::Parameter")


def test_it_may_take_what_its_parts_take_and_answers_within_cloudformations_hour(
    service: Stack, release: Json
) -> None:
    expected = TIMEOUT[service.stage, service.name.removesuffix("Service")]

    assert int(release["TimeoutMinutes"]) == expected
    assert release["ServiceTimeout"] == "3600"
    assert int(release["TimeoutMinutes"]) * 60 < int(release["ServiceTimeout"])


def test_codedeploy_asks_the_services_own_checks_about_green(service: Stack, release: Json) -> None:
    hook = release["HookFunction"]["Fn::GetAtt"][0]

    assert service.resources[hook]["Properties"]["FunctionName"] == f"pase-{name(service)}-checks"
    assert release["ChecksParameter"] == f"/pase/{name(service)}/release-checks"


def test_the_state_machine_is_called_as_the_function_calls_it(service: Stack) -> None:
    machine = service.one("AWS::StepFunctions::StateMachine")
    token = service.one("Custom::Release")["ServiceToken"]["Fn::GetAtt"][0]
    variables = service.resources[token]["Properties"]["Environment"]["Variables"]

    assert machine["StateMachineName"] == f"pase-{name(service)}-release"
    assert machine["StateMachineType"] == "STANDARD"
    assert variables["STATE_MACHINE_ARN"] == (
        f"arn:aws:states:{service.region}:{service.account}"
        f":stateMachine:pase-{name(service)}-release"
    )
    assert json.loads(machine["DefinitionString"]) == definition()
    assert machine["DefinitionSubstitutions"] == {"Function": {"Fn::GetAtt": [token, "Arn"]}}


def test_the_state_machine_may_invoke_that_function_and_nothing_else(service: Stack) -> None:
    machine = service.one("AWS::StepFunctions::StateMachine")
    token = service.one("Custom::Release")["ServiceToken"]["Fn::GetAtt"][0]

    assert service.statements(machine["RoleArn"]["Fn::GetAtt"][0]) == [
        {
            "Action": "lambda:InvokeFunction",
            "Effect": "Allow",
            "Resource": {"Fn::GetAtt": [token, "Arn"]},
        }
    ]


def test_every_way_through_the_state_machine_ends() -> None:
    states = definition()["States"]
    assert isinstance(states, dict)
    ends = {key for key, state in states.items() if state.get("End") or state["Type"] == "Succeed"}
    follows = {
        key: {
            following
            for following in (
                state.get("Next"),
                state.get("Default"),
                *(choice["Next"] for choice in state.get("Choices", ())),
                *(catch["Next"] for catch in state.get("Catch", ())),
            )
            if following
        }
        for key, state in states.items()
    }
    reaching = set(ends)
    while grown := {key for key, next_ in follows.items() if next_ & reaching} - reaching:
        reaching |= grown

    assert reaching == set(states)
    assert all(next_ <= set(states) for next_ in follows.values())


def test_the_number_that_has_the_same_digest_released_again_is_the_configurations(
    templates: Templates,
) -> None:
    """What another number does: tests/releases/test_alarms_and_people.py."""
    for stage in templates.stages:
        assert templates.service(stage, "Storefront").one("Custom::Release")["Repeat"] == "0"
