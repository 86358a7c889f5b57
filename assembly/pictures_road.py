"""Draws the road: the pipeline's own steps on top, below it one lane for each environment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assembly.road import Column, Kind, Lane, Road
from assembly.svg import HEADING, SMALL, SMALL_STRONG, TITLE, Box, Drawing, Font
from assembly.themes import Tone

WIDTH = 900
MARGIN = 20
PAD = 14
ARROW = 24
HEADER = 36
BETWEEN = 44
LINE = 16
CAPTION = 26
MOST_COLUMNS = 6
MOST_NAMES = 10
NAME = Font(size=11)
TONES: dict[Kind, Tone] = {"approval": "approval", "gate": "gate"}
NO_APPROVAL = Column(kind="open", caption="no approval", names=(("starts by itself",),))


@dataclass(frozen=True)
class Grid:
    """Columns of equal width in the lanes."""

    columns: int

    @property
    def width(self) -> float:
        """One column's width."""
        room = WIDTH - 2 * (MARGIN + PAD) - (self.columns - 1) * ARROW
        return room // self.columns

    def x(self, index: int) -> float:
        """The left edge of a column."""
        return MARGIN + PAD + index % self.columns * (self.width + ARROW)


@dataclass(frozen=True)
class Drawn:
    """The boxes of the columns, one list a column, and where they end."""

    columns: list[list[Box]]
    bottom: float


def draw_road(road: Road) -> str:
    """The picture as an SVG document."""
    lanes = _aligned(road.lanes)
    most = max(len(columns) for columns in (road.columns, *(lane.columns for lane in lanes)))
    grid = Grid(min(max(most, 3), MOST_COLUMNS))
    drawing = road_drawing(road)
    return drawing.render(_draw(drawing, road, lanes, grid))


def road_drawing(road: Road) -> Drawing:
    """An empty drawing with the road's title and description."""
    return Drawing(
        title=f"The road of a change through the pipeline {road.name}",
        description=describe(road),
        width=WIDTH,
    )


def describe(road: Road) -> str:
    """The picture in sentences."""
    own = ", then ".join(_words(column) for column in road.columns)
    sentences = [f"In account {road.account}, {road.region}: {own}."]
    for lane in road.lanes:
        places = " and ".join(f"{track.account} in {track.region}" for track in lane.tracks)
        steps = ", then ".join(_words(column) for column in lane.columns)
        sentences.append(f"{lane.name} (account {places}): {steps}.")
    return " ".join(sentences)


def _words(column: Column) -> str:
    return f"{column.caption} ({', '.join(column.names[0])})"


def _aligned(lanes: Sequence[Lane]) -> tuple[Lane, ...]:
    """Lanes in which the stacks begin in the same column, whether a person approves or not."""
    if not any(lane.columns[0].kind == "approval" for lane in lanes):
        return tuple(lanes)
    return tuple(
        lane
        if lane.columns[0].kind == "approval"
        else replace(lane, columns=(NO_APPROVAL, *lane.columns))
        for lane in lanes
    )


def _draw(drawing: Drawing, road: Road, lanes: Sequence[Lane], grid: Grid) -> float:
    drawing.text(drawing.page, MARGIN, 36, "The road of a change", font=TITLE)
    drawing.text(
        drawing.page,
        WIDTH - MARGIN,
        36,
        "left to right, top to bottom; what shares a box runs side by side",
        font=SMALL,
        anchor="end",
    )
    place = f"account {road.account} · {road.region}"
    loop = 30 if road.restarts else 0
    y, drawn = _lane(
        drawing, grid, 54, f"Pipeline {road.name}", (place, ""), road.columns, (), loop
    )
    if road.restarts:
        _loop(drawing, road.columns, drawn)
    reason = "when every step has passed"
    for lane in lanes:
        start = drawn.columns[-1][-1].centre
        y = _join(drawing, grid, start, y, reason)
        regions = " · ".join(dict.fromkeys(track.region for track in lane.tracks))
        accounts = ", ".join(dict.fromkeys(track.account for track in lane.tracks))
        tracks = (
            tuple(f"{t.region} · {t.name}" for t in lane.tracks) if len(lane.tracks) > 1 else ()
        )
        y, drawn = _lane(
            drawing,
            grid,
            y,
            lane.name,
            (f"account {accounts} · {regions}", f"{lane.stacks} stacks"),
            lane.columns,
            tracks,
        )
        reason = f"when {' and '.join(lane.gates)} has passed" if lane.gates else "when deployed"
    return y + MARGIN


