"""What came of a scenario, as lines for a terminal or a log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ..recording import Recording
from .moment import elapsed
from .words import printable, span


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line; ``tone`` says what a terminal makes of it, the text says everything."""

    text: str
    tone: Literal["title", "ok", "failed", "plain"] = "plain"


def verdict(recording: Recording) -> Iterator[Line]:
    """The title, each expectation with what was measured, the numbers, and the result."""
    yield Line(text=printable(f"{recording.scenario}: {recording.title}"), tone="title")
    for one in recording.expectations:
        word = "ok    " if one.held else "FAILED"
        measured = f" ({printable(one.measured)})" if one.measured else ""
        yield Line(
            text=f"  {word}  {printable(one.text)}{measured}", tone="ok" if one.held else "failed"
        )
    yield Line(text=f"  {numbers(recording)}")
    yield _result(recording)


def numbers(recording: Recording) -> str:
    """Requests, failures, and how long it took."""
    samples = [sample for one in recording.environments for sample in one.samples]
    seconds = elapsed(recording)
    return (
        f"{sum(one.requests for one in samples):,} requests, "
        f"{sum(one.failed for one in samples):,} failed; {span(seconds)}, "
        f"{span(seconds * recording.factor)} of AWS's time"
    )


def _result(recording: Recording) -> Line:
    if recording.ended:
        return Line(text=f"  CUT SHORT: {printable(recording.ended)}", tone="failed")
    missed = sum(not one.held for one in recording.expectations)
    if missed:
        return Line(
            text=f"  {missed} of {len(recording.expectations)} expectations did NOT hold",
            tone="failed",
        )
    return Line(text="  everything expected was so", tone="ok")
