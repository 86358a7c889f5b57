"""A rehearsal on a terminal: one picture that is drawn again and again, and lines that stay."""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress
from typing import Any, TextIO

from rich.console import Console
from rich.live import Live
from rich.text import Text

from ..recording import Recording
from .screen import draw
from .verdict import numbers, verdict
from .words import printable, written

_STYLES = {"title": "bold", "ok": "green", "failed": "bold red", "plain": ""}


class Terminal:
    """See `show.View`. The picture goes when a scenario ends; verdict and what was said stay.

    Nothing is drawn but in the caller's calls. `NO_COLOR` is respected: https://no-color.org
    """

    def __init__(self, stream: TextIO, lock: AbstractContextManager[Any]) -> None:
        self._stream = stream
        self._lock = lock
        self._console = Console(file=stream, force_terminal=True, highlight=False)
        self._live: Live | None = None
        self._recording: Recording | None = None

    def begin(self, recording: Recording) -> None:
        """See `show.View.begin`."""
        self._stop()
        self._recording = recording
        self._live = Live(
            console=self._console,
            auto_refresh=False,
            transient=True,
            vertical_overflow="crop",
        )
        self._live.start()
        self.refresh()

    def refresh(self) -> None:
        """See `show.View.refresh`."""
        if self._live is None or self._recording is None:
            return
        size = self._console.size
        with self._lock:
            picture = draw(self._recording, width=size.width, height=size.height)
        self._live.update(picture, refresh=True)

    def say(self, text: str) -> None:
        """See `show.View.say`."""
        self._print(printable(text))

    def end(self, recording: Recording) -> None:
        """See `show.View.end`."""
        self._stop()
        self._recording = None
        with self._lock:
            lines = list(verdict(recording))
        for line in lines:
            self._print(line.text, _STYLES[line.tone])

    def close(self) -> None:
        """See `show.View.close`."""
        recording, self._recording = self._recording, None
        with suppress(OSError, ValueError):
            self._stop()
            if recording is not None:
                said = f"{recording.scenario}: left before its end; {numbers(recording)}"
                self._print(printable(said))

    def _stop(self) -> None:
        live, self._live = self._live, None
        if live is not None:
            live.stop()

    def _print(self, line: str, style: str = "") -> None:
        self._console.print(Text(written(line, self._stream), style=style))
