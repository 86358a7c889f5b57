"""The tables of `assembly.access`: for a terminal, for scripts, and in ``docs/access.md``."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assembly.access import Account, accounts
from assembly.decision import Answer
from assembly.generated import Place, run
from assembly.read import Assembly, read_assembly

PLACE = Place(
    document=Path("docs/access.md"), begin="<!-- access:begin -->", end="<!-- access:end -->"
)
SIGNS: Mapping[Answer, str] = {Answer.YES: "yes", Answer.NO: "-", Answer.IF: "if"}


def names_of(assembly: Assembly) -> dict[str, str]:
    """The platform's name, and a service's that has secrets, as the templates have them."""
    for stacks in assembly.stages.values():
        for stack in stacks:
            for secret in stack.properties("AWS::SecretsManager::Secret"):
                parts = str(secret.get("Name", "")).split("/")
                if len(parts) == 3 and parts[2] == "database":
                    return {"platform": parts[0], "service": parts[1]}
    return {"platform": "pase", "service": "any"}


def rows(account: Account, names: Mapping[str, str]) -> list[tuple[str, list[Answer]]]:
    """What may be done, and for each of the account's people the answer."""
    return [
        (thing.name, [account.answer(person, thing, names) for person in account.people])
        for thing in account.things
    ]


def document(found: Sequence[Account], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The same for scripts."""
    return [
        {
            "account": account.account,
            "name": account.name,
            "roles": [
                {
                    "role": person.name,
                    "entered_by": person.by,
                    "may": {
                        thing.name: str(account.answer(person, thing, names))
                        for thing in account.things
                    },
                }
                for person in account.people
            ],
        }
        for account in found
    ]


def markdown(assembly: Assembly) -> str:
    """All of it in Markdown."""
    names = names_of(assembly)
    lines: list[str] = []
    for account in accounts(assembly, names):
        lines += [f"### {account.name} ({account.account})", ""]
        lines += ["| role | entered by |", "| --- | --- |"]
        lines += [f"| `{one.name}` | {_cell(one.by)} |" for one in account.people if one.by]
        heads = " | ".join(f"`{one.name}`" if one.by else one.name for one in account.people)
        lines += ["", f"| | {heads} |", "| --- |" + " :---: |" * len(account.people)]
        lines += [
            f"| {what} | {' | '.join(SIGNS[answer] for answer in answers)} |"
            for what, answers in rows(account, names)
        ]
        lines.append("")
    return "\n".join(lines).rstrip()


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*")


def main(arguments: Sequence[str] | None = None) -> int:
    """``python -m assembly.access_table``: see `generated.run`."""
    return run(
        arguments,
        place=PLACE,
        part=lambda folder: markdown(read_assembly(folder)),
        prog="assembly.access_table",
    )


if __name__ == "__main__":
    sys.exit(main())
