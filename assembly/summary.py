"""What a person reads at the end of ``make synth``: one table of what would be deployed where."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from assembly.read import AssembledStack, Assembly, AssemblyNotFound, Template, read_assembly

UNKNOWN_DIGEST = "sha256:" + "0" * 64


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table. ``findings`` counts errors, ``acknowledged`` accepted findings."""

    environment: str
    account: str
    region: str
    stacks: int
    resources: int
    services: tuple[str, ...]
    strategies: tuple[str, ...]
    findings: int
    acknowledged: int


def rows(assembly: Assembly) -> Iterator[Row]:
    """What is deployed by hand, the pipeline, then every stage in road order."""
    errors = _errors(assembly.root)
    if assembly.organization:
        yield _row("organization (by hand)", assembly.organization, errors)
    yield _row("pipeline (tools)", assembly.stacks, errors)
    for stage, stacks in assembly.stages.items():
        yield _row(stage, stacks, errors)


def unknown_images(assembly: Assembly) -> list[str]:
    """The task families whose image digest is not known, each once."""
    return sorted(
        {
            task["Family"]
            for stacks in assembly.stages.values()
            for stack in stacks
            for task in stack.properties("AWS::ECS::TaskDefinition")
            for container in task["ContainerDefinitions"]
            if str(container["Image"]).endswith(UNKNOWN_DIGEST)
        }
    )


def strategy(stack: AssembledStack) -> str:
    """How the stack's service is released, in words, e.g. ``canary 20 % / 5 min``."""
    for config in stack.properties("AWS::CodeDeploy::DeploymentConfig"):
        routing = config["TrafficRoutingConfig"]
        if "TimeBasedCanary" in routing:
            canary = routing["TimeBasedCanary"]
            return f"canary {canary['CanaryPercentage']} % / {canary['CanaryInterval']} min"
        if "TimeBasedLinear" in routing:
            linear = routing["TimeBasedLinear"]
            return f"linear {linear['LinearPercentage']} % / {linear['LinearInterval']} min"
        return "all at once"
    return ""


def _row(environment: str, stacks: tuple[AssembledStack, ...], errors: list[str]) -> Row:
    released = {
        service["ServiceName"]: strategy(stack)
        for stack in stacks
        for service in stack.properties("AWS::ECS::Service")
    }
    places = {(stack.account, stack.region) for stack in stacks}
    return Row(
        environment=environment,
        account="\n".join(sorted({account for account, _ in places})),
        region=", ".join(sorted({region for _, region in places})),
        stacks=len(stacks),
        resources=sum(len(stack.resources()) for stack in stacks),
        services=tuple(released),
        strategies=tuple(released.values()),
        findings=sum(errors.count(stack.path.name) for stack in stacks),
        acknowledged=sum(_acknowledged(stack) for stack in stacks),
    )


def _errors(root: Path) -> list[str]:
    """The template file of every finding that is an error."""
    report = root / "validation-report.json"
    if not report.is_file():
        return []
    content: Template = json.loads(report.read_text("utf-8"))
    return [
        Path(place.get("cloudFormationResource", {}).get("templatePath", "")).name
        for plugin in content["pluginReports"]
        for violation in plugin["violations"]
        if violation.get("severity", "error") == "error"
        for place in violation["violatingConstructs"]
    ]


def _acknowledged(stack: AssembledStack) -> int:
    path = stack.path.with_name(stack.path.name.replace(".template.json", ".metadata.json"))
    if not path.is_file():
        return 0
    content: dict[str, list[Template]] = json.loads(path.read_text("utf-8"))
    return sum(
        len(entry["data"])
        for entries in content.values()
        for entry in entries
        if entry["type"] == "aws:cdk:acknowledged-rules"
    )


def render(assembly: Assembly, console: Console) -> None:
    """Print the table, and which images are not known."""
    table = Table(title="What would be deployed", title_justify="left")
    for heading in ("Environment", "Account", "Region"):
        table.add_column(heading, no_wrap=True)
    for heading in ("Stacks", "Resources"):
        table.add_column(heading, justify="right")
    table.add_column("Services", no_wrap=True)
    table.add_column("Release strategy", no_wrap=True)
    table.add_column("Findings", justify="right")
    for row in rows(assembly):
        table.add_row(
            row.environment,
            row.account,
            row.region,
            str(row.stacks),
            str(row.resources),
            "\n".join(row.services) or "-",
            "\n".join(row.strategies) or "-",
            f"{row.findings} ({row.acknowledged} acknowledged)",
            end_section=True,
        )
    console.print(table)
    for family in unknown_images(assembly):
        console.print(
            f"Image digest of {family}: not known (synthesized without the pipeline's digests). "
            "Such a template is refused by CloudFormation.",
            soft_wrap=True,
        )


def main() -> int:
    """``python -m assembly.summary [--assembly cdk.out]``."""
    parser = argparse.ArgumentParser(prog="assembly.summary", description=__doc__)
    parser.add_argument("--assembly", type=Path, default=Path("cdk.out"))
    arguments = parser.parse_args()
    # A pipe has no width of its own; the table keeps its lines whole in logs.
    console = Console(width=None if sys.stdout.isatty() else 150)
    try:
        render(read_assembly(arguments.assembly), console)
    except AssemblyNotFound as missing:
        print(missing, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
