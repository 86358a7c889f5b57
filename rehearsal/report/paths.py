"""Paths of the charts in whole units, relative and without the points that change nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .axis import FINE, WIDTH, Axis
from .points import Point, Points

Dot = tuple[int, int]
Value = Callable[[Point], float | None]


class Pen:
    """Where values of a series are on a chart. ``top`` and ``bottom``: pixels from its upper edge.

    ``scale`` gives a value's height, 0 to 1.
    """

    def __init__(
        self, axis: Axis, *, top: float, bottom: float, scale: Callable[[float], float]
    ) -> None:
        self._axis, self._top, self._bottom, self._scale = axis, top, bottom, scale

    @property
    def ground(self) -> int:
        """The y of nothing."""
        return round(FINE * self._bottom)

    def y(self, value: float) -> int:
        """The y of a value."""
        height = min(max(self._scale(value), 0.0), 1.0)
        return round(FINE * (self._bottom - height * (self._bottom - self._top)))

    def dots(self, points: Points, value: Value, *, steps: bool = False) -> list[list[Dot]]:
        """The dots of each unbroken part of a series; a point without a value breaks it.

        With ``steps`` a value stays until the next one and the last as long as its point lasts;
        without, it stands in the middle of what its point stands for.
        """
        parts: list[list[Dot]] = []
        for run in points.runs:
            part: list[Dot] = []
            for point in run:
                found = value(point)
                if found is None:
                    part = []
                    continue
                x, y = self._axis.x(point.at + (0 if steps else points.seconds / 2)), self.y(found)
                if not part:
                    parts.append(part)
                elif steps:
                    part[-1] = (x, part[-1][1])
                part.append((x, y))
                if steps:
                    part.append((self._axis.x(point.at + points.seconds), y))
        return [_long_enough(part) for part in parts]


def line(parts: Iterable[list[Dot]]) -> str:
    """An open path through each part."""
    return "".join(_path(_thin(part)) for part in parts)


def area(parts: Iterable[list[Dot]], ground: int) -> str:
    """A closed path from each part down, or up, to ``ground``."""
    return "".join(
        _path([(part[0][0], ground), *_thin(part), (part[-1][0], ground)]) + "z" for part in parts
    )


def between(upper: Iterable[list[Dot]], lower: Iterable[list[Dot]]) -> str:
    """A closed path around what lies between two series that break at the same points."""
    return "".join(
        _path([*_thin(one), *reversed(_thin(other))]) + "z"
        for one, other in zip(upper, lower, strict=True)
    )


def _long_enough(part: list[Dot]) -> list[Dot]:
    """A single dot has no length and would not be seen."""
    (first, y), (last, _) = part[0], part[-1]
    if last - first >= 4:
        return part
    left = min(max(first - 4, 0), WIDTH - 8)
    return [(left, y), (left + 8, y)]


def _thin(part: list[Dot]) -> list[Dot]:
    kept = part[:1]
    for before, dot, after in zip(part, part[1:], part[2:], strict=False):
        level = before[1] == dot[1] == after[1]
        upright = before[0] == dot[0] == after[0]
        if not (level or upright or dot == before):
            kept.append(dot)
    return kept + part[1:][-1:]


def _path(part: list[Dot]) -> str:
    x, y = part[0]
    written = f"M{x} {y}"
    for to_x, to_y in part[1:]:
        right, down = to_x - x, to_y - y
        if right and down:
            written += f"l{right}{' ' if down > 0 else ''}{down}"
        elif right:
            written += f"h{right}"
        elif down:
            written += f"v{down}"
        x, y = to_x, to_y
    return written
