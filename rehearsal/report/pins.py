"""Numbered pins over the timeline, and the list that says what each of them is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..recording import Mark
from .axis import Axis
from .markup import Html, element, join
from .noted import KINDS, TONES
from .tables import Column, table
from .words import both, clock, model

LANE = 21.0
_MOST_LANES = 4
# Of the axis' length, where it is some 300 pixels: a pin with one digit, and each further letter.
_PIN, _LETTER = 0.075, 0.025
_LONG = 220


@dataclass(frozen=True, kw_only=True)
class Pin:
    """One or several marks at one place of the axis; ``lane`` 0 is the highest."""

    at: float
    first: int
    last: int
    tone: str
    lane: int = 0

    @property
    def label(self) -> str:
        """Its number or numbers."""
        if self.first == self.last:
            return str(self.first)
        return f"{self.first}\N{EN DASH}{self.last}"


def pins_of(marks: Sequence[Mark], axis: Axis) -> list[Pin]:
    """Pins that do not cover each other; marks that are too close for that share one."""
    near = 0.008
    while True:
        pins = _in_lanes(_together(marks, axis, near), axis)
        if near > 1 or max((one.lane for one in pins), default=0) < _MOST_LANES:
            return pins
        near *= 2


def _together(marks: Sequence[Mark], axis: Axis, near: float) -> list[Pin]:
    pins: list[Pin] = []
    for number, mark in enumerate(marks, start=1):
        tone = TONES[mark.kind]
        if pins and axis.share(mark.at) - axis.share(pins[-1].at) <= near:
            before = pins.pop()
            worst = "bad" if "bad" in (tone, before.tone) else before.tone
            pins.append(Pin(at=before.at, first=before.first, last=number, tone=worst))
        else:
            pins.append(Pin(at=mark.at, first=number, last=number, tone=tone))
    return pins


def _in_lanes(pins: Sequence[Pin], axis: Axis) -> list[Pin]:
    edges: list[float] = []
    placed = []
    for pin in pins:
        x, half = axis.share(pin.at), (_PIN + _LETTER * (len(pin.label) - 1)) / 2
        lane = next((index for index, edge in enumerate(edges) if x - half >= edge), len(edges))
        edges[lane : lane + 1] = [x + half]
        placed.append(Pin(at=pin.at, first=pin.first, last=pin.last, tone=pin.tone, lane=lane))
    return placed


def pin_row(pins: Sequence[Pin], axis: Axis) -> Html:
    """The pins above the charts. They are no images: the list below says all of it."""
    lanes = max((one.lane for one in pins), default=-1) + 1
    return element(
        "div",
        *[
            element(
                "span",
                one.label,
                class_=f"pin {one.tone}",
                style=f"left:{axis.percent(one.at)};top:{one.lane * LANE:g}px",
            )
            for one in pins
        ],
        class_="pins",
        style=f"height:{lanes * LANE:g}px",
        aria_hidden="true",
    )


def pin_lines(pins: Sequence[Pin], axis: Axis) -> Html:
    """A thin line from each pin down through all charts."""
    return join(
        element(
            "i",
            class_=f"pin-line {one.tone}",
            style=f"left:{axis.percent(one.at)};top:{(one.lane + 0.9) * LANE:g}px",
        )
        for one in pins
    )


def pin_list(marks: Sequence[Mark], axis: Axis) -> Html | None:
    """What each number is: kind, moment in both times, words."""
    if not marks:
        return None
    return element(
        "ol", *[_entry(one, number, axis) for number, one in enumerate(marks, 1)], class_="marks"
    )


def _entry(mark: Mark, number: int, axis: Axis) -> Html:
    return element(
        "li",
        element("span", str(number), class_=f"pin {TONES[mark.kind]}", aria_hidden="true"),
        element(
            "div",
            element("b", KINDS[mark.kind]),
            element("time", both(mark.at, axis.factor)),
            words(mark.text),
            class_="what",
        ),
    )


def words(said: str) -> Html:
    """A text in its own lines; a long one is folded behind its first line."""
    lines = said.strip().split("\n")
    if len(said) <= _LONG and len(lines) <= 3:
        return element("p", said.strip(), class_="words")
    first, rest = lines[0], "\n".join(lines[1:]).strip("\n")
    if len(first) > _LONG:
        cut = first.rfind(" ", 0, _LONG)
        cut = cut if cut > _LONG // 2 else _LONG
        first, rest = first[:cut] + "…", "…" + first[cut:] + ("\n" + rest if rest else "")
    return element(
        "details", element("summary", first), element("p", rest, class_="words"), class_="words"
    )


def everything(marks: Sequence[Mark], axis: Axis, name: str) -> Html | None:
    """All marks, folded: those without a pin are only here."""
    if not marks:
        return None
    whole = table(
        f"Everything noted in {name}",
        [
            Column("Real", number=True),
            Column("AWS", number=True),
            Column("Kind", head=True, tight=True),
            Column("What happened"),
        ],
        [
            [
                clock(one.at),
                model(one.at, axis.factor),
                KINDS[one.kind],
                element("span", one.text, class_="words"),
            ]
            for one in sorted(marks, key=lambda mark: mark.at)
        ],
        class_="log",
    )
    noted = f"Everything noted in {name} ({len(marks)})"
    return element("details", element("summary", noted), whole, class_="fold")
