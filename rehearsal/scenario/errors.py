"""What is wrong with a scenario, one line for each mistake."""

from __future__ import annotations

from collections.abc import Iterable

from config.errors import ConfigError

from ..view.words import printable


class ScenarioError(Exception):
    """A scenario cannot be played. ``problems``: every mistake that was found, a line each."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))


def line(error: ConfigError) -> str:
    """The error on one line: `file: key: what is wrong; given ...; allowed ...; what to do`."""
    where = f"{error.file}: {error.key}" if error.key else error.file
    parts = [
        error.message.rstrip("."),
        f"given {error.given}" if error.given else "",
        _allowed(error.allowed),
        error.hint.rstrip("."),
    ]
    return printable(f"{where}: {'; '.join(part for part in parts if part)}")


def _allowed(text: str) -> str:
    said = text.rstrip(".")
    if not said:
        return ""
    # A sentence of its own reads on; a list of values needs the word.
    if said.startswith("The "):
        return f"t{said[1:]}"
    first = said[0].lower() if said[1:2].islower() or said[1:2] == " " else said[0]
    return f"allowed: {first}{said[1:]}"
