"""A rehearsal for scripts: one JSON object on each line."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from dataclasses import asdict
from typing import Any, TextIO

from ..recording import Recording
from .moment import elapsed
from .news import Reader


class JsonLines:
    """See `show.View`. ``what`` tells the kinds of lines apart.

    `begin`, `note`, `end`; and with `at` and `environment` everything that `news.News` has.
    """

    def __init__(self, stream: TextIO, lock: AbstractContextManager[Any]) -> None:
        self._stream = stream
        self._lock = lock
        self._recording: Recording | None = None
        self._reader = Reader()

    def begin(self, recording: Recording) -> None:
        """See `show.View.begin`."""
        self._recording, self._reader = recording, Reader()
        self._print(
            what="begin",
            scenario=recording.scenario,
            title=recording.title,
            factor=recording.factor,
        )

    def refresh(self) -> None:
        """See `show.View.refresh`."""
        if self._recording is None:
            return
        with self._lock:
            news = self._reader.news(self._recording)
        for one in news:
            self._print(
                what=one.kind,
                at=round(one.at, 3),
                environment=one.environment,
                name=one.name,
                text=one.text,
            )

    def say(self, text: str) -> None:
        """See `show.View.say`."""
        self._print(what="note", text=text)

    def end(self, recording: Recording) -> None:
        """See `show.View.end`."""
        self.refresh()
        self._recording = None
        with self._lock:
            samples = [sample for one in recording.environments for sample in one.samples]
            values: dict[str, Any] = {
                "scenario": recording.scenario,
                "held": recording.held,
                "ended": recording.ended,
                "seconds": round(elapsed(recording), 3),
                "requests": sum(one.requests for one in samples),
                "failed": sum(one.failed for one in samples),
                "expectations": [asdict(one) for one in recording.expectations],
            }
        self._print(what="end", **values)

    def close(self) -> None:
        """See `show.View.close`."""
        self._recording = None

    def _print(self, **values: object) -> None:
        # JSON escapes every control character but this one.
        text = json.dumps(values).replace("\x7f", "\\u007f")
        self._stream.write(f"{text}\n")
        self._stream.flush()
