"""What AWS says at one moment about a service and its deployments. Types without I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .request import Placement


class Status(StrEnum):
    """https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_DeploymentInfo.html"""

    CREATED = "Created"
    QUEUED = "Queued"
    IN_PROGRESS = "InProgress"
    BAKING = "Baking"
    READY = "Ready"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    STOPPED = "Stopped"


ENDED = frozenset({Status.SUCCEEDED, Status.FAILED, Status.STOPPED})


@dataclass(frozen=True, kw_only=True)
class LifecycleEvent:
    """https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_LifecycleEvent.html"""

    name: str
    status: str
    ended_at: datetime | None = None
    diagnostics: str = ""


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """One deployment of the group.

    `request_id` is the request of this resource that it was created for, None for anybody else's.
    `rollback` tells that CodeDeploy made it to take `rolls_back` back; `rollback_id` is the
    deployment that takes this one back. `events` are empty before they are asked for, and for a
    deployment that has not begun.
    """

    id: str
    status: Status
    created_at: datetime
    ended_at: datetime | None = None
    request_id: str | None = None
    rollback: bool = False
    rolls_back: str | None = None
    rollback_id: str | None = None
    rollback_message: str = ""
    error_code: str = ""
    error_message: str = ""
    events: tuple[LifecycleEvent, ...] = ()

    @property
    def active(self) -> bool:
        """Whether it has not ended."""
        return self.status not in ENDED

    @property
    def taken_back(self) -> bool:
        """Whether it ended otherwise than well, so that a rollback may follow."""
        return self.status in (Status.FAILED, Status.STOPPED)

    @property
    def installed(self) -> bool:
        """Whether its replacement task set has become healthy.

        Install ends when it has (the page as for `traffic_moved_at`).
        """
        return any(event.name == "Install" and event.status == "Succeeded" for event in self.events)

    @property
    def traffic_moved_at(self) -> datetime | None:
        """When the last of the production traffic had moved; None before that.

        AllowTraffic ends when all traffic has been routed to the replacement task set
        (https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-steps-ecs.html).
        """
        for event in self.events:
            if event.name == "AllowTraffic" and event.status == "Succeeded":
                return event.ended_at
        return None


@dataclass(frozen=True, kw_only=True)
class Primary:
    """The task set that serves production traffic. `placement` None: ECS did not tell."""

    task_definition: str
    placement: Placement | None = None


@dataclass(frozen=True, kw_only=True)
class ServiceState:
    """An ECS service. `primary` None: no task set serves."""

    status: str
    primary: Primary | None


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What is known at `now`.

    `service` None: ECS does not know it. `deployments` are those of the group since
    `LOOK_BACK` before the request, in any order; the ones that a decision hangs on have their
    lifecycle events. `asked_for` is the task definition that the stack asked for last with success;
    it is known when something else than what is wanted serves.
    """

    now: datetime
    service: ServiceState | None
    deployments: tuple[Deployment, ...] = ()
    asked_for: str | None = None

    def mine(self, request_id: str) -> Deployment | None:
        """The deployment of a request; the latest, should there be several."""
        own = [each for each in self.deployments if each.request_id == request_id]
        return max(own, key=lambda each: (each.created_at, each.id), default=None)

    def rollback_of(self, deployment: Deployment) -> Deployment | None:
        """The deployment with which CodeDeploy takes `deployment` back; an active one first."""
        found = [
            each
            for each in self.deployments
            if each.id == deployment.rollback_id or each.rolls_back == deployment.id
        ]
        return max(found, key=lambda each: (each.active, each.created_at, each.id), default=None)
