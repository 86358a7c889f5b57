"""Tables for a terminal and for a log, and JSON."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, styles: Sequence[str]
) -> None:
    """Print the rows; `styles` has rich's style of each. A log gets neither box nor wrapping."""
    if sys.stdout.isatty():
        Console().print(_table(columns, rows, styles=styles))
        return
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    for row in (columns, *rows):
        cells = zip(row, widths, strict=True)
        print("  ".join(cell.ljust(width) for cell, width in cells).rstrip())


def _table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, styles: Sequence[str]
) -> Table:
    """Lines without a frame, which leave a narrow terminal to the words; no word is cut."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
    for cells in zip(columns, *rows, strict=True):
        longest = max(len(word) for cell in cells for word in cell.split() or [""])
        table.add_column(cells[0], min_width=longest)
    for row, style in zip(rows, styles, strict=True):
        # As Text, so that nothing in a name is taken for rich's markup.
        table.add_row(*map(Text, row), style=style)
    return table


def as_json(value: Any) -> Any:
    """Return dataclasses and times as what JSON has; times in ISO 8601."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: as_json(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    return value


def print_json(document: Any) -> None:
    """Print it indented, for people who pipe it into `less`."""
    print(json.dumps(as_json(document), indent=2))


def print_line(document: Mapping[str, Any]) -> None:
    """Print it on one line, at once."""
    print(json.dumps(as_json(document)), flush=True)
