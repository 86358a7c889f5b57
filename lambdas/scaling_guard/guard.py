"""Decides what a service's scaling is to be. Pure: no I/O, no clock.

`True` in a flag means suspended, as in the API
(https://docs.aws.amazon.com/autoscaling/application/APIReference/API_SuspendedState.html).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from .schedule import Due

# A scheduled action may run somewhat after its minute, and so be lost to a suspension that begins
# just then. Doing again what was done two minutes before the suspension changes nothing.
LATENESS = timedelta(minutes=2)
_T = TypeVar("_T")


class InvalidMarker(ValueError):
    """A marker's text is not what this function writes; the message says what is wrong in it."""


@dataclass(frozen=True, kw_only=True)
class Flags:
    """Which kinds of scaling are suspended."""

    scale_in: bool
    scale_out: bool
    scheduled: bool

    def __and__(self, other: Flags) -> Flags:
        """Return what is suspended in both."""
        return Flags(
            scale_in=self.scale_in and other.scale_in,
            scale_out=self.scale_out and other.scale_out,
            scheduled=self.scheduled and other.scheduled,
        )


SUSPENDED = Flags(scale_in=True, scale_out=True, scheduled=True)
_FLAG_NAMES = {
    "scale_in": "DynamicScalingInSuspended",
    "scale_out": "DynamicScalingOutSuspended",
    "scheduled": "ScheduledScalingSuspended",
}


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """The least and the most tasks that scaling may choose."""

    minimum: int
    maximum: int

    def raised_to(self, other: Bounds) -> Bounds:
        """Return the higher one of each bound."""
        return Bounds(
            minimum=max(self.minimum, other.minimum), maximum=max(self.maximum, other.maximum)
        )

    def __str__(self) -> str:
        return f"{self.minimum}..{self.maximum}"


@dataclass(frozen=True, kw_only=True)
class Target:
    """A service's scalable target."""

    flags: Flags
    bounds: Bounds


@dataclass(frozen=True, kw_only=True)
class Marker:
    """Says that the guard has suspended a service's scaling, and what it was before.

    `before` are the flags to go back to. `bounds` are those at the suspension.
    """

    deployment_id: str
    suspended_at: datetime
    before: Flags
    bounds: Bounds

    def having_seen(self, flags: Flags) -> Marker:
        """Return the marker after `flags` were seen on its target.

        The guard only ever sets flags, apart from going back to `before`. So a flag that is not
        set was cleared by somebody else, a stack update or a person, or never was the guard's to
        clear: then it is to stay clear after the release.
        """
        return replace(self, before=self.before & flags)


def opened(*, deployment_id: str, target: Target, now: datetime) -> Marker:
    """Return the marker for suspending `target` as it is now."""
    return Marker(
        deployment_id=deployment_id, suspended_at=now, before=target.flags, bounds=target.bounds
    )


def window_start(marker: Marker) -> datetime:
    """Return the time after which a scheduled action may have been missed."""
    return marker.suspended_at - LATENESS


def caught_up(*, marker: Marker, bounds: Bounds, due: Sequence[Due]) -> Bounds:
    """Return the bounds for a target that has `bounds`, after missing the actions `due` in order.

    They are what those actions would have left, unless somebody else changed the bounds during the
    suspension: whether before or after an action fell due, nobody can tell. Then they are only
    raised, because fewer tasks than either of them asked for would be the dangerous mistake.
    Actions that together make no valid bounds change nothing.
    """
    # Some of them may have run: a stack update resumes scaling until the watchdog's next run.
    explained = _steps(marker.bounds, due)
    wanted = explained[-1] if bounds in explained else _steps(bounds, due)[-1].raised_to(bounds)
    return wanted if wanted.minimum <= wanted.maximum else bounds


def _steps(bounds: Bounds, due: Sequence[Due]) -> list[Bounds]:
    """Return `bounds`, and what they are after each action."""
    steps = [bounds]
    for one in due:
        bounds = Bounds(
            minimum=bounds.minimum if one.action.minimum is None else one.action.minimum,
            maximum=bounds.maximum if one.action.maximum is None else one.action.maximum,
        )
        steps.append(bounds)
    return steps


def flags_from(state: Mapping[str, Any]) -> Flags:
    """Return the flags of an API's SuspendedState; one that is not there is false, the default."""
    return Flags(**{ours: bool(state.get(theirs)) for ours, theirs in _FLAG_NAMES.items()})


def flags_to(flags: Flags) -> dict[str, bool]:
    """Return the API's SuspendedState, always with all three."""
    return {theirs: getattr(flags, ours) for ours, theirs in _FLAG_NAMES.items()}


def marker_text(marker: Marker) -> str:
    """Return the marker as the parameter's value."""
    return json.dumps(
        {
            "deploymentId": marker.deployment_id,
            "suspendedAt": marker.suspended_at.astimezone(UTC).isoformat(),
            "before": flags_to(marker.before),
            "min": marker.bounds.minimum,
            "max": marker.bounds.maximum,
        }
    )


def marker_from(text: str) -> Marker:
    """Return the marker a parameter's value holds, or raise `InvalidMarker`."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise InvalidMarker(f"it is no JSON ({error})") from error
    if not isinstance(value, dict):
        raise InvalidMarker("it is no JSON object")
    before = _member(value, "before", dict)
    return Marker(
        deployment_id=_member(value, "deploymentId", str),
        suspended_at=_time(_member(value, "suspendedAt", str)),
        before=Flags(
            **{ours: _member(before, theirs, bool) for ours, theirs in _FLAG_NAMES.items()}
        ),
        bounds=Bounds(minimum=_member(value, "min", int), maximum=_member(value, "max", int)),
    )


def _member(value: Mapping[str, Any], name: str, kind: type[_T]) -> _T:
    found = value.get(name)
    if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
        raise InvalidMarker(f"its {name} must be a {kind.__name__}, got {found!r}")
    return found


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidMarker(f"its suspendedAt must be an ISO 8601 time, got {text!r}") from None
    if time.tzinfo is None:
        raise InvalidMarker(f"its suspendedAt must have a UTC offset, got {text!r}")
    return time