def _lane(
    drawing: Drawing,
    grid: Grid,
    y: float,
    name: str,
    places: tuple[str, str],
    columns: Sequence[Column],
    tracks: tuple[str, ...],
    below: float = 0,
) -> tuple[float, Drawn]:
    """One lane at ``y``: where it ends, and its boxes. ``below`` is room under the boxes."""
    height = _extent(grid, columns, tracks) + HEADER + PAD + below
    lane = drawing.box(MARGIN, y, WIDTH - 2 * MARGIN, height, tone="lane", radius=8)
    left = drawing.text(lane, lane.x + PAD, y + 23, name, font=HEADING)
    drawing.text(lane, left.left + left.width + 12, y + 23, places[0], font=SMALL)
    drawing.text(lane, lane.right - PAD, y + 23, places[1], font=SMALL, anchor="end")
    return lane.bottom, _columns(drawing, grid, y + HEADER, columns, tracks)


def _chunks(grid: Grid, columns: Sequence[Column]) -> list[Sequence[Column]]:
    return [columns[i : i + grid.columns] for i in range(0, len(columns), grid.columns)]


def _lines(column: Column, names: tuple[str, ...]) -> list[str]:
    shown = list(names)
    if len(shown) > MOST_NAMES:
        shown = [*shown[: MOST_NAMES - 1], f"and {len(shown) - MOST_NAMES + 1} more"]
    return [*shown, *([column.detail] if column.detail else [])]


def _box_height(column: Column, names: tuple[str, ...]) -> float:
    return CAPTION + LINE * len(_lines(column, names)) + 6


def _rows(columns: Sequence[Column], tracks: tuple[str, ...]) -> list[float]:
    """The height of each track's boxes; a column for the whole lane must fit into all of them."""
    rows = [0.0] * max(1, len(tracks))
    for column in columns:
        if len(column.names) == len(rows):
            rows = [max(r, _box_height(column, n)) for r, n in zip(rows, column.names, strict=True)]
    return rows


def _extent(grid: Grid, columns: Sequence[Column], tracks: tuple[str, ...]) -> float:
    label = LINE + 4 if tracks else 0
    chunks = _chunks(grid, columns)
    return (
        sum(sum(_rows(chunk, tracks)) for chunk in chunks)
        + len(chunks) * label * max(1, len(tracks))
        + ARROW * (len(chunks) - 1)
    )


def _columns(
    drawing: Drawing, grid: Grid, y: float, columns: Sequence[Column], tracks: tuple[str, ...]
) -> Drawn:
    label = LINE + 4 if tracks else 0
    drawn: list[list[Box]] = []
    for chunk in _chunks(grid, columns):
        rows = _rows(chunk, tracks)
        tops = [y + label * (i + 1) + sum(rows[:i]) for i in range(len(rows))]
        for index, column in enumerate(chunk):
            spans = (
                list(zip(tops, rows, strict=True))
                if len(column.names) == len(rows)
                else [(tops[0], tops[-1] + rows[-1] - tops[0])]
            )
            boxes = [
                _box(drawing, column, names, (grid.x(index), top), (grid.width, height))
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
    column: Column,
    names: tuple[str, ...],
    at: tuple[float, float],
    size: tuple[float, float],
) -> Box:
    tone = TONES.get(column.kind, "surface")
    box = drawing.box(*at, *size, tone=tone, dashed=column.kind == "open")
    ink: Tone = tone if tone != "surface" else "muted"
    caption = replace(SMALL_STRONG, tone=ink)
    drawing.text(box, box.x + 10, box.y + 19, column.caption, font=caption)
    for index, line in enumerate(_lines(column, names)):
        detail = index >= len(names) or column.kind == "open"
        font = SMALL if detail else NAME
        drawing.text(box, box.x + 10, box.y + CAPTION + 11 + LINE * index, line, font=font)
    return box


def _loop(drawing: Drawing, columns: Sequence[Column], drawn: Drawn) -> None:
    """From the self-mutation back to the start."""
    for column, boxes in zip(columns, drawn.columns, strict=True):
        if column.kind != "self-mutation":
            continue
        start, end = boxes[0], drawn.columns[0][0]
        low = max(start.bottom, end.bottom) + 22
        drawing.arrow(
            (start.centre, start.bottom),
            (start.centre, low),
            (end.centre, low),
            (end.centre, end.bottom),
            dashed=True,
        )
        drawing.text(
            drawing.page,
            (start.centre + end.centre) / 2,
            low - 6,
            "the pipeline itself has changed: it starts again",
            font=SMALL,
            anchor="middle",
        )


def _join(drawing: Drawing, grid: Grid, start: float, y: float, reason: str) -> float:
    """From one lane's last column to the next lane's first; returns the next lane's top."""
    end, turn = grid.x(0) + grid.width / 2, y + BETWEEN / 2
    drawing.arrow((start, y), (start, turn), (end, turn), (end, y + BETWEEN))
    drawing.text(drawing.page, (start + end) / 2, turn - 6, reason, font=SMALL, anchor="middle")
    return y + BETWEEN
