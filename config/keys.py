"""Dotted keys, as a person writes them in a TOML file, and what a table holds under one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

Table: TypeAlias = Mapping[str, Any]
Segment: TypeAlias = str | int

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SEGMENT = re.compile(r'"((?:[^"\\]|\\.)*)"|([^.]+)')


def join(*segments: Segment) -> str:
    """The dotted key of the segments; one that is no bare TOML key is put in quotes."""
    return ".".join(_written(str(segment)) for segment in segments)


def split(key: str) -> tuple[str, ...]:
    """The segments of a dotted key; the inverse of ``join`` (list indexes come back as digits)."""
    return tuple(
        re.sub(r"\\(.)", r"\1", quoted) if quoted or not bare else bare
        for quoted, bare in _SEGMENT.findall(key)
    )


def holds(table: Table, key: str) -> bool:
    """Whether the table has something under that dotted key."""
    here: Any = table
    for segment in split(key):
        if isinstance(here, Mapping) and segment in here:
            here = here[segment]
        elif _is_list(here) and segment.isdigit() and int(segment) < len(here):
            here = here[int(segment)]
        else:
            return False
    return True


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _written(segment: str) -> str:
    if _BARE.fullmatch(segment) or set(segment) == {"*"}:
        return segment
    escaped = segment.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
