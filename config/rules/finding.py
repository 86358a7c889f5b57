"""What a rule about one service or environment finds, before its place in a file is known."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A broken rule.

    ``keys`` are all keys that take part, the one to change first. The rest is as in
    ``config.errors.ConfigError``.
    """

    keys: tuple[str, ...]
    message: str
    given: str = ""
    allowed: str = ""
    hint: str = ""
