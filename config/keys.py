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
    return _answered(table, split(key)) == len(split(key))


def decides(table: Table, key: str) -> str:
    """The part of the key that the table, laid over another one, answers for; empty when none.

    All of the key when the table holds it. The key of a list or a plain value on the way when there
    is one: the list replaces the other table's list, so nothing of that is left below it.
    """
    segments = split(key)
    reached = _answered(table, segments)
    here: Any = table
    for place, segment in enumerate(segments[:reached], start=1):
        here = here[int(segment)] if _is_list(here) else here[segment]
        if reached < len(segments) and not isinstance(here, Mapping):
            return join(*segments[:place])
    return join(*segments) if reached == len(segments) else ""


def _answered(table: Table, segments: tuple[str, ...]) -> int:
    here: Any = table
    for count, segment in enumerate(segments):
        if isinstance(here, Mapping) and segment in here:
            here = here[segment]
        elif _is_list(here) and segment.isdigit() and int(segment) < len(here):
            here = here[int(segment)]
        else:
            return count
    return len(segments)


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _written(segment: str) -> str:
    if _BARE.fullmatch(segment) or set(segment) == {"*"}:
        return segment
    escaped = segment.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
