"""Where a rehearsal is shown: on a terminal, in a log, or to a script that reads JSON."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol, TextIO

from ..recording import Recording
from .json_lines import JsonLines
from .lines import Lines
from .live import Terminal


class View(Protocol):
    """Shows scenarios as they are played, one after the other. Used by one thread."""

    def begin(self, recording: Recording) -> None:
        """A scenario begins; ``recording`` grows from now on."""

    def refresh(self) -> None:
        """Show what is so now. Called about four times a second."""

    def say(self, text: str) -> None:
        """Tell something in a line that stays."""

    def end(self, recording: Recording) -> None:
        """The scenario has ended: show what came of it."""

    def close(self) -> None:
        """Leave the stream, a terminal too, as it was found. Any number of times, at any moment."""


def view_for(
    stream: TextIO,
    *,
    plain: bool = False,
    json: bool = False,
    lock: AbstractContextManager[Any] | None = None,
) -> View:
    """The view that fits the stream: live on a terminal, else lines; JSON lines when asked for.

    ``plain``: lines on a terminal too, as on one that cannot move its cursor (`TERM=dumb`).
    ``lock`` is held while a recording is read, so the caller of a view's methods must not hold it.
    """
    guard = lock or nullcontext()
    if json:
        return JsonLines(stream, guard)
    if plain or not stream.isatty() or os.environ.get("TERM", "dumb") in ("dumb", "unknown"):
        return Lines(stream, guard)
    return Terminal(stream, guard)
