"""Draws the road: the pipeline's own steps on top, below it one lane for each environment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assembly.pictures_columns import Drawn, Grid, draw_columns, extent
from assembly.road import Column, Lane, Road
from assembly.svg import HEADING, SMALL, TITLE, Box, Drawing

WIDTH = 900
MARGIN = 20
PAD = 14
HEADER = 36
BETWEEN = 44
MOST_COLUMNS = 5
NO_APPROVAL = Column(kind="open", caption="no approval", names=(("starts by itself",),))


def draw_road(road: Road) -> Drawing:
    """The picture: the pipeline's lane, then the environments' lanes."""
    drawing = Drawing(
        title=f"The road of a change through the pipeline {road.name}",
        description=describe(road),
        width=WIDTH,
    )
    lanes = _aligned(road.lanes)
    most = max(len(columns) for columns in (road.columns, *(lane.columns for lane in lanes)))
    grid = Grid(
        columns=min(max(most, 3), MOST_COLUMNS),
        left=MARGIN + PAD,
        right=WIDTH - MARGIN - PAD,
    )
    drawing.height = _draw(drawing, road, lanes, grid) + MARGIN
    return drawing


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
    columns, loop = _own(road, grid)
    y, drawn = _lane(
        drawing,
        grid,
        54,
        name=f"Pipeline {road.name}",
        places=(place, ""),
        columns=columns,
        below=loop,
    )
    if loop:
        _loop(drawing, columns, drawn)
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
            name=lane.name,
            places=(f"account {accounts} · {regions}", f"{lane.stacks} stacks"),
            columns=lane.columns,
            tracks=tracks,
        )
        reason = _passed(lane.gates)
    return y


def _own(road: Road, grid: Grid) -> tuple[tuple[Column, ...], float]:
    """The pipeline's own columns, and the room below them for the way back to the start.

    In more than one line the way back would cross boxes, so it is said in words.
    """
    if not road.restarts or not any(c.kind == "self-mutation" for c in road.columns):
        return road.columns, 0
    if len(road.columns) <= grid.columns:
        return road.columns, 20
    said = (
        replace(column, detail="starts again if changed")
        if column.kind == "self-mutation"
        else column
        for column in road.columns
    )
    return tuple(said), 0


def _passed(gates: Sequence[str]) -> str:
    if not gates:
        return "when every stack is deployed"
    return f"when {' and '.join(gates)} {'has' if len(gates) == 1 else 'have'} passed"


def _lane(
    drawing: Drawing,
    grid: Grid,
    y: float,
    *,
    name: str,
    places: tuple[str, str],
    columns: Sequence[Column],
    tracks: tuple[str, ...] = (),
    below: float = 0,
) -> tuple[float, Drawn]:
    """One lane at ``y``: where it ends, and its boxes. ``below`` is room under the boxes."""
    height = extent(grid, columns, tracks) + HEADER + PAD + below
    lane = drawing.box(MARGIN, y, WIDTH - 2 * MARGIN, height, tone="lane", radius=8)
    title = Box(x=lane.x, y=y, width=lane.width - 90, height=HEADER, tone="lane")
    drawing.heading(title, lane.x + PAD, y + 23, name, places[0], font=HEADING)
    drawing.text(lane, lane.right - PAD, y + 23, places[1], font=SMALL, anchor="end")
    return lane.bottom, draw_columns(drawing, grid, y + HEADER, columns, tracks)


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
