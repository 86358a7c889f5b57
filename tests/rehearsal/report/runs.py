"""Rehearsals that several modules open: usual ones, crowded ones, hostile ones, hardly any."""

from __future__ import annotations

import dataclasses
import html
from typing import Any

from rehearsal.recording import EnvironmentRecord, Mark, Recording, Rehearsal, Sample

from .recordings import environment, good_release, rehearsal, taken_back

POISON = "<script>boom()</script>\"'&\u202e\x00\ud800"
SHOWN = html.escape("<script>boom()</script>\"'&") + "\\u202e\\u0000\\ud800"


def whole() -> Rehearsal:
    """A good release and one that is taken back."""
    return rehearsal(good_release(), taken_back())


def crowded() -> Rehearsal:
    """Long names, many marks in a few seconds, gaps, and environments with hardly anything."""
    recording = taken_back()
    prod = recording.environment("prod")
    prod.samples = [one for one in prod.samples if not 12 <= one.at < 18]
    for sample in prod.samples:
        sample.alarms = tuple(
            f"{name}-of-a-service-with-a-{'very-' * 12}long-name" for name in sample.alarms
        )
    prod.marks += [
        Mark(at=30 + index / 5, kind="message", text=f"message {index} " + "word" * 90)
        for index in range(40)
    ]
    one = environment("dev")
    one.marks.append(Mark(at=3, kind="task", text="a task ended"))
    one.samples.append(Sample(at=3, requests=1, failed=1))
    recording.environments.insert(0, one)
    recording.title = recording.title + "W" * 90
    recording.ended = "Ctrl-C"
    return rehearsal(recording)


def poisoned(value: Any, kept: tuple[str, ...] = ("kind", "result", "colour")) -> Any:
    """The same data with the poison in every text that is not one of a few words."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            if field.name not in kept:
                setattr(value, field.name, poisoned(getattr(value, field.name)))
        return value
    if isinstance(value, str):
        return value + POISON
    if isinstance(value, dict):
        return {key + POISON: poisoned(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(poisoned(one) for one in value)
    return value


def bare(record: EnvironmentRecord | None, *, seconds: float = 10.0) -> Rehearsal:
    recording = Recording(
        scenario="bare", title="", description="", factor=20.0, began="", seconds=seconds
    )
    recording.environments = [record] if record else []
    return rehearsal(recording)
