"""A rehearsal as a log: a line for everything that happens, and one every ten seconds."""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress
from typing import Any, TextIO

from ..recording import ColourSample, EnvironmentRecord, Recording
from .moment import (
    COLOURS,
    deployment_of,
    elapsed,
    failures,
    in_focus,
    latest,
    progress,
)
from .news import Reader
from .verdict import numbers, verdict
from .words import milliseconds, printable, written

STATUS_SECONDS = 10.0
_NAME_WIDTH = 7


class Lines:
    """See `show.View`. Every line is flushed."""

    def __init__(self, stream: TextIO, lock: AbstractContextManager[Any]) -> None:
        self._stream = stream
        self._lock = lock
        self._recording: Recording | None = None
        self._reader = Reader()
        self._next_status = STATUS_SECONDS

    def begin(self, recording: Recording) -> None:
        """See `show.View.begin`."""
        self._recording, self._reader = recording, Reader()
        self._next_status = STATUS_SECONDS
        self._print(f"{recording.scenario}: {recording.title}")
        self._print(f"{recording.description} (factor {recording.factor:g})")

    def refresh(self) -> None:
        """See `show.View.refresh`."""
        recording = self._recording
        if recording is None:
            return
        with self._lock:
            lines = self._news(recording)
            now = elapsed(recording)
            if now >= self._next_status:
                self._next_status = now - now % STATUS_SECONDS + STATUS_SECONDS
                environment = in_focus(recording)
                if environment is not None:
                    lines.append(_prefixed(now, environment.name, status(environment)))
        for line in lines:
            self._write(line)

    def say(self, text: str) -> None:
        """See `show.View.say`."""
        self._print(text)

    def end(self, recording: Recording) -> None:
        """See `show.View.end`."""
        with self._lock:
            lines = [*self._news(recording), *(line.text for line in verdict(recording))]
        self._recording = None
        for line in lines:
            self._write(line)

    def close(self) -> None:
        """See `show.View.close`."""
        recording, self._recording = self._recording, None
        if recording is None:
            return
        with suppress(OSError, ValueError):
            self._print(f"{recording.scenario}: left before its end; {numbers(recording)}")

    def _news(self, recording: Recording) -> list[str]:
        return [
            _prefixed(one.at, one.environment, one.text) for one in self._reader.news(recording)
        ]

    def _print(self, text: str) -> None:
        self._write(printable(text))

    def _write(self, line: str) -> None:
        self._stream.write(f"{written(line, self._stream)}\n")
        self._stream.flush()


def status(environment: EnvironmentRecord) -> str:
    """All that is so in the environment, in one line."""
    sample, deployment = latest(environment), deployment_of(environment)
    parts = []
    if deployment is not None:
        done = progress(deployment)
        parts.append(f"{deployment.version} {done.words} ({done.number} of {done.total})")
    parts += [
        f"{name} {_colour(colour)}"
        for name, colour in zip(COLOURS, (sample.blue, sample.green), strict=True)
        if colour.tasks or colour.weight
    ]
    parts += [
        f"{sample.requests:,} requests/s",
        f"{failures(environment):,} failed",
        f"p50 {milliseconds(sample.p50)}",
        f"p99 {milliseconds(sample.p99)}",
        f"in ALARM: {', '.join(sample.alarms)}" if sample.alarms else "none in ALARM",
    ]
    return "; ".join(parts)


def _colour(colour: ColourSample) -> str:
    return f"{colour.version} {colour.weight:g} % {colour.healthy}/{colour.tasks} healthy".strip()


def _prefixed(at: float, environment: str, text: str) -> str:
    return f"[{at:6.1f} s  {printable(environment):<{_NAME_WIDTH}}] {printable(text)}"
