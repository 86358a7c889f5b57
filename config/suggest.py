"""What a person probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def suggestion(given: str, known: Iterable[str]) -> str:
    """``Did you mean "...?"`` with the nearest known word, or an empty string when none is near."""
    words = list(known)
    near = difflib.get_close_matches(given, words, n=1, cutoff=0.6)
    if not near:
        lower = {word.lower(): word for word in words}
        near = [lower[given.lower()]] if given.lower() in lower else []
    return f'Did you mean "{near[0]}"?' if near else ""
