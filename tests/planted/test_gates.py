"""Each gate refuses what was planted for it, nothing else, and is why the command fails."""

from __future__ import annotations

import re

import pytest

from tests.planted.violations import AMONG_OTHERS, GUARD, NAG, SCHEMA
from tests.support.report import Finding, findings, plugins
from tests.support.runs import Run, SharedRuns
from tests.support.synthesis import ROOT
from tests.support.templates import read_templates

STAGES = ("Dev", "Prod")


def house_rules() -> set[str]:
    """Every rule that a file of ``guard/`` defines."""
    return {
        rule
        for path in sorted((ROOT / "guard").glob("*.guard"))
        for rule in re.findall(r"^rule (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }


@pytest.fixture(scope="module")
def planted(runs: SharedRuns) -> Run:
    """The command over everything planted, under the real checks."""
    return runs.get("planted")


@pytest.fixture(scope="module")
def unchecked(runs: SharedRuns) -> Run:
    """The command over the same without our checks."""
    return runs.get("unchecked")


@pytest.fixture(scope="module")
def errors(planted: Run) -> list[Finding]:
    """What the command refused."""
    return [finding for finding in findings(planted.assembly) if finding.severity == "error"]


def located(stage: str, logical_id: str) -> str:
    """The construct's path."""
    return f"Pipeline/{stage}/Network/{logical_id}"


def test_the_command_fails(planted: Run) -> None:
    assert planted.status != 0, planted.output


def test_the_command_says_everything_that_it_fails_for(planted: Run, errors: list[Finding]) -> None:
    assert errors
    assert {f.description for f in errors if f.description not in planted.output} == set()


def test_without_our_checks_the_same_command_succeeds(unchecked: Run) -> None:
    """So it is the checks that the planted run fails for, and not the planting."""
    assert unchecked.status == 0, unchecked.output
    assert not [f for f in findings(unchecked.assembly) if f.severity == "error"]


def test_the_unchecked_run_had_the_same_violations_in_its_templates(
    planted: Run, unchecked: Run
) -> None:
    for stage in STAGES:
        refused = read_templates(planted.assembly)[stage, "Network"].resources
        accepted = read_templates(unchecked.assembly)[stage, "Network"].resources

        assert refused == accepted
        assert {*GUARD, *AMONG_OTHERS, *NAG, *SCHEMA} <= set(accepted)


def test_everything_refused_is_nested_in_a_stage_so_that_alone_makes_the_command_fail(
    errors: list[Finding],
) -> None:
    outside = [
        finding
        for finding in errors
        if not finding.path.startswith(tuple(f"Pipeline/{stage}/" for stage in STAGES))
    ]

    assert outside == []


def test_every_house_rule_has_a_violation_planted_for_it() -> None:
    assert {rule for planted in GUARD.values() for rule in planted.rules} == house_rules()


@pytest.mark.parametrize("logical_id", GUARD)
def test_the_house_rules_find_this_resource_for_exactly_its_rule(
    errors: list[Finding], logical_id: str
) -> None:
    rules = house_rules()
    for stage in STAGES:
        found = {
            finding.rule
            for finding in errors
            if finding.path == located(stage, logical_id) and finding.rule in rules
        }

        assert found == set(GUARD[logical_id].rules)


@pytest.mark.parametrize("logical_id", AMONG_OTHERS)
def test_everyone_is_found_beside_somebody(errors: list[Finding], logical_id: str) -> None:
    for stage in STAGES:
        found = {f.rule for f in errors if f.path == located(stage, logical_id)}

        assert found == set(AMONG_OTHERS[logical_id].rules)


@pytest.mark.parametrize("stage", STAGES)
def test_cdk_nag_refuses_an_unprotected_bucket(errors: list[Finding], stage: str) -> None:
    found = {(finding.path, finding.rule) for finding in errors if finding.plugin == "AwsSolutions"}

    assert {
        (located(stage, logical_id), rule) for logical_id, rules in NAG.items() for rule in rules
    } <= found


@pytest.mark.parametrize("stage", STAGES)
def test_the_cdk_refuses_a_property_that_does_not_exist(errors: list[Finding], stage: str) -> None:
    found = {finding.rule for finding in errors if finding.path == located(stage, "SchemaQueue")}

    assert found == {"F3002"}


def test_an_undeclared_difference_between_stages_is_refused(errors: list[Finding]) -> None:
    (found,) = [finding for finding in errors if finding.rule == "undeclared-difference"]

    assert found.path == located("Prod", "OnlyInProd")
    assert "AWS::SNS::Topic OnlyInProd is in Prod and not in Dev" in found.description


def test_a_declaration_that_nothing_needs_is_refused(errors: list[Finding]) -> None:
    (found,) = [finding for finding in errors if finding.rule == "unused-declaration"]

    assert "AWS::EC2::NatGateway in Network" in found.description


def test_three_gates_refuse(planted: Run) -> None:
    assert {
        name for name, conclusion in plugins(planted.assembly).items() if conclusion == "failure"
    } == {"AwsSolutions", "CloudFormation Validate", "Template parity"}


def test_the_real_assembly_passes_all_of_them(pipeline_synth: Run, laptop_synth: Run) -> None:
    for run in (pipeline_synth, laptop_synth):
        assert run.status == 0, run.output
        assert [f for f in findings(run.assembly) if f.severity == "error"] == []
        assert "failure" not in plugins(run.assembly).values()


def test_the_real_synth_warns_of_nothing(pipeline_synth: Run) -> None:
    """A warning that is always there hides the one that is new."""
    assert [(f.rule, f.path) for f in findings(pipeline_synth.assembly)] == []
    assert "WARNING" not in pipeline_synth.output
