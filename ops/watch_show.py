"""Where a watched release is shown: a terminal, a log, or a script that reads JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol

from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from .context import Context
from .render import print_line
from .service_state import ServiceState, short_image
from .watch_view import draw
from .watching import Ending, changed, facts

NOTE = "Ctrl-C stops watching, not the release."


class Show(Protocol):
    """Shows a release as it goes."""

    def update(self, state: ServiceState) -> None:
        """Show what is so now."""

    def say(self, text: str) -> None:
        """Tell something that is no state."""

    def end(self, ending: Ending) -> None:
        """Tell how it ended."""


@contextmanager
def show_for(context: Context) -> Iterator[Show]:
    """Yield the show that fits how the command was called."""
    console = Console()
    if context.json:
        yield JsonLines(context)
    elif not console.is_terminal:
        yield Lines(context.time.now)
    else:
        yield from _live(context, console)


def _live(context: Context, console: Console) -> Iterator[Show]:
    terminal = Terminal(context)
    # Drawn more often than AWS is asked, so that the times run down smoothly.
    with Live(
        console=console,
        get_renderable=terminal.draw,
        refresh_per_second=4,
    ) as live:
        yield terminal
        live.update(terminal.draw(), refresh=True)
    for line in terminal.last_words:
        console.print(Text(line))


class Terminal:
    """A view that is drawn again and again."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._state: ServiceState | None = None
        self._note = NOTE
        self.last_words: list[str] = []

    def update(self, state: ServiceState) -> None:
        """See `Show.update`."""
        self._state, self._note = state, NOTE

    def say(self, text: str) -> None:
        """See `Show.say`."""
        self._note = text

    def end(self, ending: Ending) -> None:
        """See `Show.end`."""
        self._note = ""
        self.last_words = ending.text.splitlines()

    def draw(self) -> RenderableType:
        """Return the view as it is at this moment."""
        state = self._state
        if state is None:
            return Text("asking AWS ...")
        progress = state.progress
        new = progress.deployment.task_definition if progress else None
        return draw(
            state,
            title=self._context.place.title,
            to=short_image(self._context.reader.definition(new)),
            note=self._note,
            now=self._context.time.now(),
        )


class Lines:
    """A line for each change, with the time."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._facts: dict[str, str] = {}

    def update(self, state: ServiceState) -> None:
        """See `Show.update`."""
        now = self._now()
        after = facts(state, now=now)
        for text in changed(self._facts, after).values():
            self.say(text)
        self._facts = after

    def say(self, text: str) -> None:
        """See `Show.say`."""
        print(f"{self._now().astimezone():%H:%M:%S}  {text}", flush=True)

    def end(self, ending: Ending) -> None:
        """See `Show.end`."""
        print(ending.text, flush=True)


class JsonLines:
    """A JSON object for each change: `time`, `what` changed, and `text`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._facts: dict[str, str] = {}

    def update(self, state: ServiceState) -> None:
        """See `Show.update`."""
        after = facts(state, now=self._context.time.now())
        deployment = state.progress.deployment.id if state.progress else None
        for what, text in changed(self._facts, after).items():
            kind, _, name = what.partition(" ")
            self._print(what=kind, name=name.rpartition(" ")[2], deployment=deployment, text=text)
        self._facts = after

    def say(self, text: str) -> None:
        """See `Show.say`."""
        self._print(what="note", text=text)

    def end(self, ending: Ending) -> None:
        """See `Show.end`."""
        self._print(what="end", result=ending.result, text=ending.text)

    def _print(self, **values: object) -> None:
        print_line({"time": self._context.time.now(), **values})
