"""Writes CodeDeploy's deployments into an environment's record, and notices what they decide."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ..deployment import Deployment
from ..recording import DeploymentRecord, EnvironmentRecord, LifecycleEvent

Seconds = Callable[[datetime], float]
"""A moment of the model -> seconds of the recording."""


class DeploymentLog:
    """``version``: of a task definition, by its ARN; ``colour``: of a target group, by its ARN."""

    def __init__(
        self,
        *,
        record: EnvironmentRecord,
        seconds: Seconds,
        version: Callable[[str], str],
        colour: Callable[[str], str],
    ) -> None:
        self._record = record
        self._seconds = seconds
        self._version = version
        self._colour = colour
        self._records: dict[str, DeploymentRecord] = {}

    def write(self, deployments: list[Deployment]) -> None:
        """Bring the record up to date."""
        for one in deployments:
            known = self._records.get(one.id)
            if known is None:
                known = self._records[one.id] = self._begin(one)
                self._record.deployments.append(known)
            elif known.end is not None:
                continue
            self._update(known, one)

    def _begin(self, one: Deployment) -> DeploymentRecord:
        return DeploymentRecord(
            id=one.id,
            version=self._version(one.revision.task_definition),
            colour=None,
            status=one.status,
            start=self._seconds(one.started or one.created),
            rollback_of=one.rollback_of.id if one.rollback_of else "",
        )

    def _update(self, known: DeploymentRecord, one: Deployment) -> None:
        known.status = one.status
        if one.replacement is not None:
            found = self._colour(one.replacement.target_group)
            known.colour = "blue" if found == "blue" else "green"
        known.events = [
            LifecycleEvent(
                name=event.name,
                status=event.status,
                start=self._seconds(event.started) if event.started else None,
                end=self._seconds(event.ended) if event.ended else None,
            )
            for event in one.lifecycle.events
        ]
        if one.terminating and known.moved is None and not one.is_rollback:
            known.moved = next(
                (event.end for event in known.events if event.name == "AllowTraffic"), None
            )
        known.error = one.error[1] if one.error else ""
        if one.completed is not None:
            known.end = self._seconds(one.completed)


def event_began(record: DeploymentRecord, name: str) -> float | None:
    """When a lifecycle event, or "HotStandby", began; None when it has not."""
    if name == "HotStandby":
        return record.moved
    return next((one.start for one in record.events if one.name == name), None)
