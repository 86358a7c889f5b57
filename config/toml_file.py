"""One TOML file as a table, or the reason why it is none."""

from __future__ import annotations

import datetime
import math
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from config.errors import ConfigError, shown
from config.keys import Segment, join
from config.secret_words import without_secret

_POSITION = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
_LARGEST = 2**63 - 1
_DEEPEST = 30
_BOM = b"\xef\xbb\xbf"


def read_table(*, root: Path, file: str) -> tuple[dict[str, Any] | None, list[ConfigError]]:
    """The file's table and the errors met on the way; the table is ``None`` when there is none.

    ``file`` is relative to ``root``. Values that TOML has and the configuration has not (dates,
    ``nan``, ``inf``, integers beyond 64 bits) are errors that name their key.
    """
    try:
        data = (root / file).read_bytes()
    except FileNotFoundError:
        return None, [ConfigError(file=file, message="The file is missing.", hint="Create it.")]
    except IsADirectoryError:
        return None, [ConfigError(file=file, message="This is a folder; a file is needed here.")]
    except OSError as error:
        return None, [
            ConfigError(
                file=file,
                message=f"The file cannot be read: {error.strerror or 'unknown error'}.",
                hint="Check its permissions.",
            )
        ]
    return _parsed(file=file, data=data)


def _parsed(*, file: str, data: bytes) -> tuple[dict[str, Any] | None, list[ConfigError]]:
    if data.startswith(_BOM):
        return None, [
            ConfigError(
                file=file,
                message="The file begins with a byte order mark, which TOML does not know.",
                hint="Save it as UTF-8 without a byte order mark.",
            )
        ]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return None, [
            ConfigError(
                file=file,
                message=f"The file is not UTF-8: byte {error.start + 1}, in line {line}, is none.",
                given=f"0x{data[error.start]:02x}",
                allowed="TOML files are UTF-8.",
                hint="Save it as UTF-8.",
            )
        ]
    if not text.strip():
        return None, [ConfigError(file=file, message="The file is empty.")]
    try:
        table = tomllib.loads(text)
    except RecursionError:
        return None, [ConfigError(file=file, message="The file's values are nested too deeply.")]
    except ValueError as error:
        return None, [_broken(file=file, text=text, error=error)]
    errors = [
        ConfigError(file=file, key=join(*path), message=message, given=shown(value), hint=hint)
        for path, value, message, hint in _foreign(table)
    ]
    return table, errors


def _broken(*, file: str, text: str, error: ValueError) -> ConfigError:
    said = str(error)
    found = _POSITION.search(said)
    lines = text.replace("\r\n", "\n").split("\n")
    what = _POSITION.sub("", said).rstrip(".")
    if found and found.group(1):
        line, column = int(found.group(1)), int(found.group(2))
        where = f"line {line}, column {column}"
    elif found:
        line = max(index for index, content in enumerate(lines, start=1) if content.strip())
        where = f"the end of the file; the last line is line {line}"
    else:
        return ConfigError(file=file, message=f"This is not TOML: {what}.")
    return ConfigError(
        file=file,
        message=f"This is not TOML: {what}, at {where}.",
        given=without_secret(lines[line - 1].strip()),
        hint='Text needs quotes, and a key stands once in its table: key = "value".',
    )


def _foreign(
    value: object, *path: Segment
) -> Iterator[tuple[tuple[Segment, ...], object, str, str]]:
    if len(path) > _DEEPEST:
        yield path[:3], "...", "The values here are nested too deeply.", ""
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _foreign(item, *path, key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _foreign(item, *path, index)
    elif isinstance(value, datetime.date | datetime.time):
        message = "Dates and times are not used here."
        yield path, value, message, f'If text is meant, put it in quotes: "{value}".'
    elif isinstance(value, float) and not math.isfinite(value):
        yield path, value, "This is not a finite number.", "Write a plain number."
    elif isinstance(value, int) and abs(value) > _LARGEST:
        yield path, value, "This number does not fit 64 bits.", "Write a smaller number."
