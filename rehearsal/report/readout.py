"""The values behind the charts for the script that reads out one second of them.

One JSON object for each timeline, in columns. It is data: nothing in it is run.
"""

from __future__ import annotations

import json

from ..recording import ColourSample
from .axis import Axis
from .markup import Html
from .points import Points


def readout(points: Points, axis: Axis) -> Html:
    """A script element that no browser runs, with the points in columns."""
    shown = points.all
    versions = sorted({one.blue.version for one in shown} | {one.green.version for one in shown})
    columns: dict[str, object] = {
        "start": axis.start,
        "end": axis.end,
        "factor": axis.factor,
        "seconds": points.seconds,
        "at": [round(one.at, 2) for one in shown],
        "requests": [_short(one.requests) for one in shown],
        "failed": [one.failed for one in shown],
        "p50": [_short(one.p50) for one in shown],
        "p99": [_short(one.p99) for one in shown],
        "share": [None if one.share is None else _short(100 * one.share) for one in shown],
        "weight": [_short(one.green.weight) for one in shown],
        "blue": [_tasks(one.blue) for one in shown],
        "green": [_tasks(one.green) for one in shown],
        "desired": [one.desired for one in shown],
        "versions": versions,
        "runs": [
            [versions.index(one.blue.version), versions.index(one.green.version)] for one in shown
        ],
        "alarms": {str(index): list(one.alarms) for index, one in enumerate(shown) if one.alarms},
    }
    written = json.dumps(columns, separators=(",", ":"))
    # Inside a script only "</script" and "<!--" mean anything; without "<" there is neither.
    safe = written.replace("<", "\\u003c").replace("\N{LINE SEPARATOR}", "\\u2028")
    return Html(f'<script type="application/json" class="values">{safe}</script>')


def _tasks(of: ColourSample) -> str:
    return f"{of.healthy}/{of.tasks}"


def _short(value: float | None) -> float | None:
    if value is None:
        return None
    rounded = round(value, 1)
    return int(rounded) if rounded == int(rounded) else rounded
