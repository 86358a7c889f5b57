"""Every accepted finding of a security rule, as ``docs/security.md`` lists them.

The table stands between two comments of that file; all else there is written by hand.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assembly.generated import Place, run
from assembly.read import AssembledStack, Template, read_assembly

PLACE = Place(
    document=Path("docs/security.md"),
    begin="<!-- acknowledgements:begin -->",
    end="<!-- acknowledgements:end -->",
)

_ENTRY = "aws:cdk:acknowledged-rules"
_PREFIX = "Annotation::"
_TOOLS = "tools"


@dataclass(frozen=True, kw_only=True, order=True)
class Acknowledgement:
    """``rule`` is accepted on the construct at ``path`` for ``reason``.

    ``path`` begins with the outermost stack's id. ``rule`` is the id given when it was accepted.
    """

    path: str
    rule: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table. ``path`` is the construct's within its environment."""

    path: str
    rules: tuple[str, ...]
    reason: str
    environments: tuple[str, ...]


def acknowledgements(assembly: Path) -> list[Acknowledgement]:
    """Every acknowledgement in the assembly, sorted. Raises ``AssemblyNotFound``."""
    return sorted(found for _, found in _located(assembly))


def rows(assembly: Path) -> list[Row]:
    """The table: environments that accept the same for the same reason share a line."""
    places: dict[tuple[str, str, str], dict[str, None]] = {}
    for stack, found in _located(assembly):
        head = f"{stack.path.parent.name.removeprefix('assembly-').replace('-', '/')}/"
        path = found.path.removeprefix(head) if stack.stage else found.path
        rule = found.rule.replace(stack.account, "<account>") if stack.stage else found.rule
        places.setdefault((path, rule, found.reason), {})[stack.stage or _TOOLS] = None
    rules: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for (path, rule, reason), environments in places.items():
        rules.setdefault((path, reason, tuple(environments)), []).append(rule)
    return [
        Row(path=path, rules=tuple(sorted(found)), reason=reason, environments=environments)
        for (path, reason, environments), found in sorted(rules.items())
    ]


def render(table: Sequence[Row]) -> str:
    """The table in Markdown."""
    lines = ["| Construct | Rules | Why it is safe here | Where |", "| --- | --- | --- | --- |"]
    for row in table:
        rules = "<br>".join(f"`{_cell(rule)}`" for rule in row.rules)
        cells = (f"`{_cell(row.path)}`", rules, _cell(row.reason), ", ".join(row.environments))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _located(assembly: Path) -> Iterator[tuple[AssembledStack, Acknowledgement]]:
    content = read_assembly(assembly)
    for stacks in (content.stacks, content.organization, *content.stages.values()):
        for stack in stacks:
            for found in _of(stack):
                yield stack, found


def _of(stack: AssembledStack) -> Iterator[Acknowledgement]:
    path = stack.path.with_name(stack.path.name.replace(".template.json", ".metadata.json"))
    if not path.is_file():
        return
    content: dict[str, list[Template]] = json.loads(path.read_text("utf-8"))
    for construct, entries in content.items():
        for entry in entries:
            if entry["type"] != _ENTRY:
                continue
            for rule, reason in entry["data"].items():
                yield Acknowledgement(
                    path=construct.removeprefix("/"),
                    rule=rule.removeprefix(_PREFIX),
                    reason=reason,
                )


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main(arguments: Sequence[str] | None = None) -> int:
    """``python -m assembly.acknowledgements``: see `generated.run`."""
    return run(
        arguments,
        place=PLACE,
        part=lambda assembly: render(rows(assembly)),
        prog="assembly.acknowledgements",
    )


if __name__ == "__main__":
    sys.exit(main())
