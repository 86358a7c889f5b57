"""`access`: who may do what where, from the policies that were synthesized. Asks AWS nothing."""

from __future__ import annotations

from pathlib import Path

from assembly.access import accounts
from assembly.access_table import SIGNS, document, names_of, rows
from assembly.read import Assembly, AssemblyNotFound, read_assembly

from .errors import BadInput
from .render import print_line, print_table


def access(folder: Path, *, environment: str, json: bool) -> int:
    """Print the tables of every account, or of that environment's (or ``tools``).

    Raises `BadInput` when there is no assembly in the folder, or no such environment.
    """
    assembly = _read(folder)
    names = names_of(assembly)
    found = accounts(assembly, names)
    if environment:
        there = [one.name.lower() for one in found]
        if environment.lower() not in there:
            raise BadInput(
                f'There is no environment "{environment}"; there are: {", ".join(there)}.'
            )
        found = tuple(one for one in found if one.name.lower() == environment.lower())
    if json:
        for content in document(found, names):
            print_line(content)
        return 0
    for account in found:
        print(f"{account.name} ({account.account})\n")
        for person in account.people:
            if person.by:
                print(f"  {person.name}: {person.by}")
        print()
        table = [
            [what, *(SIGNS[answer] for answer in answers)] for what, answers in rows(account, names)
        ]
        people = [person.name for person in account.people]
        print_table(["", *people], table, styles=[""] * len(table))
        print()
    return 0


def _read(folder: Path) -> Assembly:
    try:
        assembly = read_assembly(folder)
    except AssemblyNotFound as missing:
        raise BadInput(str(missing)) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(
            f"{folder} cannot be read as a cloud assembly ({type(error).__name__}: {error}); "
            "give the output folder of cdk synth"
        ) from None
    if not assembly.organization:
        raise BadInput(f"{folder} has no stage Organization; run `make synth` again.")
    return assembly
