"""What a release needs of the world."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from .request import Asked, Wanted
from .snapshot import Deployment, LifecycleEvent, ServiceState


class AwsError(Exception):
    """AWS did not do what was asked; the message says which call, on what, and why."""


class Refused(AwsError):
    """AWS will refuse the same call again: trying again is of no use."""


class Busy(AwsError):
    """CodeDeploy has an active deployment of the group, and takes no other."""


@dataclass(frozen=True, kw_only=True)
class StoppedTask:
    """A task that ECS has stopped; `reasons` are ECS's, the container's and its exit code.

    `created_at` is None for a task that came to its end before it was PENDING
    (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html).
    """

    task_definition: str
    created_at: datetime | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """An alarm of the group; `changed_at` is when it last went from one state into another."""

    name: str
    state: str
    changed_at: datetime | None


class Deployments(Protocol):
    """CodeDeploy. Every method raises `AwsError`."""

    def since(self, wanted: Wanted, *, start: datetime) -> tuple[Deployment, ...]:
        """The group's deployments created at or after `start`, without lifecycle events."""

    def events(self, wanted: Wanted, *, deployment_id: str) -> tuple[LifecycleEvent, ...]:
        """The deployment's lifecycle events in their order; none before it has begun."""

    def create(self, asked: Asked) -> str:
        """Create the request's deployment and return its id. Raises `Busy`."""

    def take_back(self, *, deployment_id: str) -> None:
        """Stop it and route traffic back. Does nothing to one that has ended meanwhile."""

    def end_standby(self, *, deployment_id: str) -> None:
        """End its termination wait. Does nothing to one that is not in it (any more)."""

    def alarm_names(self, wanted: Wanted) -> tuple[str, ...]:
        """The alarms that take the group's deployments back."""


class Services(Protocol):
    """ECS. Every method raises `AwsError`."""

    def describe(self, wanted: Wanted) -> ServiceState | None:
        """The service's state; None when it or its cluster is unknown."""

    def stopped_tasks(self, wanted: Wanted) -> tuple[StoppedTask, ...]:
        """The service's tasks that ECS stopped lately (it remembers them for an hour or so)."""


class Reports(Protocol):
    """What else explains a failure or a wish. Every method raises `AwsError`."""

    def alarms(self, names: tuple[str, ...]) -> tuple[Alarm, ...]:
        """The state of each of these alarms."""

    def checks(self, wanted: Wanted) -> str | None:
        """What the release checks wrote last, as they wrote it; None when there is nothing."""

    def asked_for(self, wanted: Wanted) -> str | None:
        """The task definition that the stack asked for last with success; None before the first."""


class Machine(Protocol):
    """The state machine that asks for step after step."""

    def start(self, *, name: str, input: str) -> None:
        """Start the execution called `name`; nothing happens when there is or was one already.

        Raises `Refused` when it will not be started, `AwsError` when that is not known.
        """


@dataclass(frozen=True, kw_only=True)
class World:
    """All of it that one step may use."""

    deployments: Deployments
    services: Services
    reports: Reports
