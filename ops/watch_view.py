"""Draws a release for a terminal."""

from __future__ import annotations

from datetime import datetime, timedelta

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from .phases import clock_time, phase, waits_of
from .service_state import Colour, LifecycleEvent, Progress, ServiceState, short_image
from .watching import event_words

_BAR = 24
_EVENT_STYLES = {"Succeeded": "green", "InProgress": "bold", "Failed": "bold red"}
_COLOUR_STYLES = {"blue": "blue", "green": "green"}


def draw(state: ServiceState, *, title: str, to: str, note: str, now: datetime) -> RenderableType:
    """Return the view of a moment. `to` is the new image, `note` the last line."""
    progress = state.progress
    parts: list[RenderableType] = [Text(f"{state.service} in {title}", style="bold")]
    where = phase(state, now=now)
    if progress is not None and where is not None:
        parts += [
            Text(f"{progress.deployment.id}: {where.words}"),
            Text(f"serves {short_image(state.serving)}, the deployment is of {to}", style="dim"),
            Padding(_events(progress, now=now), (1, 0, 1, 2)),
        ]
    parts.append(Padding(_colours(state), (0, 0, 1, 2)))
    waits = _waits(state, now=now)
    if waits is not None:
        parts.append(Padding(waits, (0, 0, 1, 2)))
    parts += [_alarms(state), Text(note, style="dim")]
    return Group(*parts)


def _events(progress: Progress, *, now: datetime) -> Table:
    table = Table.grid(padding=(0, 2))
    for event in progress.events:
        style = _EVENT_STYLES.get(event.status, "dim")
        table.add_row(
            Text(event.name, style=style),
            Text(event_words(event), style=style),
            Text(clock_time(event.started, now=now) if event.started else "", style="dim"),
            Text(_took(event, now=now), style="dim"),
            Text(event.message, style=style),
        )
    return table


def _took(event: LifecycleEvent, *, now: datetime) -> str:
    if event.started is None:
        return ""
    return span((event.ended or now) - event.started)


def span(time: timedelta) -> str:
    """Return a timedelta as `2:05`, or `1:02:05` from an hour on; never below zero."""
    total = max(0, round(time.total_seconds()))
    minutes, seconds = divmod(total, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _colours(state: ServiceState) -> Table:
    table = Table.grid(padding=(0, 2))
    for colour in state.colours:
        style = _COLOUR_STYLES.get(colour.name, "")
        table.add_row(
            Text(colour.name, style=style),
            ProgressBar(
                total=100,
                completed=colour.weight,
                width=_BAR,
                complete_style=style or "bar.complete",
                finished_style=style or "bar.finished",
            ),
            Text(f"{colour.weight:>3} % of traffic"),
            _health(colour, live=colour.name == state.live),
        )
    return table


def _health(colour: Colour, *, live: bool) -> Text:
    if not colour.targets:
        return Text("no targets", style="bold red" if live or colour.weight else "dim")
    text = f"{colour.healthy} of {colour.targets} healthy"
    return Text(text, style="" if colour.healthy == colour.targets else "yellow")


def _waits(state: ServiceState, *, now: datetime) -> Table | None:
    table = Table.grid(padding=(0, 2))
    for wait in waits_of(state, now=now):
        total = (wait.ends - wait.begins).total_seconds()
        passed = min(total, max(0.0, (now - wait.begins).total_seconds()))
        table.add_row(
            Text(wait.name),
            ProgressBar(total=total or 1, completed=passed, width=_BAR),
            Text(f"{span(wait.ends - now)} left, then {wait.then}"),
        )
    return table if table.row_count else None


def _alarms(state: ServiceState) -> Text:
    if state.breaching:
        return Text(f"in ALARM: {', '.join(state.breaching)}", style="bold red")
    return Text(f"none of {len(state.alarms or {})} alarms in ALARM")
