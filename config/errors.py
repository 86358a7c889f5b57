"""What is wrong with the configuration, said so that the reader can put it right at once."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_WIDTH = 100
_LABEL = 9
_LONGEST_VALUE = 160


@dataclass(frozen=True, kw_only=True, order=True)
class ConfigError:
    """One mistake.

    ``file`` is relative to the repository's root; ``key`` is dotted, as written in the file, and
    empty when the whole file is meant. ``message`` says what is wrong; ``given`` is what the file
    says (see ``shown``), ``allowed`` what it may say, ``hint`` what to do. The last three may be
    empty.
    """

    file: str
    key: str = ""
    message: str
    given: str = ""
    allowed: str = ""
    hint: str = ""

    def render(self) -> str:
        """The error as a few aligned lines, without a line break at the end."""
        head = f"{self.file}: {self.key}" if self.key else self.file
        lines = [head, *_wrapped(self.message, label="")]
        for label, text in (("given", self.given), ("allowed", self.allowed), ("hint", self.hint)):
            if text:
                lines += _wrapped(text, label=label)
        return "\n".join(lines)


class ConfigurationInvalid(Exception):
    """Raised by ``config.load.load`` with all errors of the run, sorted by file and key."""

    def __init__(self, *, errors: Iterable[ConfigError]) -> None:
        self.errors: tuple[ConfigError, ...] = tuple(sorted(set(errors)))
        super().__init__(self.render())

    def render(self) -> str:
        """All errors, with their number first; what a person is shown."""
        many = len(self.errors)
        head = f"{many} error{'' if many == 1 else 's'} in the configuration; nothing was written."
        return "\n\n".join([head, *(error.render() for error in self.errors)])


def shown(value: object) -> str:
    """A value as TOML would write it, on one line, cut after 160 characters."""
    text = _toml(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 3]}..."


def choices(values: Iterable[object]) -> str:
    """The values, shown, with commas: what is allowed."""
    return ", ".join(shown(value) for value in values)


def _wrapped(text: str, *, label: str) -> list[str]:
    first = f"    {label:<{_LABEL}}" if label else "    "
    rest = " " * len(first)
    lines: list[str] = []
    for line in text.splitlines():
        lines += textwrap.wrap(
            line,
            width=_WIDTH,
            initial_indent=rest if lines else first,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
            drop_whitespace=True,
        ) or [rest.rstrip()]
    return lines


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        items = [f"{key} = {_toml(item)}" for key, item in value.items() if item is not None]
        return f"{{ {', '.join(items)} }}" if items else "{}"
    if isinstance(value, Sequence):
        return f"[{', '.join(_toml(item) for item in value)}]"
    return str(value)
