"""One mistake in the configuration, and the error that it must lead to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Row:
    """One edit (old text -> new text) and parts of the one error it must lead to."""

    name: str
    file: str
    old: str
    new: str
    key: str
    message: str
    given: str = ""
    allowed: str = ""
    hint: str = ""
    error_file: str = ""
    errors: int = 1
    unknown_to_schema: bool = False
