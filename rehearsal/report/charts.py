"""The four small charts of an environment: share, requests, latency, tasks."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from ..recording import Colour, EnvironmentRecord, Sample
from . import say
from .axis import FINE, WIDTH, Axis, ceiling
from .markup import Html, element, join
from .paths import Pen, area, between, line
from .points import Point, Points
from .words import SPACE, count, latency, plain, titled

_TOP = 4.0
# Milliseconds below which a latency is not told apart.
_LEAST = 0.001
_COLOURS: tuple[Colour, Colour] = ("blue", "green")


@dataclass(frozen=True, kw_only=True)
class Tick:
    """A label at the left edge, and whether a line goes across the chart there."""

    y: float
    label: str
    ruled: bool = True


def drawing(*shapes: Html, height: float, title: str, description: str) -> Html:
    """An SVG as wide as its place and ``height`` pixels high, with its content in words."""
    return element(
        "svg",
        element("title", title),
        element("desc", description),
        *shapes,
        role="img",
        viewBox=f"0 0 {WIDTH} {round(height * FINE)}",
        preserveAspectRatio="none",
        height=height,
    )


def chart(
    caption: Html,
    *shapes: Html,
    ticks: Iterable[Tick],
    height: float,
    title: str,
    description: str,
    over: Html | None = None,
) -> Html:
    """A figure: caption with its key, labels at the left, the drawing, and texts over it."""
    ticks = list(ticks)
    rules = "".join(f"M0 {round(one.y * FINE)}h{WIDTH}" for one in ticks if one.ruled)
    labels = [element("span", one.label, style=f"top:{one.y:g}px") for one in ticks]
    return element(
        "figure",
        element("figcaption", caption),
        element(
            "div",
            element("div", *labels, class_="scale", aria_hidden="true"),
            drawing(
                element("path", class_="rule", d=rules),
                *shapes,
                height=height,
                title=title,
                description=description,
            ),
            over,
            class_="plot",
            style=f"height:{height:g}px",
        ),
        class_="chart",
    )


def key(look: str, word: str) -> Html:
    """One entry of a chart's key."""
    mark = element("i", class_=f"key {look}", aria_hidden="true")
    return element("span", mark, word, class_="entry")


def _caption(name: str, *entries: Html) -> Html:
    return join(element("b", name), *entries)


def share_chart(record: EnvironmentRecord, points: Points, axis: Axis) -> Html:
    """Green's part of what was answered from below, blue's above, and the listener's weight."""
    height = 84.0
    pen = Pen(axis, top=_TOP, bottom=height - 1, scale=lambda value: value)
    green = pen.dots(points, lambda point: point.share, steps=True)
    weight = pen.dots(points, lambda point: point.green.weight / 100, steps=True)
    shapes = (
        element("path", class_="area-blue", d=area(green, pen.y(1))),
        element("path", class_="area-green", d=area(green, pen.ground)),
        element("path", class_="area-ruled", d=area(green, pen.ground)),
        element("path", class_="line-green", d=line(green)),
        element("path", class_="line-weight", d=line(weight)),
    )
    return chart(
        _caption(
            "Answered by",
            key("key-blue", "blue"),
            key("key-green", "green"),
            key("key-weight", "listener\N{RIGHT SINGLE QUOTATION MARK}s weight of green"),
        ),
        *shapes,
        ticks=[
            Tick(y=pen.y(value) / FINE, label=f"{100 * value:g}{SPACE}%") for value in (0, 0.5, 1)
        ],
        height=height,
        title=f"Traffic share in {titled(record.name)}",
        description=say.shares(record.samples, axis),
        over=_versions(points, axis, pen),
    )


