"""Draws the moment at which a recording stands, for a terminal of a given size."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ..recording import Colour, ColourSample, DeploymentRecord, EnvironmentRecord, Mark, Recording
from .moment import (
    COLOURS,
    deployment_of,
    elapsed,
    failures,
    in_focus,
    last_marks,
    latest,
    progress,
    serving,
    spaced,
    state,
)
from .words import milliseconds, printable, span

_WIDE = 120
_NARROW = 66
_HEAD = 5
_DETAIL = 6
_FEW_MARKS = 4
_TONES = {
    "failed": "bold red",
    "rollback": "bold red",
    "alarm": "bold red",
    "done": "bold green",
    "action": "yellow",
    "task": "yellow",
}
_EVENT_STYLES = {"Succeeded": "green", "InProgress": "bold", "Failed": "bold red"}


def draw(recording: Recording, *, width: int, height: int) -> RenderableType:
    """The picture, a line lower than the terminal where its height allows that at all.

    What does not fit is left out: the lifecycle events first, then the older marks, then the
    table of what serves. Nothing of the recording is read after the call.
    """
    head = _head(recording)
    focus = in_focus(recording)
    if focus is None:
        return Group(*head)
    deployment = deployment_of(focus)
    events = len(deployment.events) if deployment else 0
    serves = len(recording.environments) + 2
    room = height - 1 - _HEAD - _DETAIL
    parts: list[RenderableType] = [*head, _road(recording), Text("")]
    rest = room - serves
    if width >= _WIDE:
        shows = deployment if deployment and rest >= events + 1 else None
        left = Group(*_detail(focus, width=width * 3 // 5), *_events(recording, shows))
        right = _marks(last_marks(recording, _DETAIL + max(0, rest)))
        parts.append(_side_by_side(left, right))
    else:
        shows = deployment if deployment and rest >= events + 2 + _FEW_MARKS else None
        parts += [*_detail(focus, width=width), *_events(recording, shows)]
        marks = last_marks(recording, rest - 1 - (events + 1 if shows else 0))
        parts += [Text(""), _marks(marks)] if marks else []
    if rest >= 0:
        parts += [Text(""), _serves(recording, focus)]
    return Group(*parts)


def _line(text: str, style: str = "") -> Text:
    return Text(printable(text), style=style, no_wrap=True, overflow="ellipsis")


def _head(recording: Recording) -> list[RenderableType]:
    seconds = elapsed(recording)
    facts = (
        f"{recording.scenario}, {recording.factor:g} times as fast as AWS: {span(seconds)}, "
        f"{span(seconds * recording.factor)} of AWS's time"
    )
    return [_line(recording.title, "bold"), _line(facts, "dim"), Text("")]


def _road(recording: Recording) -> Text:
    return _line("  >  ".join(f"{one.name}: {state(one)}" for one in recording.environments))


def _detail(focus: EnvironmentRecord, *, width: int) -> list[RenderableType]:
    """Six lines about the environment that is being released to."""
    sample, deployment = latest(focus), deployment_of(focus)
    numbers = (
        f"{sample.requests:,} requests/s, {failures(focus):,} failed so far, "
        f"p50 {milliseconds(sample.p50)}, p99 {milliseconds(sample.p99)}"
    )
    alarms = f"in ALARM: {', '.join(sample.alarms)}" if sample.alarms else "none in ALARM"
    return [
        _line(_what_runs(focus, deployment), "bold"),
        _indented(_event_bar(deployment, width=width)),
        _indented(_colours((sample.blue, sample.green), width=width)),
        _indented(_line(numbers)),
        _indented(_line(alarms, "bold red" if sample.alarms else "")),
    ]


def _indented(what: RenderableType) -> Padding:
    return Padding(what, (0, 0, 0, 2))


def _what_runs(focus: EnvironmentRecord, deployment: DeploymentRecord | None) -> str:
    head = f"{focus.name}: {state(focus)}, {focus.strategy}"
    if deployment is None:
        return head
    if deployment.rollback_of:
        return f"{head}, rollback {deployment.id} of {deployment.rollback_of}"
    return f"{head}, deployment {deployment.id}"


def _event_bar(deployment: DeploymentRecord | None, *, width: int) -> RenderableType:
    if deployment is None:
        return _line("no deployment yet", "dim")
    done = progress(deployment)
    table = _grid()
    table.add_row(
        _line(f"{done.number} of {done.total}"),
        ProgressBar(total=done.total, completed=done.number, width=_bar(width)),
        _line(done.words, "bold red" if "failed" in done.words else "bold"),
    )
    return table


def _colours(samples: Sequence[ColourSample], *, width: int) -> Table:
    table = _grid()
    for name, sample in zip(COLOURS, samples, strict=True):
        row: list[RenderableType] = [
            _line(name, name),
            _line(sample.version or "-"),
            _share(name, sample, width=width),
            Text(f"{sample.weight:>3g} %", no_wrap=True),
            _health(sample, short=width < _NARROW),
        ]
        if width >= _NARROW:
            row.append(_line(f"{sample.answered:,} answered/s"))
        table.add_row(*row)
    return table


def _share(name: Colour, sample: ColourSample, *, width: int) -> ProgressBar:
    return ProgressBar(
        total=100,
        completed=sample.weight,
        width=_bar(width),
        complete_style=name,
        finished_style=name,
    )


def _bar(width: int) -> int:
    return max(4, min(40, width - 62))


def _health(sample: ColourSample, *, short: bool) -> Text:
    if not sample.tasks:
        return _line("no tasks", "bold red" if sample.weight else "dim")
    style = "" if sample.healthy == sample.tasks else "yellow"
    of = "/" if short else " of "
    return _line(f"{sample.healthy}{of}{sample.tasks} healthy", style)


def _events(recording: Recording, deployment: DeploymentRecord | None) -> list[RenderableType]:
    if deployment is None or not deployment.events:
        return []
    now, table = elapsed(recording), _grid()
    for event in deployment.events:
        style = _EVENT_STYLES.get(event.status, "dim")
        end = now if event.end is None else event.end
        took = "" if event.start is None else span((end - event.start) * recording.factor)
        table.add_row(
            _line(event.name, style), _line(spaced(event.status), style), _line(took, "dim")
        )
    return [Text(""), _indented(table)]


def _marks(marks: Iterable[tuple[str, Mark]]) -> Table:
    table = _grid()
    for environment, mark in marks:
        style = _TONES.get(mark.kind, "")
        table.add_row(
            Text(f"{mark.at:6.1f} s", style="dim", no_wrap=True),
            _line(environment),
            _line(mark.text, style),
        )
    return table


def _serves(recording: Recording, focus: EnvironmentRecord) -> Table:
    """What serves in each environment: a heading and a row for each."""
    table = _grid()
    table.add_row(
        *(_line(one, "dim") for one in ("", "", "serves", "requests/s", "failed", "tasks"))
    )
    for one in recording.environments:
        sample = latest(one)
        tasks = sample.blue.tasks + sample.green.tasks
        table.add_row(
            Text(">" if one is focus else " "),
            _line(one.name),
            _line(serving(one) or "-"),
            _line(f"{sample.requests:,}"),
            _line(f"{failures(one):,}", "bold red" if failures(one) else ""),
            _line(f"{sample.blue.healthy + sample.green.healthy} of {tasks} healthy"),
        )
    return table


def _side_by_side(left: RenderableType, right: RenderableType) -> Table:
    table = Table.grid(padding=(0, 3), expand=True)
    table.add_column(ratio=3)
    table.add_column(ratio=2)
    table.add_row(left, right)
    return table


def _grid() -> Table:
    return Table.grid(padding=(0, 2))
