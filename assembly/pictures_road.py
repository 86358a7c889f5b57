"""Draws the road: the pipeline's own steps on top, below it one lane for each environment."""

from __future__ import annotations

from dataclasses import replace

from assembly.road import Column, Kind, Lane, Road
from assembly.svg import BODY, HEADING, SMALL, SMALL_STRONG, STRONG, TITLE, Box, Drawing
from assembly.text_width import text_width
from assembly.themes import Tone

WIDTH = 900
MARGIN = 20
PAD = 14
ARROW = 22
HEADER = 34
BETWEEN = 40
LINE = 16
MOST_COLUMNS = 6
MOST_NAMES = 10
TONES: dict[Kind, Tone] = {"approval": "approval", "gate": "gate"}
NO_APPROVAL = Column(kind="build", caption="no approval", names=(("starts by itself",),))


def draw_road(road: Road) -> tuple[Drawing, float]:
    """The picture and its height."""
    drawing = Drawing(
        title=f"The road of a change through pipeline {road.name}",
        description=_description(road),
        width=WIDTH,
    )
    page = drawing.page
    drawing.text(page, MARGIN, 36, "The road of a change", font=TITLE)
    drawing.text(
        page,
        WIDTH - MARGIN,
        36,
        "Columns run from left to right; what shares a box runs at the same time",
        font=SMALL,
        anchor="end",
    )
    lanes = _aligned(road.lanes)
    count = max(4, *(len(columns) for columns in (road.columns, *(l.columns for l in lanes))))
    grid = _Grid(columns=min(count, MOST_COLUMNS))
    y = _draw_own(drawing, road, grid, 54.0)
    reason = "when all of it has passed"
    for lane in lanes:
        y = _join(drawing, grid, y, reason)
        y = _draw_lane(drawing, lane, grid, y)
        reason = f"when {' and '.join(lane.gates)} passed" if lane.gates else "when all is deployed"
    note = "Stack: its change set is made, then executed. Every name is an action's name in CodePipeline."
    drawing.text(page, MARGIN, y + 26, note, font=SMALL)
    return drawing, y + 42
