"""How wide a text can be, without the font: a table that is never too narrow.

Every value is the wider one of DejaVu Sans and Liberation Sans (the metrics of Arial), so a text
that fits by this table fits with the fonts that GitHub's readers have.
"""

from __future__ import annotations

import re

# Advance widths of U+0020 to U+007E, in hundredths of an em.
_REGULAR = (
    "32 41 46 84 64 96 78 28 40 40 50 84 32 37 32 34 64 64 64 64 64 64 64 64 64 64 34 34 84 84 84 "
    "56 102 69 69 73 78 67 62 78 76 30 50 67 56 87 75 79 67 79 73 67 62 74 69 99 69 67 69 40 34 40 "
    "84 56 50 62 64 55 64 62 36 64 64 28 28 58 28 98 64 62 64 64 42 53 40 64 60 82 60 60 53 64 34 "
    "64 84"
)
_BOLD = (
    "35 46 53 84 70 101 88 31 46 46 53 84 38 42 38 37 70 70 70 70 70 70 70 70 70 70 40 40 84 84 84 "
    "62 100 78 77 74 84 69 69 83 84 38 56 78 64 100 84 86 74 86 78 73 69 82 78 111 78 73 73 46 37 "
    "46 84 56 50 68 72 60 72 68 44 72 72 35 35 67 35 105 72 69 72 72 50 60 48 72 66 93 65 66 59 72 "
    "37 72 84"
)
_OTHER = {"·": 38, "\N{EN DASH}": 56, "…": 100, "→": 100, "\N{MULTIPLICATION SIGN}": 84}
_UNKNOWN = 110


def _table(widths: str) -> dict[str, int]:
    return {chr(32 + index): int(width) for index, width in enumerate(widths.split())} | _OTHER


_TABLES = {False: _table(_REGULAR), True: _table(_BOLD)}


def text_width(text: str, *, size: float, bold: bool = False) -> float:
    """The width of the text at that font size, in the same unit; an upper bound."""
    table = _TABLES[bold]
    return sum(table.get(character, _UNKNOWN) for character in text) * size / 100


def fitted(text: str, *, width: float, size: float, bold: bool = False) -> str:
    """The text, or its beginning with an ellipsis when it would be wider than ``width``."""
    if text_width(text, size=size, bold=bold) <= width:
        return text
    kept = text
    while kept and text_width(kept.rstrip() + "…", size=size, bold=bold) > width:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def wrapped(
    text: str, *, width: float, size: float, bold: bool = False, humps: bool = False
) -> list[str]:
    """The text in lines of at most ``width``, broken at spaces; a longer part is cut.

    With ``humps`` it is broken before capital letters, as ``OrdersService`` may be.
    """
    lines: list[str] = []
    joint = "" if humps else " "
    for word in re.findall(r"[A-Z]?[^A-Z]+|[A-Z]+", text) if humps else text.split():
        longer = f"{lines[-1]}{joint}{word}" if lines else word
        if lines and text_width(longer, size=size, bold=bold) <= width:
            lines[-1] = longer
        else:
            lines.append(fitted(word, width=width, size=size, bold=bold))
    return lines
