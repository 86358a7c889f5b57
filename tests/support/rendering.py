"""Templates as text that a person can review: JSON with whatever is short on one line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

WIDTH = 160


def render(value: Any) -> str:
    """JSON, ending with a newline; an object or list that fits into the line stays on it."""
    return f"{_render(value, indent=0, used=0)}\n"


def _render(value: Any, *, indent: int, used: int) -> str:
    line = json.dumps(value, ensure_ascii=False)
    inside = list(_inside(value))
    if not inside or indent + used + len(line) <= WIDTH:
        return line
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    items = [
        (
            f"{key}{_render(item, indent=indent + 1, used=len(key) + 1)}",
            not isinstance(item, (dict, list)),
        )
        for key, item in inside
    ]
    return f"{opening}\n{_filled(items, ' ' * (indent + 1))}\n{' ' * indent}{closing}"


def _filled(items: list[tuple[str, bool]], pad: str) -> str:
    """A line for each item, but as many as fit for strings and numbers that follow each other."""
    lines: list[str] = []
    open_ = False
    for number, (text, scalar) in enumerate(items):
        item = text + ("," if number < len(items) - 1 else "")
        if open_ and scalar and len(lines[-1]) + 1 + len(item) <= WIDTH:
            lines[-1] += f" {item}"
        else:
            lines.append(f"{pad}{item}")
        open_ = scalar
    return "\n".join(lines)


def _inside(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield f"{json.dumps(key, ensure_ascii=False)}: ", item
    elif isinstance(value, list):
        for item in value:
            yield "", item


def differing_paths(value: Any, reference: Any, *, name: str, reference_name: str) -> Any:
    """What differs, as ``{path: {name: value, reference_name: value}}``; absent sides are left out.

    Lists of unequal length are compared whole: an item inserted would shift all that follow.
    """
    found = {
        "/".join(path): {
            side: item
            for side, item in ((name, one), (reference_name, other))
            if item is not _ABSENT
        }
        for path, one, other in _differences(value, reference, ())
    }
    return dict(sorted(found.items()))


_ABSENT = object()


def _differences(
    one: Any, other: Any, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in one.keys() | other.keys():
            yield from _differences(one.get(key, _ABSENT), other.get(key, _ABSENT), (*path, key))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from _differences(left, right, (*path, str(index)))
    elif one != other:
        yield path, one, other
