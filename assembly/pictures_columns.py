"""Draws what runs one after the other as columns, and what runs at the same time as one box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assembly.road import Column, Kind
from assembly.svg import SMALL, SMALL_STRONG, Box, Drawing, Font
from assembly.text_width import wrapped
from assembly.themes import Tone

ARROW = 24
LINE = 16
CAPTION = 26
MOST_NAMES = 10
NAME = Font(size=11)
TONES: dict[Kind, Tone] = {"approval": "approval", "gate": "gate"}


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Columns of equal width between two edges."""

    columns: int
    left: float
    right: float

    @property
    def width(self) -> float:
        """One column's width."""
        return (self.right - self.left - (self.columns - 1) * ARROW) // self.columns

    def x(self, index: int) -> float:
        """The left edge of a column."""
        return self.left + index % self.columns * (self.width + ARROW)


@dataclass(frozen=True)
class Drawn:
    """The boxes of the columns, one list a column, and where they end."""

    columns: list[list[Box]]
    bottom: float


def _chunks(grid: Grid, columns: Sequence[Column]) -> list[Sequence[Column]]:
    return [columns[i : i + grid.columns] for i in range(0, len(columns), grid.columns)]


def _lines(grid: Grid, column: Column, names: tuple[str, ...]) -> list[tuple[str, Font, float]]:
    detail = SMALL if column.kind == "open" else NAME
    shown, more = names, 0
    if len(names) > MOST_NAMES:
        shown, more = names[: MOST_NAMES - 1], len(names) - MOST_NAMES + 1
    lines = [
        (line, detail, 10 if position == 0 else 20)
        for name in shown
        for position, line in enumerate(
            wrapped(name, width=grid.width - 30, size=NAME.size, humps=" " not in name)
        )
    ]
    after = [*([f"and {more} more"] if more else []), *([column.detail] if column.detail else [])]
    return [*lines, *((line, SMALL, 10) for line in after)]


def _box_height(grid: Grid, column: Column, names: tuple[str, ...]) -> float:
    return CAPTION + LINE * len(_lines(grid, column, names)) + 6


def _rows(grid: Grid, columns: Sequence[Column], tracks: tuple[str, ...]) -> list[float]:
    """The height of each track's boxes; a column for the whole lane must fit into all of them."""
    rows = [0.0] * max(1, len(tracks))
    for column in columns:
        if len(column.names) == len(rows):
            rows = [
                max(r, _box_height(grid, column, n))
                for r, n in zip(rows, column.names, strict=True)
            ]
    return rows


def extent(grid: Grid, columns: Sequence[Column], tracks: tuple[str, ...]) -> float:
    """How high ``draw_columns`` will be."""
    label = LINE + 4 if tracks else 0
    chunks = _chunks(grid, columns)
    return (
        sum(sum(_rows(grid, chunk, tracks)) for chunk in chunks)
        + len(chunks) * label * max(1, len(tracks))
        + ARROW * (len(chunks) - 1)
    )


def draw_columns(
    drawing: Drawing, grid: Grid, y: float, columns: Sequence[Column], tracks: tuple[str, ...]
) -> Drawn:
    """Draw the columns from ``y`` on, joined by arrows; ``tracks`` labels the rows of stacks.

    What does not fit into the grid's columns continues in a line below.
    """
    label = LINE + 4 if tracks else 0
    drawn: list[list[Box]] = []
    for chunk in _chunks(grid, columns):
        rows = _rows(grid, chunk, tracks)
        tops = [y + label * (i + 1) + sum(rows[:i]) for i in range(len(rows))]
        for index, column in enumerate(chunk):
            spans = (
                list(zip(tops, rows, strict=True))
                if len(column.names) == len(rows)
                else [(tops[0], tops[-1] + rows[-1] - tops[0])]
            )
            boxes = [
                _box(
                    drawing,
                    grid,
                    column,
                    names=names,
                    at=(grid.x(index), top),
                    size=(grid.width, height),
                )
                for names, (top, height) in zip(column.names, spans, strict=True)
            ]
            if column.kind == "stacks":
                for track, (top, _) in zip(tracks, spans, strict=False):
                    if not any(c.kind == "stacks" for c in chunk[:index]):
                        drawing.text(drawing.page, grid.x(index), top - 6, track, font=SMALL_STRONG)
            if index:
                for top, height in zip(tops, rows, strict=True):
                    at = top + height / 2
                    drawing.arrow((drawn[-1][0].right, at), (boxes[0].x, at))
            elif drawn:
                last = drawn[-1][-1]
                turn = y - ARROW / 2
                drawing.arrow(
                    (last.centre, last.bottom),
                    (last.centre, turn),
                    (boxes[0].centre, turn),
                    (boxes[0].centre, boxes[0].y),
                )
            drawn.append(boxes)
        y = tops[-1] + rows[-1] + ARROW
    return Drawn(drawn, y - ARROW)


def _box(
    drawing: Drawing,
    grid: Grid,
    column: Column,
    *,
    names: tuple[str, ...],
    at: tuple[float, float],
    size: tuple[float, float],
) -> Box:
    tone = TONES.get(column.kind, "surface")
    box = drawing.box(*at, *size, tone=tone, dashed=column.kind == "open")
    ink: Tone = tone if tone != "surface" else "muted"
    caption = replace(SMALL_STRONG, tone=ink)
    drawing.text(box, box.x + 10, box.y + 19, column.caption, font=caption)
    for index, (line, font, indent) in enumerate(_lines(grid, column, names)):
        drawing.text(box, box.x + indent, box.y + CAPTION + 11 + LINE * index, line, font=font)
    return box
