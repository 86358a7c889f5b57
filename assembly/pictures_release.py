"""Draws the states of a release: forward along the top, and where each way back leads."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from assembly.release_read import ReleasePlan
from assembly.svg import BODY, SMALL, STRONG, TITLE, Box, Drawing
from assembly.themes import Tone

WIDTH = 900
MARGIN = 20
GAP = 18
TOP = 98
HEIGHT = 104
BACK = 264
LINE = 15


@dataclass(frozen=True, kw_only=True)
class State:
    """One state: its name, what holds in it, how long, and what takes a release back from it."""

    name: str
    lines: tuple[str, ...]
    back: tuple[str, ...]
    tone: Tone


def states(plan: ReleasePlan) -> tuple[State, ...]:
    """The states in which a release can be, in their order."""
    asked = f"up to {plan.approval} min" if plan.approval else "nobody is asked"
    return (
        State(
            name="Install",
            lines=("green is built,", "users on blue", f"up to {plan.install} min"),
            back=("green never", "healthy"),
            tone="blue",
        ),
        State(
            name="Checks",
            lines=("test listener", "reaches green", f"up to {plan.checks} min"),
            back=("a check fails,", "or is silent"),
            tone="blue",
        ),
        State(
            name="Approval",
            lines=("a person", "says yes", asked),
            back=("no answer,", "or stopped") if plan.approval else (),
            tone="approval",
        ),
        State(
            name="Shift",
            lines=("users move", *_shift(plan.shift)),
            back=("alarm,", "or stopped"),
            tone="surface",
        ),
        State(
            name="Bake",
            lines=("all on green,", "alarms watch", f"{plan.bake} min"),
            back=("alarm,", "or stopped"),
            tone="green",
        ),
        State(
            name="Hot standby",
            lines=("blue is kept,", "still watched", f"{plan.standby} min"),
            back=("alarm,", "or stopped"),
            tone="green",
        ),
        State(name="Done", lines=("blue is gone,", "green serves"), back=(), tone="green"),
    )


def draw_release(plan: ReleasePlan) -> Drawing:
    """The picture of one service's release in one environment."""
    drawing = Drawing(
        title=f"The states of a release of {plan.service} in {plan.stage}",
        description=describe(plan),
        width=WIDTH,
    )
    drawing.text(
        drawing.page, MARGIN, 34, f"A release of {plan.service} in {plan.stage}", font=TITLE
    )
    drawing.text(
        drawing.page,
        MARGIN,
        56,
        "Users are served in every state: by blue, by green, or by both while they move. Arrows "
        "down say what takes it back.",
        font=SMALL,
    )
    every = states(plan)
    width = (WIDTH - 2 * MARGIN - GAP * (len(every) - 1)) / len(every)
    boxes = [
        _state(drawing, state, MARGIN + number * (width + GAP), width)
        for number, state in enumerate(every)
    ]
    for left, right in pairwise(boxes):
        drawing.arrow((left.right, left.middle), (right.x, right.middle))
    before, standby = boxes[:5], boxes[5]
    first = _back(
        drawing,
        before[0].x,
        before[-1].right,
        "Rolled back, and the stack update fails",
        "Traffic is on blue at once, green is removed. CloudFormation then goes back, too:",
        "blue runs what it asks for already, so nothing is released a second time.",
    )
    second = _back(
        drawing,
        standby.x,
        boxes[-1].right,
        "Rolled back after success",
        "Blue serves, the stack",
        "says green: release again.",
    )
    for box, state in zip(boxes, every, strict=True):
        if state.back:
            drawing.arrow((box.centre - 34, box.bottom), (box.centre - 34, BACK), tone="line")
            for number, text in enumerate(state.back):
                x, y = box.centre - 26, box.bottom + 26 + LINE * number
                drawing.text(drawing.page, x, y, text, font=SMALL, width=width)
    success = boxes[4].right + GAP / 2
    drawing.arrow((success, TOP - 8), (success, BACK - 12), dashed=True, head=False)
    drawing.text(
        drawing.page,
        success,
        TOP - 14,
        "CloudFormation: success",
        font=SMALL,
        anchor="middle",
    )
    drawing.height = max(first.bottom, second.bottom) + MARGIN
    return drawing


def describe(plan: ReleasePlan) -> str:
    """The picture in sentences."""
    forward = ", then ".join(f"{state.name} ({' '.join(state.lines)})" for state in states(plan))
    back = "; ".join(
        f"from {state.name}: {' '.join(state.back)}" for state in states(plan) if state.back
    )
    return f"Forward: {forward}. CloudFormation says success after Bake. Back to blue {back}."


def _state(drawing: Drawing, state: State, x: float, width: float) -> Box:
    box = drawing.box(x, TOP, width, HEIGHT, tone=state.tone)
    drawing.text(box, box.centre, TOP + 26, state.name, font=STRONG, anchor="middle")
    for number, line in enumerate(state.lines):
        y = TOP + 50 + LINE * number
        drawing.text(box, box.centre, y, line, font=SMALL, anchor="middle")
    return box


def _back(drawing: Drawing, left: float, right: float, name: str, *lines: str) -> Box:
    box = drawing.box(left, BACK, right - left, 76, tone="blue", dashed=True)
    drawing.text(box, box.centre, BACK + 24, name, font=STRONG, anchor="middle")
    for number, line in enumerate(lines):
        y = BACK + 44 + 17 * number
        drawing.text(
            box, box.centre, y, line, font=BODY if right - left > 300 else SMALL, anchor="middle"
        )
    return box


def _shift(words: str) -> tuple[str, ...]:
    """``canary 20 % / 5 min`` on two lines."""
    share, _, interval = words.partition(" / ")
    return (
        (share, f"for {interval}" if share.startswith("canary") else f"every {interval}")
        if (interval)
        else (share,)
    )
