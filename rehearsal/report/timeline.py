"""One timeline: everything that happened in an environment over one axis of time."""

from __future__ import annotations

from ..recording import EnvironmentRecord, Recording
from .axis import Axis, axis_around, axis_of
from .bars import Bar, Look, bars
from .charts import latency_chart, request_chart, share_chart, task_chart
from .deployments import alarm_band, deployment_band
from .markup import Html, element, join
from .noted import pinned, quiet
from .pins import everything, pin_lines, pin_list, pin_row, pins_of
from .points import points_of
from .readout import readout
from .words import clock, model, plain, short, titled


def timeline(record: EnvironmentRecord, recording: Recording) -> Html:
    """Pins, deployments, charts and alarms of the part in which something happened."""
    axis = axis_around(record, recording)
    points = points_of(record.samples, axis)
    marks = pinned(record)
    pins = pins_of(marks, axis)
    charts = (
        [
            share_chart(record, points, axis),
            request_chart(record, points, axis),
            latency_chart(record, points, axis),
            task_chart(record, points, axis),
            alarm_band(record.samples, axis),
        ]
        if points.all
        else [element("p", "Nothing was measured.", class_="chart none")]
    )
    sheet = element(
        "div",
        element("div", pin_lines(pins, axis), class_="lines", aria_hidden="true"),
        pin_row(pins, axis),
        time_scale(axis, where="top"),
        *[deployment_band(one, axis) for one in record.deployments],
        *charts,
        time_scale(axis, where="bottom"),
        class_="sheet",
    )
    drawn = element(
        "div",
        sheet,
        readout(points, axis) if points.all else None,
        class_="timeline",
        role="group",
        aria_label=f"Timeline of {titled(record.name)}",
        data_name=titled(record.name),
    )
    return join(
        drawn,
        element("p", _shown(axis, recording, points.seconds), class_="aside"),
        pin_list(marks, axis),
        everything(record.marks, axis, titled(record.name)),
    )


def _shown(axis: Axis, recording: Recording, seconds: float) -> str:
    whole = axis_of(recording)
    said = f"Shown: {clock(axis.start)} to {clock(axis.end)} of {clock(whole.end)}. "
    said += f"One second here is {plain(axis.factor)} seconds on AWS."
    if seconds > 1.5:
        said += (
            f" One point of the charts stands for {clock(seconds)}: means, but the highest number "
            "of failures and the highest latency."
        )
    return said


def time_scale(axis: Axis, *, where: str) -> Html:
    """Two lines of times: real seconds, and the model's minutes below them."""
    return element(
        "div",
        element("div", element("b", "real"), element("b", "AWS"), class_="scale"),
        *[
            element(
                "span",
                element("b", clock(at)),
                element("small", model(at, axis.factor)),
                class_=f"tick{'' if coarse else ' wide'}{_edge(axis.share(at))}",
                style=f"left:{axis.percent(at)}",
            )
            for at, coarse in axis.ticks()
        ],
        class_=f"time {where}",
        aria_hidden="true",
    )


def _edge(share: float) -> str:
    if share < 0.06:
        return " first"
    return " last" if share > 0.94 else ""


def road(recording: Recording) -> Html | None:
    """How the releases went through the environments, over the whole recording."""
    axis = axis_of(recording)
    rows: list[Bar] = []
    said: list[str] = []
    for record in recording.environments:
        for one in record.releases:
            if one.result == "not reached":
                continue
            end = axis.end if one.end is None else one.end
            look: Look = "bad" if one.result == "failed" else "plain"
            rows.append(
                Bar(
                    start=one.start,
                    end=end,
                    look=look,
                    name=f"{titled(record.name)} {one.version}",
                    note=one.result,
                    detail=short(end - one.start, axis.factor),
                )
            )
            said.append(f"{one.version} in {record.name} {one.result} at {clock(end)}")
    if len(rows) < 2 or sum(not quiet(one) for one in recording.environments) < 2:
        return None
    return element(
        "figure",
        element("figcaption", element("b", "The road")),
        bars(rows, axis, title="Releases in all environments", description=f"{'; '.join(said)}."),
        time_scale(axis, where="bottom"),
        class_="road",
    )
