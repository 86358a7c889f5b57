"""Typed values read from the environment and from TOML, with every problem collected."""

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from storefront.secrets import SecretError

Parsed = TypeVar("Parsed")


@dataclass(frozen=True)
class Document:
    """One TOML document of plain settings: `label` names it in error messages."""

    label: str
    values: Mapping[str, object]


@dataclass(frozen=True)
class _Given:
    value: object
    label: str
    is_text: bool


class Reader:
    """Reads settings by name; the environment wins, then each document in the order given.

    A setting called `PORT` is the environment variable `PORT` and the TOML key `port`. Each
    method returns the parsed value; when the value given is not allowed, or a required one is
    missing, it adds a sentence to `problems` and returns the default (or a placeholder), so one
    pass over all settings reports all problems.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._documents: list[Document] = []
        self._environment_only: set[str] = set()
        self.names: list[str] = []
        self.problems: list[str] = []

    def add(self, documents: Sequence[Document]) -> None:
        """Add documents, each weaker than the one before."""
        self._documents.extend(documents)

    def problem(self, name: str, given: str, allowed: str) -> None:
        """Record a problem in the one form all of them have."""
        self.problems.append(f"{name}: given {given}; allowed: {allowed}")

    def refused(self, name: str) -> bool:
        """Whether a problem of this setting is recorded; what follows from it need not be."""
        return any(problem.startswith(f"{name}: ") for problem in self.problems)

    def choice(self, name: str, *, allowed: Collection[str], default: str) -> str:
        """One of `allowed`, exactly."""
        return self.optional_choice(name, allowed=allowed) or default

    def optional_choice(self, name: str, *, allowed: Collection[str]) -> str | None:
        """One of `allowed`, exactly; None when not given."""

        def parse(given: _Given) -> str:
            if not isinstance(given.value, str) or given.value not in allowed:
                raise ValueError
            return given.value

        return self._read(name, parse, " or ".join(f"'{value}'" for value in allowed), None)

    def integer(self, name: str, *, default: int, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""

        def parse(given: _Given) -> int:
            value = given.value
            if isinstance(value, str) and given.is_text and re.fullmatch(r"-?[0-9]{1,9}", value):
                value = int(value)
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                raise ValueError
            return value

        return self._read(name, parse, f"a whole number from {low} to {high}", default)

    def seconds(self, name: str, *, default: float, low: float, high: float) -> float:
        """A number of seconds from `low` to `high`, both included."""

        def parse(given: _Given) -> float:
            value = given.value
            if isinstance(value, str) and given.is_text:
                value = float(value)
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError
            if not math.isfinite(value) or not low <= value <= high:
                raise ValueError
            return float(value)

        return self._read(name, parse, f"a number of seconds from {low:g} to {high:g}", default)

    def text(self, name: str, *, pattern: str, allowed: str, default: str | None = None) -> str:
        """Text that matches `pattern` in full; required when there is no default."""
        value = self.optional_text(name, pattern=pattern, allowed=allowed)
        if value is not None:
            return value
        if default is None and not self._mentioned(name):
            self.problem(name, "nothing", allowed)
        return default or ""

    def optional_text(self, name: str, *, pattern: str, allowed: str) -> str | None:
        """Text that matches `pattern` in full; None when not given."""

        def parse(given: _Given) -> str:
            if not isinstance(given.value, str) or not re.fullmatch(pattern, given.value):
                raise ValueError
            return given.value

        return self._read(name, parse, allowed, None)

    def path(self, name: str) -> Path | None:
        """The absolute path of a file that exists; None when not given."""

        def parse(given: _Given) -> Path:
            if not isinstance(given.value, str):
                raise ValueError
            path = Path(given.value)
            if not path.is_absolute() or not path.is_file():
                raise ValueError
            return path

        return self._read(name, parse, "the absolute path of a file that exists", None)

    def secret(self, name: str, parse: Callable[[str], object], allowed: str) -> str | None:
        """A secret, from the environment only; its value is in no message."""
        self._environment_only.add(name.lower())
        self.names.append(name)
        value = self._environ.get(name)
        if value is None:
            return None
        try:
            parse(value)
        except SecretError as error:
            self.problem(name, f"a value that is not shown ({error})", allowed)
        return value

    def from_environment_only(self, *names: str) -> None:
        """Refuse these settings in a document."""
        self._environment_only.update(name.lower() for name in names)

    def refuse_unknown_keys(self) -> None:
        """Record each key of a document that is no setting; call it after all are read."""
        known = sorted({name.lower() for name in self.names} - self._environment_only)
        for document in self._documents:
            for key in document.values:
                if key in self._environment_only:
                    given = f"a value that is not shown, in {document.label}"
                    self.problem(key.upper(), given, "only as an environment variable")
                elif key not in known:
                    near = get_close_matches(key, known, n=1)
                    hint = f" (did you mean '{near[0]}'?)" if near else ""
                    self.problem(
                        key, f"as a key in {document.label}{hint}", f"the keys {', '.join(known)}"
                    )

    def _mentioned(self, name: str) -> bool:
        return self._find(name) is not None

    def _find(self, name: str) -> _Given | None:
        if name in self._environ:
            return _Given(self._environ[name], "the environment", is_text=True)
        if name.lower() not in self._environment_only:
            for document in self._documents:
                if name.lower() in document.values:
                    return _Given(document.values[name.lower()], document.label, is_text=False)
        return None

    def _read(
        self, name: str, parse: Callable[[_Given], Parsed], allowed: str, default: Parsed
    ) -> Parsed:
        if name not in self.names:
            self.names.append(name)
        given = self._find(name)
        if given is None:
            return default
        try:
            return parse(given)
        except (ValueError, OverflowError):
            self.problem(name, f"{_shown(given.value)} in {given.label}", allowed)
            return default


def _shown(value: object) -> str:
    # JSON in place of a name is most likely the secret itself.
    if isinstance(value, str) and "{" in value:
        return f"{len(value)} characters that are not shown"
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
