"""Every stack goes to the account and Region that were written down for it, and to no other."""

from __future__ import annotations

from tests.support.templates import STAGE_STACKS, STAGES, Templates, read, strings

ACCOUNTS = {"Dev": "222222222222", "Staging": "333333333333", "Prod": "444444444444"}
TOOLS_ACCOUNT = "111111111111"
REGION = "ap-southeast-1"


def test_every_stack_goes_to_the_account_and_region_of_its_environment(
    templates: Templates,
) -> None:
    placed = {
        (stack.stage, stack.name): (stack.account, stack.region, stack.stack_name)
        for stack in templates.on_the_road
    }

    assert placed == {
        ("", "Pipeline"): (TOOLS_ACCOUNT, REGION, "Pipeline"),
        **{
            (stage, name): (ACCOUNTS[stage], REGION, f"{stage}-{name}")
            for stage in STAGES
            for name in STAGE_STACKS
        },
    }


def test_the_stages_stand_in_the_order_of_the_road(templates: Templates) -> None:
    assert templates.stages == ("Dev", "Staging", "Prod")


def test_no_environment_names_the_account_of_another(templates: Templates) -> None:
    named = {
        (stack.stage, other)
        for stack in templates.on_the_road
        for other, account in ACCOUNTS.items()
        if stack.stage not in ("", other)
        for text in strings(stack.template)
        if account in text
    }

    assert named == set()


def test_an_environment_names_the_tools_account_only_for_images_and_its_gate(
    templates: Templates,
) -> None:
    named = {
        text.replace(stack.stage.lower(), "<stage>").split("@")[0]
        for stack in templates.on_the_road
        if stack.stage
        for text in strings(stack.template)
        if TOOLS_ACCOUNT in text
    }

    assert named == {
        f"{TOOLS_ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/inventory",
        f"{TOOLS_ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/pase/storefront",
        f"arn:aws:ecr:{REGION}:{TOOLS_ACCOUNT}:repository/inventory",
        f"arn:aws:ecr:{REGION}:{TOOLS_ACCOUNT}:repository/pase/storefront",
        f"arn:aws:iam::{TOOLS_ACCOUNT}:role/pase-pipeline-gate-<stage>",
        f"arn:aws:iam::{TOOLS_ACCOUNT}:root",
    }


def test_each_environment_has_the_same_stacks(templates: Templates) -> None:
    assert {
        stage: tuple(stack.name for stack in templates.on_the_road if stack.stage == stage)
        for stage in STAGES
    } == dict.fromkeys(STAGES, STAGE_STACKS)


def test_each_stack_of_the_organization_goes_to_the_account_that_it_is_about(
    templates: Templates,
) -> None:
    assert {stack.name: (stack.account, stack.region) for stack in templates.organization} == {
        "LogArchive": ("666666666666", REGION),
        "Organization": ("555555555555", REGION),
        **{f"Access{stage}": (account, REGION) for stage, account in ACCOUNTS.items()},
        "AccessTools": (TOOLS_ACCOUNT, REGION),
        "SignIn": ("555555555555", REGION),
    }


def test_an_administrators_own_credentials_deploy_the_organizations_stacks(
    templates: Templates,
) -> None:
    """So that no role which the road uses can change who may walk on it."""
    (manifest,) = {stack.template_path.parent / "manifest.json" for stack in templates.organization}
    roles = [
        (name, key)
        for name, artifact in read(manifest)["artifacts"].items()
        for key in artifact.get("properties", {})
        if key.endswith("RoleArn")
    ]

    assert roles == []
