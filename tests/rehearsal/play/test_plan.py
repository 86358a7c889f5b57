"""What is played of the synthesized templates."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assembly.read import AssembledStack, Assembly, read_assembly
from rehearsal.errors import RehearsalError
from rehearsal.play.plan import Plan, another_policy, digest_of, patient

from ..scenario.files import ROOT, configuration
from .parts import plans_of, with_containers

Template = dict[str, Any]
LISTENERS = ("AWS::ElasticLoadBalancingV2::Listener", "Custom::LiveTargetGroup")


def test_every_environment_of_the_road_in_its_order(plans: dict[str, Plan]) -> None:
    assert [(one.name, one.stage, one.account) for one in plans.values()] == [
        ("dev", "Dev", "222222222222"),
        ("staging", "Staging", "333333333333"),
        ("prod", "Prod", "444444444444"),
    ]
    assert {one.region for one in plans.values()} == {"ap-southeast-1"}


def test_only_the_environments_that_are_asked_for_in_the_roads_order(assembly: Assembly) -> None:
    found = plans_of(assembly, environments=["prod", "dev"])
    assert [one.name for one in found] == ["dev", "prod"]


def test_the_first_service_that_can_be_started_is_the_one(prod: Plan) -> None:
    assert prod.service_name == "storefront"
    assert prod.service.container.local_command == ("python", "-m", "storefront")
    assert prod.source == ROOT / "services/storefront"


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_the_releases_path_is_played_and_the_rest_left_out(
    plans: dict[str, Plan], name: str
) -> None:
    plan = plans[name]
    stage = name.capitalize()
    path = [f"{stage}-{one}" for one in ("Cluster", "Releases", "Secrets")]
    assert [one.stack_name for one in plan.stacks] == path
    assert plan.service_stack.stack_name == f"{stage}-StorefrontService"
    left_out = {f"{stage}-{one}" for one in ("Network", "Data", "Guardrails", "InventoryService")}
    assert set(plan.left_out) == left_out


def test_every_stack_of_the_stage_is_either_played_or_left_out(
    assembly: Assembly, plans: dict[str, Plan]
) -> None:
    for plan in plans.values():
        named = [one.stack_name for one in (*plan.stacks, plan.service_stack)] + list(plan.left_out)
        assert sorted(named) == sorted(one.stack_name for one in assembly.stages[plan.stage])


def test_what_only_the_configuration_says_is_in_the_plan(plans: dict[str, Plan]) -> None:
    said = {one.name: (one.approval, one.gate, one.strategy) for one in plans.values()}
    assert said == {
        "dev": (False, "smoke", "all at once"),
        "staging": (False, "acceptance", "canary 20 % / 5 min"),
        "prod": (True, "smoke", "canary 20 % / 5 min"),
    }


def test_a_version_changes_the_digest_and_nothing_else(prod: Plan) -> None:
    original = prod.service_stack.template
    first, second = prod.template("v1"), prod.template("v2")
    changed = list(_differences(first, second))
    assert {(one, two) for _, one, two in changed} == {
        (value, value.replace(digest_of("v1"), digest_of("v2"))) for _, value, _ in changed
    }
    assert len(changed) >= 2
    assert any(path[-1] == "Image" for path, _, _ in changed)
    assert json.dumps(first).replace(digest_of("v1"), prod.digest) == json.dumps(original)


def test_a_version_has_one_digest_in_all_environments_and_no_other_version_has_it() -> None:
    assert digest_of("v1") == digest_of("v1")
    assert digest_of("v1") != digest_of("v2")
    assert digest_of("v1").startswith("sha256:")
    assert len(digest_of("v1")) == len("sha256:") + 64


def test_the_assemblys_own_template_stays_as_it_is(prod: Plan) -> None:
    before = copy.deepcopy(prod.service_stack.template)
    prod.template("v2", policy=another_policy(""))
    assert prod.service_stack.template == before


def test_touched_listeners_differ_and_their_look_ups_with_them(prod: Plan) -> None:
    plain, touched = prod.template("v2"), prod.template("v2", policy=another_policy(""))
    changed = {path[1] for path, _, _ in _differences(plain, touched)}
    assert changed == {key for key, one in plain["Resources"].items() if one["Type"] in LISTENERS}
    policies = {
        one["Properties"].get("Listener", one["Properties"])["SslPolicy"]
        for one in touched["Resources"].values()
        if one["Type"] in LISTENERS
    }
    assert len(policies) == 1
    assert {path[-1] for path, _, _ in _differences(plain, touched)} == {"SslPolicy"}


def test_a_planted_mistake_is_in_every_versions_template(prod: Plan) -> None:
    def plant(template: Template) -> None:
        template["Description"] = "planted"

    planted = replace(prod, change=plant)
    assert planted.template("v1")["Description"] == "planted"
    assert planted.template("v2", policy=another_policy(""))["Description"] == "planted"
    assert prod.template("v1").get("Description") != "planted"


def test_the_code_of_every_function_is_in_the_assembly(plans: dict[str, Plan]) -> None:
    packages = set()
    for plan in plans.values():
        for stack in (*plan.stacks, plan.service_stack):
            for function in stack.properties("AWS::Lambda::Function"):
                folder = plan.code(function)
                _, package, module, _ = function["Handler"].split(".")
                assert (folder / "lambdas" / package / f"{module}.py").is_file()
                packages.add(package)
    assert {"task_count", "scaling_guard", "release", "release_checks", "rollback"} <= packages


def test_code_that_is_not_in_the_assembly_is_told(prod: Plan, tmp_path: Path) -> None:
    elsewhere = replace(prod, assembly=tmp_path)
    properties = {"Handler": "lambdas.a.handler", "Code": {"S3Key": "abc.zip"}}
    assert _refusal(lambda: elsewhere.code(properties)) == (
        f"{tmp_path}/asset.abc: the code of lambdas.a.handler is not in the assembly; "
        "synthesize it again"
    )


def test_a_service_that_is_not_there_is_told(assembly: Assembly) -> None:
    assert _refusal(lambda: plans_of(assembly, service="storefronts")) == (
        "there is no service 'storefronts'; the services are inventory, storefront"
    )


def test_a_service_that_cannot_be_started_is_told(assembly: Assembly) -> None:
    text = _refusal(lambda: plans_of(assembly, service="inventory"))
    assert text.startswith("config/services/inventory.toml: container.local_command is not given")
    assert text.endswith('give it, as ["python", "-m", "storefront"]')


def test_no_service_that_can_be_started_is_told(assembly: Assembly) -> None:
    changed = with_containers(local_command=())
    text = _refusal(lambda: plans_of(assembly, changed=changed))
    assert text.startswith("config/services: no service has container.local_command")


def test_an_assembly_of_other_accounts_is_told(assembly: Assembly) -> None:
    empty = replace(assembly, stages={"Dev": assembly.stages["Dev"]})
    text = _refusal(lambda: plans_of(empty, environments=["prod"]))
    assert "no stage is for account 444444444444 in ap-southeast-1" in text


def test_an_assembly_without_the_service_is_told(assembly: Assembly) -> None:
    without = tuple(
        one for one in assembly.stages["Prod"] if one.stack_name != "Prod-StorefrontService"
    )
    changed = replace(assembly, stages={**assembly.stages, "Prod": without})
    text = _refusal(lambda: plans_of(changed, environments=["prod"]))
    assert "no template of prod has an AWS::ECS::Service named storefront" in text


def test_an_image_without_a_digest_is_told(assembly: Assembly, tmp_path: Path) -> None:
    stacks = tuple(
        _with_image(one, tmp_path, image="example.com/storefront:latest")
        if one.stack_name == "Prod-StorefrontService"
        else one
        for one in assembly.stages["Prod"]
    )
    changed = replace(assembly, stages={**assembly.stages, "Prod": stacks})
    text = _refusal(lambda: plans_of(changed, environments=["prod"]))
    assert "'example.com/storefront:latest', which names no digest" in text


def test_an_assembly_synthesized_without_digests_can_be_played(laptop_assembly_dir: Path) -> None:
    found = plans_of(read_assembly(laptop_assembly_dir))
    assert [one.name for one in found] == [one.name for one in configuration().environments]
    for plan in found:
        (task,) = (
            one["Properties"]
            for one in plan.template("v2")["Resources"].values()
            if one["Type"] == "AWS::ECS::TaskDefinition"
        )
        assert task["ContainerDefinitions"][0]["Image"].endswith(f"@{digest_of('v2')}")


def _with_image(stack: AssembledStack, folder: Path, *, image: str) -> AssembledStack:
    template = copy.deepcopy(stack.template)
    for one in template["Resources"].values():
        if one["Type"] == "AWS::ECS::TaskDefinition":
            one["Properties"]["ContainerDefinitions"][0]["Image"] = image
    path = folder / stack.path.name
    path.write_text(json.dumps(template), encoding="utf-8")
    return replace(stack, path=path)


def _differences(
    one: Any, other: Any, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """(path, one's value, the other's) wherever two JSON values differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in one.keys() | other.keys():
            yield from _differences(one.get(key), other.get(key), (*path, key))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (each, its) in enumerate(zip(one, other, strict=True)):
            yield from _differences(each, its, (*path, str(index)))
    elif one != other:
        yield path, one, other


def _refusal(call: Any) -> str:
    with pytest.raises(RehearsalError) as caught:
        call()
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_stacks_around_the_service_are_waited_for_as_long_as_can_be(
    plans: dict[str, Plan],
) -> None:
    (secrets,) = [one for one in plans["prod"].stacks if one.stack_name == "Prod-Secrets"]
    for found in patient(secrets.template)["Resources"].values():
        assert "ServiceTimeout" not in found.get("Properties", {})
    assert any("ServiceTimeout" in one for one in secrets.properties("Custom::DatabaseAccess"))
