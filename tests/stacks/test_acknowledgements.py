"""Every accepted finding has its reason, is really found, and stands in the document."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from assembly.acknowledgements import PLACE, Acknowledgement, acknowledgements, main, render, rows
from assembly.generated import DocumentInvalid
from tests.support.report import Finding, findings
from tests.support.runs import Run, SharedRuns
from tests.support.templates import STAGES

BEGIN, END = PLACE.begin, PLACE.end

# Accepted by the CDK itself, inside its own flow log: its schema writes one property differently.
OF_THE_CDK = {
    (f"Pipeline/{stage}/Network/Network/Vpc/FlowLog", f"CloudFormation-Validate::{rule}")
    for stage in STAGES
    for rule in ("F3002", "F3003")
}


@pytest.fixture(scope="module")
def acknowledged(assembly_dir: Path) -> list[Acknowledgement]:
    """What this repository accepts."""
    every = acknowledgements(assembly_dir)
    return [found for found in every if (found.path, found.rule) not in OF_THE_CDK]


@pytest.fixture(scope="module")
def unacknowledged(runs: SharedRuns) -> Run:
    """The same application with nothing accepted."""
    return runs.get("unacknowledged")


@pytest.fixture(scope="module")
def found(unacknowledged: Run) -> list[Finding]:
    """What the checks find then."""
    return findings(unacknowledged.assembly)


def owns(acknowledgement: Acknowledgement, finding: Finding) -> bool:
    """Whether the acknowledgement is of this finding: same rule, on the construct or within it."""
    return finding.acknowledged_as == acknowledgement.rule and (
        f"{finding.path}/".startswith(f"{acknowledgement.path}/")
    )


def test_without_acknowledgements_synth_fails(unacknowledged: Run) -> None:
    assert unacknowledged.status == 1, unacknowledged.output


def test_every_acknowledgement_is_of_something_that_is_found(
    acknowledged: list[Acknowledgement], found: list[Finding]
) -> None:
    idle = [a for a in acknowledged if not any(owns(a, finding) for finding in found)]

    assert acknowledged
    assert idle == []


def test_every_finding_is_acknowledged_exactly_once(
    acknowledged: list[Acknowledgement], found: list[Finding]
) -> None:
    owners = {
        (finding.path, finding.rule): [a.path for a in acknowledged if owns(a, finding)]
        for finding in found
    }

    assert owners
    assert {key: paths for key, paths in owners.items() if len(paths) != 1} == {}


def test_every_acknowledgement_stands_on_the_construct_that_owns_the_finding(
    acknowledged: list[Acknowledgement],
) -> None:
    """Not on a stack, a stage or the application, where it would cover what comes later."""
    stacks = re.compile(rf"Pipeline(/({'|'.join(STAGES)})(/[A-Za-z]+)?)?")

    # The CDK itself accepts literal zones on the whole stack, when it has looked them up.
    assert {(a.path, a.rule) for a in acknowledged if stacks.fullmatch(a.path)} == {
        (f"Pipeline/{stage}/Network", "CloudFormation-Validate::W3010") for stage in STAGES
    }


def test_every_acknowledgement_names_one_exact_rule(acknowledged: list[Acknowledgement]) -> None:
    exact = re.compile(
        r"AwsSolutions-[A-Z]+[0-9]+(\[(Action|Resource)::.+\])?|@aws-cdk/[a-z-]+:[A-Za-z]+"
        r"|CloudFormation-Validate::[A-Z][0-9]{4}"
    )

    assert [a.rule for a in acknowledged if not exact.fullmatch(a.rule)] == []
    # The rule on wildcards is accepted for one wildcard at a time.
    assert [a for a in acknowledged if a.rule == "AwsSolutions-IAM5"] == []


def test_every_reason_says_something(acknowledged: list[Acknowledgement]) -> None:
    assert [a for a in acknowledged if len(a.reason) < 40] == []
    assert [
        a for a in acknowledged if re.search(r"(?i)\b(todo|fixme|tbd|suppress|ignore)\b", a.reason)
    ] == []


def test_data_that_may_go_is_accepted_only_where_it_may(
    acknowledged: list[Acknowledgement],
) -> None:
    assert {a.path.split("/")[1] for a in acknowledged if a.rule == "AwsSolutions-RDS10"} == {
        "Dev",
        "Staging",
    }


def test_the_table_names_each_construct_once_for_all_environments(assembly_dir: Path) -> None:
    table = {(row.path, row.rules): row for row in rows(assembly_dir)}

    assert table["Network/AccessLogs/Bucket", ("AwsSolutions-S1",)].environments == STAGES
    assert table["Data/Database/Cluster", ("AwsSolutions-RDS10",)].environments == (
        "Dev",
        "Staging",
    )
    assert {row.environments for row in table.values() if row.path.startswith("Pipeline/")} == {
        ("tools",)
    }
    assert not re.search(r"[234]{12}", render(list(table.values())))


def test_the_table_holds_every_acknowledgement(assembly_dir: Path) -> None:
    in_table = sum(len(row.rules) * len(row.environments) for row in rows(assembly_dir))

    assert in_table == len(acknowledgements(assembly_dir))


def test_writing_the_table_leaves_the_rest_of_the_document_alone(
    assembly_dir: Path, tmp_path: Path
) -> None:
    document = tmp_path / "security.md"
    document.write_text(f"# Security\n\n{BEGIN}\nold\n{END}\n\nAfter.\n", encoding="utf-8")
    arguments = ["--assembly", str(assembly_dir), "--document", str(document)]

    assert main([*arguments, "--check"]) == 1
    assert "old" in document.read_text(encoding="utf-8")
    assert main(arguments) == 0
    assert main([*arguments, "--check"]) == 0

    content = document.read_text(encoding="utf-8")
    assert content.startswith(f"# Security\n\n{BEGIN}\n| Construct | Rules |")
    assert content.endswith(f"|\n{END}\n\nAfter.\n")


def test_a_document_without_a_place_for_the_table_is_refused() -> None:
    with pytest.raises(DocumentInvalid, match="must stand there once each"):
        PLACE.filled(f"{END} {BEGIN}", "| table |")
