"""What has happened since the last look at a recording, each thing once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Literal

from ..recording import DeploymentRecord, EnvironmentRecord, Recording, Release
from .moment import event_words, spaced

Kind = Literal["mark", "event", "deployment", "release", "gate"]


@dataclass(frozen=True, kw_only=True)
class News:
    """One thing that happened. ``name``: the mark's kind, the event, the version or the gate."""

    at: float
    environment: str
    kind: Kind
    name: str
    text: str


class Reader:
    """Reads a growing recording."""

    def __init__(self) -> None:
        self._read: dict[str, int] = {}
        self._states: dict[tuple[str, ...], str] = {}

    def news(self, recording: Recording) -> list[News]:
        """Everything that is new, in the order of time."""
        found = [
            one
            for environment in recording.environments
            for part in (self._marks, self._deployments, self._releases)
            for one in part(environment)
        ]
        found += self._gates(recording)
        return sorted(found, key=attrgetter("at"))

    def _new(self, key: str, count: int) -> range:
        before = self._read.get(key, 0)
        self._read[key] = count
        return range(before, count)

    def _changed(self, state: str, *key: str) -> bool:
        before = self._states.get(key)
        self._states[key] = state
        return state != before

    def _marks(self, environment: EnvironmentRecord) -> Iterator[News]:
        for index in self._new(environment.name, len(environment.marks)):
            mark = environment.marks[index]
            yield News(
                at=mark.at,
                environment=environment.name,
                kind="mark",
                name=mark.kind,
                text=mark.text,
            )

    def _deployments(self, environment: EnvironmentRecord) -> Iterator[News]:
        for deployment in environment.deployments:
            what = "rollback" if deployment.rollback_of else "deployment"
            if self._changed(deployment.status, environment.name, deployment.id):
                error = f": {deployment.error}" if deployment.error else ""
                yield News(
                    at=_since(deployment),
                    environment=environment.name,
                    kind="deployment",
                    name=deployment.version,
                    text=f"{what} {deployment.id} of {deployment.version} is "
                    f"{spaced(deployment.status)}{error}",
                )
            yield from self._events(environment.name, deployment)

    def _events(self, environment: str, deployment: DeploymentRecord) -> Iterator[News]:
        for event in deployment.events:
            if event.status in ("Pending", "Skipped"):
                continue
            if self._changed(event.status, environment, deployment.id, event.name):
                moment = event.start if event.end is None else event.end
                yield News(
                    at=deployment.start if moment is None else moment,
                    environment=environment,
                    kind="event",
                    name=event.name,
                    text=f"{deployment.version} {event_words(event)}",
                )

    def _releases(self, environment: EnvironmentRecord) -> Iterator[News]:
        for index, release in enumerate(environment.releases):
            if self._changed(release.result, environment.name, "release", str(index)):
                yield News(
                    at=release.start if release.end is None else release.end,
                    environment=environment.name,
                    kind="release",
                    name=release.version,
                    text=_of_release(release),
                )

    def _gates(self, recording: Recording) -> Iterator[News]:
        for index in self._new("", len(recording.gates)):
            gate = recording.gates[index]
            detail = f": {gate.detail}" if gate.detail else ""
            yield News(
                at=gate.at,
                environment=gate.environment,
                kind="gate",
                name=gate.name,
                text=f"{gate.version} {gate.name} {'passed' if gate.passed else 'FAILED'}{detail}",
            )


def _since(deployment: DeploymentRecord) -> float:
    """When a deployment came to the status it has: with the last event that began or ended."""
    if deployment.end is not None:
        return deployment.end
    moments = [one for event in deployment.events for one in (event.start, event.end)]
    return max([deployment.start, *(one for one in moments if one is not None)])


def _of_release(release: Release) -> str:
    words = {
        "running": "is being released",
        "released": "is released",
        "failed": "has FAILED",
        "not reached": "was not reached",
    }
    reason = f": {release.reason}" if release.reason else ""
    return f"{release.version} {words[release.result]}{reason}"
