"""The tables of `assembly.access`: for a terminal, for scripts, and in ``docs/access.md``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assembly.access import Account, accounts
from assembly.decision import Answer
from assembly.read import Assembly, AssemblyNotFound, read_assembly

DOCUMENT = Path("docs/access.md")
BEGIN, END = "<!-- access:begin -->", "<!-- access:end -->"
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


def replaced(text: str, table: str) -> str:
    """The document with the table between its two comments. ``ValueError`` without them."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(
            f"{DOCUMENT}: the comments {BEGIN} and {END} must stand there once each, in this "
            "order; the tables are written between them."
        )
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*")


def main(arguments: Sequence[str] | None = None) -> int:
    """``python -m assembly.access_table [--assembly cdk.out] [--check]``.

    Exit status 1 with ``--check`` when the document is not current, 2 when there is no assembly or
    no place for the tables.
    """
    parser = argparse.ArgumentParser(prog="assembly.access_table", description=__doc__)
    parser.add_argument("--assembly", type=Path, default=Path("cdk.out"))
    parser.add_argument("--document", type=Path, default=DOCUMENT)
    parser.add_argument(
        "--check", action="store_true", help="change nothing; fail when they are not current"
    )
    given = parser.parse_args(arguments)
    try:
        text = given.document.read_text("utf-8")
        wanted = replaced(text, markdown(read_assembly(given.assembly)))
    except (AssemblyNotFound, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    if wanted == text:
        return 0
    if given.check:
        print(f"{given.document} is not current; run `make generated`.", file=sys.stderr)
        return 1
    given.document.write_text(wanted, "utf-8")
    print(f"{given.document}: the tables were written anew.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
