"""What a chart shows, in words with its numbers, for those who do not see it."""

from __future__ import annotations

from collections.abc import Iterable

from ..recording import Sample
from .axis import Axis
from .words import clock, count, latency, percent, several


def shares(samples: Iterable[Sample], axis: Axis) -> str:
    """Who answered how much, and when green had a part of it."""
    shown = _shown(samples, axis)
    blue = sum(one.blue.answered for one in shown)
    green = sum(one.green.answered for one in shown)
    if not blue + green:
        return "Nothing was answered."
    said = f"{_who(shown, 'blue', blue)} {_who(shown, 'green', green)}"
    times = [one.at for one in shown if one.green.answered and one.blue.answered]
    if times:
        said += f" Both answered between {clock(times[0])} and {clock(times[-1])}."
    weights = [one.green.weight for one in shown]
    changes = [
        f"{weight:g} percent at {clock(one.at)}"
        for one, before, weight in zip(shown[1:], weights, weights[1:], strict=False)
        if weight != before
    ]
    if changes:
        said += f" The listener's weight of green began at {weights[0]:g} percent, then became "
        said += f"{', '.join(changes[:12])}{' and more' if len(changes) > 12 else ''}."
    return said


def _who(shown: list[Sample], colour: str, answered: int) -> str:
    versions = sorted({getattr(one, colour).version for one in shown} - {""})
    of = f" ({', '.join(versions)})" if versions else ""
    total = sum(one.blue.answered + one.green.answered for one in shown)
    return f"{colour.capitalize()}{of} answered {count(answered)}, {percent(answered / total)}."


def requests(samples: Iterable[Sample], axis: Axis) -> str:
    """How many requests there were and how many of them failed, and when."""
    shown = _shown(samples, axis)
    if not shown:
        return "Nothing was measured."
    total, failed = sum(one.requests for one in shown), sum(one.failed for one in shown)
    said = f"{count(total)} requests from {clock(shown[0].at)} to {clock(shown[-1].at)}, "
    said += f"at most {count(max(one.requests for one in shown))} in a second. "
    if not failed:
        return said + "None failed."
    bad = [one for one in shown if one.failed]
    worst = max(bad, key=lambda one: one.failed)
    return said + (
        f"{count(failed)} failed, {percent(failed / total) if total else 'all'}, in "
        f"{several(len(bad), 'second')} from {clock(bad[0].at)} to {clock(bad[-1].at)}; the most, "
        f"{count(worst.failed)}, at {clock(worst.at)}."
    )


def latencies(samples: Iterable[Sample], axis: Axis) -> str:
    """The range of the median and of the 99th percentile."""
    shown = _shown(samples, axis)
    said = []
    for name, values in (
        ("The median", [(one.p50, one.at) for one in shown if one.p50 is not None]),
        ("The 99th percentile", [(one.p99, one.at) for one in shown if one.p99 is not None]),
    ):
        if values:
            highest, at = max(values)
            said.append(
                f"{name} was between {latency(min(values)[0])} and {latency(highest)}, "
                f"the highest at {clock(at)}."
            )
    return " ".join(said) or "Nothing was measured."


def tasks(samples: Iterable[Sample], axis: Axis) -> str:
    """How many tasks each colour had at the beginning, at the end and at most."""
    shown = _shown(samples, axis)
    if not shown:
        return "Nothing was measured."
    said = []
    for colour in ("blue", "green"):
        of = [getattr(one, colour) for one in shown]
        said.append(
            f"{colour.capitalize()} had {of[0].healthy} healthy of {of[0].tasks} tasks at "
            f"{clock(shown[0].at)}, {of[-1].healthy} of {of[-1].tasks} at {clock(shown[-1].at)}, "
            f"at most {max(one.healthy for one in of)}."
        )
    wanted = sorted({one.desired for one in shown})
    said.append(f"The service wanted {' to '.join(str(one) for one in (wanted[0], wanted[-1]))}.")
    return (
        " ".join(said)
        if wanted[0] != wanted[-1]
        else " ".join(said[:-1]) + (f" The service wanted {wanted[0]}.")
    )


def _shown(samples: Iterable[Sample], axis: Axis) -> list[Sample]:
    return [one for one in samples if axis.holds(one.at)]
