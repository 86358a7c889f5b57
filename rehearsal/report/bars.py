"""Bars on the axis of time, one to a row, each with its text beside it.

A text stands behind its bar, or before it where that side has more room. It is never inside a
stretched drawing, so it is as readable on a phone as on a wide screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .axis import FINE, WIDTH, Axis
from .charts import drawing
from .markup import Html, element

ROW = 19.0
_BAR = 13.0
_NARROWEST = 7
# A phone's chart is some 300 pixels wide; a letter of a bar's text takes some 6.5 of them.
_LETTER = 6.5 / 300
_ROOMY = 0.5
# A name that may not fit, and is cut then.
_LONG = 24
# Left of the chart nothing stands beside bars.
_GUTTER = 0.12

Look = Literal["blue", "green", "plain", "bad", "standby", "none"]


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One row. ``name`` is always shown, ``detail`` only where the page is wide."""

    start: float
    end: float
    look: Look
    name: str
    detail: str = ""
    note: str = ""


def bars(rows: Sequence[Bar], axis: Axis, *, title: str, description: str) -> Html:
    """The drawing with a list of its texts over it."""
    height = ROW * len(rows)
    shapes = [shape for index, bar in enumerate(rows) for shape in _shapes(bar, axis, index * ROW)]
    return element(
        "div",
        drawing(*shapes, height=height, title=title, description=description),
        element(
            "ol", *[_label(bar, axis, index) for index, bar in enumerate(rows)], class_="labels"
        ),
        class_="plot bars",
        style=f"height:{height:g}px",
    )


def _shapes(bar: Bar, axis: Axis, top: float) -> list[Html]:
    left, right = axis.x(bar.start), axis.x(bar.end)
    if right - left < _NARROWEST:
        left = min(left, WIDTH - _NARROWEST)
        right = left + _NARROWEST
    y, height = round(FINE * (top + (ROW - _BAR) / 2)), round(FINE * _BAR)
    path = f"M{left} {y}h{right - left}v{height}h{left - right}z"
    found = [element("path", class_=f"bar-{bar.look}", d=path)]
    if bar.look == "green":
        found.append(element("path", class_="area-ruled", d=path))
    return found


def _label(bar: Bar, axis: Axis, index: int) -> Html:
    start, end = axis.share(bar.start), axis.share(bar.end)
    needed = _LETTER * (len(bar.name) + len(bar.note) + 2)
    if 1 - end >= min(needed, _ROOMY):
        place, style = "after", f"left:{100 * end:.4g}%;max-width:{100 * (1 - end):.4g}%"
    elif start + _GUTTER >= min(needed, _ROOMY):
        place = "before"
        style = f"right:{100 * (1 - start):.4g}%;max-width:calc({100 * start:.4g}% + var(--left))"
    else:
        place, style = "inside", f"left:{100 * start:.4g}%;max-width:{100 * (1 - start):.4g}%"
    return element(
        "li",
        element("b", bar.name),
        element("em", f" {bar.note}") if bar.note else None,
        element("span", f" {bar.detail}", class_="wide") if bar.detail else None,
        class_=place,
        title=bar.name if len(bar.name) > _LONG else None,
        style=f"{style};top:{index * ROW:g}px",
    )
