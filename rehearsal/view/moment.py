"""What a recording says of the moment at which it stands. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..recording import (
    Colour,
    DeploymentRecord,
    EnvironmentRecord,
    LifecycleEvent,
    Mark,
    Recording,
    Release,
    Sample,
)

COLOURS: tuple[Colour, Colour] = ("blue", "green")
_OVER = ("Succeeded", "Failed", "Stopped")
_EVENTS = 8
_NOTHING = Sample(at=0.0)


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a deployment is: ``number`` of ``total`` lifecycle events, the one it is at."""

    number: int
    total: int
    words: str


def elapsed(recording: Recording) -> float:
    """Real seconds since it began, as far as anything was recorded."""
    samples = [one.samples[-1].at for one in recording.environments if one.samples]
    marks = [one.marks[-1].at for one in recording.environments if one.marks]
    return max([recording.seconds, *samples, *marks])


def in_focus(recording: Recording) -> EnvironmentRecord | None:
    """The environment that is being released to, else the one released to last, else the last."""
    if not recording.environments:
        return None
    return max(enumerate(recording.environments), key=lambda one: (_attention(one[1]), one[0]))[1]


def _attention(environment: EnvironmentRecord) -> tuple[bool, float]:
    releases = environment.releases
    running = any(one.result == "running" for one in releases)
    deployments = [one.start for one in environment.deployments]
    return running, max([-1.0, *(one.start for one in releases), *deployments])


def latest(environment: EnvironmentRecord) -> Sample:
    """The newest second; an empty one before the first."""
    return environment.samples[-1] if environment.samples else _NOTHING


def failures(environment: EnvironmentRecord) -> int:
    """Requests that failed since the beginning."""
    return sum(one.failed for one in environment.samples)


def serving(environment: EnvironmentRecord) -> str:
    """The version that serves, both with their shares during a shift; empty when unknown."""
    sample = latest(environment)
    serves = [
        (colour.weight, colour.version)
        for colour in (sample.blue, sample.green)
        if colour.weight and colour.version
    ]
    serves.sort(key=lambda one: -one[0])
    if len(serves) < 2:
        return serves[0][1] if serves else ""
    return ", ".join(f"{version} {weight:g} %" for weight, version in serves)


def release_of(environment: EnvironmentRecord) -> Release | None:
    """The newest release; None before the first."""
    return environment.releases[-1] if environment.releases else None


def state(environment: EnvironmentRecord) -> str:
    """In a few words, what becomes of the newest release."""
    release = release_of(environment)
    if release is None:
        return "nothing yet"
    if release.result == "running":
        return f"releasing {release.version}"
    return f"{release.version} {release.result}"


def deployment_of(environment: EnvironmentRecord) -> DeploymentRecord | None:
    """The newest deployment, a rollback included; None before the first."""
    return environment.deployments[-1] if environment.deployments else None


def progress(deployment: DeploymentRecord) -> Progress:
    """How far it is. After the last event it is in hot standby, or over."""
    if not deployment.events:
        return _without_events(deployment)
    total = len(deployment.events)
    for number, event in enumerate(deployment.events, start=1):
        if event.status in ("InProgress", "Failed"):
            return Progress(number=number, total=total, words=event_words(event))
    done = sum(event.status in ("Succeeded", "Skipped") for event in deployment.events)
    if deployment.status in _OVER:
        return Progress(number=done, total=total, words=spaced(deployment.status))
    if deployment.moved is not None:
        return Progress(number=done, total=total, words="all traffic moved, hot standby")
    return Progress(number=done, total=total, words=spaced(deployment.status))


def _without_events(deployment: DeploymentRecord) -> Progress:
    what = "rollback" if deployment.rollback_of else "deployment"
    over = deployment.status in _OVER
    return Progress(
        number=_EVENTS if over else 0, total=_EVENTS, words=f"{what} {spaced(deployment.status)}"
    )


def event_words(event: LifecycleEvent) -> str:
    """An event and how it stands, such as `AllowTraffic in progress`."""
    return f"{event.name} {spaced(event.status)}"


def spaced(status: str) -> str:
    """A status in words: `InProgress` is `in progress`."""
    return "".join(f" {char.lower()}" if char.isupper() else char for char in status).strip()


def last_marks(recording: Recording, count: int) -> Sequence[tuple[str, Mark]]:
    """The newest marks of all environments, oldest first, each with its environment's name."""
    if count <= 0:
        return ()
    found = [(one.name, mark) for one in recording.environments for mark in one.marks[-count:]]
    return sorted(found, key=lambda one: one[1].at)[-count:]
