"""What the checks found, as synth's ``validation-report.json`` says it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.templates import read

_PREFIX = "Annotation::"


@dataclass(frozen=True, kw_only=True, order=True)
class Finding:
    """One rule's finding on one construct; ``path`` is empty where a finding has no construct."""

    plugin: str
    rule: str
    severity: str
    path: str
    description: str

    @property
    def acknowledged_as(self) -> str:
        """The id under which this finding is acknowledged."""
        if self.plugin in {"AwsSolutions", "Construct Annotations"}:
            return self.rule
        return f"{self.plugin.replace(' ', '-')}::{self.rule}"


def findings(assembly: Path) -> list[Finding]:
    """Every finding that nobody acknowledged, sorted."""
    return sorted(_findings(assembly))


def plugins(assembly: Path) -> dict[str, str]:
    """Plugin -> its conclusion. A plugin that found nothing need not be there."""
    report = read(assembly / "validation-report.json")
    return {plugin["pluginName"]: plugin["conclusion"] for plugin in report["pluginReports"]}


def _findings(assembly: Path) -> Iterator[Finding]:
    for plugin in read(assembly / "validation-report.json")["pluginReports"]:
        for violation in plugin["violations"]:
            for construct in violation["violatingConstructs"] or [{}]:
                yield Finding(
                    plugin=plugin["pluginName"],
                    rule=violation["ruleName"].removeprefix(_PREFIX),
                    severity=violation.get("severity", ""),
                    path=construct.get("constructPath", ""),
                    description=violation["description"],
                )
