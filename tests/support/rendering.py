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
    pad = " " * (indent + 1)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return f"[\n{_filled(value, pad)}\n{' ' * indent}]"
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    lines = [
        f"{pad}{key}{_render(item, indent=indent + 1, used=len(key) + 1)}" for key, item in inside
    ]
    body = ",\n".join(lines)
    return f"{opening}\n{body}\n{' ' * indent}{closing}"


def _filled(texts: list[str], pad: str) -> str:
    """Several strings a line, as many as fit."""
    lines = [pad]
    for number, text in enumerate(texts):
        item = json.dumps(text, ensure_ascii=False) + ("," if number < len(texts) - 1 else "")
        if lines[-1].strip() and len(lines[-1]) + len(item) + 1 > WIDTH:
            lines.append(pad)
        lines[-1] += f" {item}" if lines[-1].strip() else item
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
