"""Documents of which a part is generated: it stands between two comments, all else is by hand."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from assembly.read import AssemblyNotFound


class DocumentInvalid(Exception):
    """The document has no place for the generated part; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A document, and the two comments between which the generated part stands."""

    document: Path
    begin: str
    end: str

    def filled(self, text: str, part: str) -> str:
        """The document's text with that part. Raises ``DocumentInvalid``."""
        before, begin, rest = text.partition(self.begin)
        _, end, after = rest.partition(self.end)
        if not begin or not end:
            raise DocumentInvalid(
                f"{self.document}: the comments {self.begin} and {self.end} must stand there once "
                "each, in this order; what is generated is written between them."
            )
        return f"{before}{self.begin}\n{part}\n{self.end}{after}"


def run(
    arguments: Sequence[str] | None, *, place: Place, part: Callable[[Path], str], prog: str
) -> int:
    """A module's command: ``[--assembly cdk.out] [--document FILE] [--check]``.

    ``part`` makes the generated part from the assembly. Exit status 1 with ``--check`` when the
    document is not current, 2 when there is no assembly, no document or no place in it.
    """
    parser = argparse.ArgumentParser(prog=prog)
    parser.add_argument("--assembly", type=Path, default=Path("cdk.out"))
    parser.add_argument("--document", type=Path, default=place.document)
    parser.add_argument(
        "--check", action="store_true", help="change nothing; fail when it is not current"
    )
    given = parser.parse_args(arguments)
    try:
        made = part(given.assembly)
        text = given.document.read_text("utf-8")
        current = place.filled(text, made)
    except FileNotFoundError:
        print(f"{given.document}: there is no such file.", file=sys.stderr)
        return 2
    except (AssemblyNotFound, DocumentInvalid) as problem:
        print(problem, file=sys.stderr)
        return 2
    if text == current:
        return 0
    if given.check:
        print(
            f"{given.document}: what is generated in it is not current. Run `make generated`.",
            file=sys.stderr,
        )
        return 1
    given.document.write_text(current, "utf-8")
    return 0
