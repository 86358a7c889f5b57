"""Text as a terminal or a log may show it."""

from __future__ import annotations

import unicodedata
from typing import TextIO

_CATEGORIES = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


def printable(text: str) -> str:
    """The text on one line: white space becomes one space, other control characters become `?`.

    Also those that only change how others are shown (direction, joining): whoever wrote the text
    is not to move the reader's cursor.
    """
    plain = "".join(
        " " if char.isspace() else "?" if unicodedata.category(char) in _CATEGORIES else char
        for char in text
    )
    return " ".join(plain.split())


def written(text: str, stream: TextIO) -> str:
    """The text with `?` for what the stream's encoding does not have."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, errors="replace").decode(encoding)


def span(seconds: float) -> str:
    """Seconds as `12 s`, `2 min 5 s`, `2 min` or `1 h 2 min`."""
    total = max(0, round(seconds))
    minutes, rest = divmod(total, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    if minutes:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{rest} s"


def milliseconds(value: float | None) -> str:
    """A latency as `12 ms`, or `-` when nothing was measured."""
    return "-" if value is None else f"{value:,.0f} ms"