def _versions(points: Points, axis: Axis, pen: Pen) -> Html:
    """The version in each large area, where there is room for it."""
    labels = []
    for colour in _COLOURS:
        for run in _large(points, colour):
            first, last = axis.share(run[0].at), axis.share(run[-1].at + points.seconds)
            if last - first < 0.22:
                continue
            version = run[len(run) // 2].of(colour).version
            level = sum(_part(one, colour) for one in run) / len(run) / 2
            y = pen.y(level if colour == "green" else 1 - level) / FINE
            labels.append(
                element(
                    "span",
                    f"{colour} {version}".strip(),
                    class_=f"version {colour}",
                    style=f"left:{50 * (first + last):.1f}%;top:{y:g}px",
                )
            )
    return element("div", *labels, class_="over", aria_hidden="true")


def _healthy(point: Point, colour: Colour) -> float:
    return point.of(colour).healthy


def _tasks(point: Point, colour: Colour) -> float:
    return point.of(colour).tasks


def _part(point: Point, colour: Colour) -> float:
    share = point.share or 0.0
    return share if colour == "green" else 1 - share


def _large(points: Points, colour: Colour) -> list[list[Point]]:
    found: list[list[Point]] = []
    version: str | None = None
    for run in points.runs:
        version = None
        for point in run:
            if point.share is None or _part(point, colour) < 0.45:
                version = None
                continue
            if point.of(colour).version != version:
                version = point.of(colour).version
                found.append([])
            found[-1].append(point)
    return found


def request_chart(record: EnvironmentRecord, points: Points, axis: Axis) -> Html:
    """Requests in a second, and those of them that failed."""
    height = 64.0
    most = ceiling(max((max(one.requests, one.failed) for one in points.all), default=0))
    pen = Pen(axis, top=_TOP, bottom=height - 1, scale=lambda value: value / most)
    dots = pen.dots(points, lambda point: point.requests)
    failed = sum(one.failed for one in record.samples if axis.holds(one.at))
    return chart(
        _caption(
            "Requests per second",
            key("key-plain", "all"),
            key("key-bad", f"failed: {count(failed)}"),
        ),
        element("path", class_="area-plain", d=area(dots, pen.ground)),
        element("path", class_="line-plain", d=line(dots)),
        element("path", class_="area-bad", d=_failures(points, axis, pen)),
        ticks=[Tick(y=pen.y(value) / FINE, label=plain(value)) for value in (0, most / 2, most)],
        height=height,
        title=f"Requests per second in {titled(record.name)}",
        description=say.requests(record.samples, axis),
    )


def _failures(points: Points, axis: Axis, pen: Pen) -> str:
    """A bar for each point with failures, never lower than 5 pixels or thinner than 3 per mille."""
    bars = []
    for point in points.all:
        if point.failed:
            top = min(pen.y(point.failed), pen.ground - 5 * FINE)
            wide = max(round(0.8 * (axis.x(axis.start + points.seconds))), 6)
            left = min(axis.x(point.at + 0.1 * points.seconds), WIDTH - wide)
            bars.append(f"M{left} {pen.ground}V{top}h{wide}V{pen.ground}z")
    return "".join(bars)


def latency_chart(record: EnvironmentRecord, points: Points, axis: Axis) -> Html:
    """Median and 99th percentile on a logarithmic scale of whole powers of ten."""
    height = 64.0
    known = [value for one in points.all for value in (one.p50, one.p99) if value and value > 0]
    low = math.floor(math.log10(max(min(known, default=1), _LEAST)) + 1e-9)
    high = max(math.ceil(math.log10(max(known, default=10)) - 1e-9), low + 1)

    def scale(value: float) -> float:
        return (math.log10(max(value, 10.0**low)) - low) / (high - low)

    pen = Pen(axis, top=_TOP, bottom=height - 1, scale=scale)
    # Both or neither: the area between them needs series that break at the same points.
    middle = pen.dots(points, lambda point: None if point.p99 is None else point.p50)
    worst = pen.dots(points, lambda point: None if point.p50 is None else point.p99)
    powers = range(low, high + 1, 1 if high - low < 4 else 2)
    return chart(
        _caption(
            "Latency, logarithmic",
            key("key-p50", "median"),
            key("key-p99", "99 of 100 at most"),
        ),
        element("path", class_="area-latency", d=between(worst, middle)),
        element("path", class_="line-p99", d=line(worst)),
        element("path", class_="line-p50", d=line(middle)),
        ticks=[Tick(y=pen.y(10.0**power) / FINE, label=latency(10.0**power)) for power in powers],
        height=height,
        title=f"Latency in {titled(record.name)}",
        description=say.latencies(record.samples, axis),
    )


def task_chart(record: EnvironmentRecord, points: Points, axis: Axis) -> Html:
    """A lane for each colour: its healthy tasks, those it has, and how many the service wants."""
    lane, space = 30.0, 9.0
    most = max([1, *(max(one.blue.tasks, one.green.tasks, one.desired) for one in points.all)])
    shapes: list[Html] = []
    ticks: list[Tick] = []
    for index, colour in enumerate(_COLOURS):
        top = _TOP + index * (lane + space)
        pen = Pen(axis, top=top, bottom=top + lane, scale=lambda value: value / most)
        healthy = pen.dots(points, partial(_healthy, colour=colour), steps=True)
        tasks = pen.dots(points, partial(_tasks, colour=colour), steps=True)
        desired = pen.dots(points, lambda one: one.desired, steps=True)
        shapes += [
            element("path", class_=f"area-{colour}", d=area(healthy, pen.ground)),
            element("path", class_="area-ruled", d=area(healthy, pen.ground))
            if colour == "green"
            else Html(""),
            element("path", class_=f"line-{colour}", d=line(tasks)),
            element("path", class_="line-weight", d=line(desired)),
        ]
        ticks += [
            Tick(y=pen.y(most) / FINE, label=count(most), ruled=False),
            Tick(y=(top + lane / 2), label=colour, ruled=False),
            Tick(y=pen.ground / FINE, label=""),
        ]
    return chart(
        _caption(
            "Tasks",
            key("key-blue", "healthy on blue"),
            key("key-green", "healthy on green"),
            key("key-frame", "all of them"),
            key("key-weight", "wanted by the service"),
        ),
        *shapes,
        ticks=ticks,
        height=_TOP + 2 * lane + space + 1,
        title=f"Tasks in {titled(record.name)}",
        description=say.tasks(record.samples, axis),
    )


def on_axis(samples: Iterable[Sample], axis: Axis) -> list[Sample]:
    """The samples that a chart shows."""
    return [one for one in samples if axis.holds(one.at)]
