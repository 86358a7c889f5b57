"""One deployment: what is known of it, and how the API describes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from .appspec import Revision
from .ecs_service import EcsServices, Service, TaskSet
from .groups import Group
from .lifecycle import Hook, Lifecycle
from .traffic import Actions

Status = Literal["Created", "InProgress", "Ready", "Succeeded", "Failed", "Stopped"]
ACTIVE: tuple[Status, ...] = ("Created", "InProgress", "Ready")

Event = Literal["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"]


@dataclass(frozen=True)
class Wait:
    """A deployment goes on when `ready` holds, and at `until` in any case."""

    until: datetime | None = None
    ready: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class StopRequest:
    """StopDeployment has been called. `rollback` None leaves it to the configuration."""

    rollback: bool | None


@dataclass(frozen=True)
class Original:
    """What served when the deployment began, for the way back."""

    task_set: TaskSet
    test_actions: Actions | None


class DeploymentEnded(Exception):
    """The deployment ends without success. `event` is the one automatic rollback looks for."""

    def __init__(self, status: Status, code: str, message: str, *, event: Event) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.event: Event = event


@dataclass(eq=False, kw_only=True)
class Deployment:
    """A deployment or a rollback, and everything that is remembered of it."""

    id: str
    group: Group
    config: str
    routing: Mapping[str, Any]
    revision: Revision
    previous: Revision | None
    description: str | None
    creator: str
    created: datetime
    auto_rollback: Mapping[str, Any]
    alarms: Mapping[str, Any]
    override_alarms: Mapping[str, Any] | None = None
    status: Status = "Created"
    started: datetime | None = None
    completed: datetime | None = None
    error: tuple[str, str] | None = None
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    hook: Hook | None = None
    stop: StopRequest | None = None
    reroute: bool = False
    terminate: bool = False
    terminating: bool = False
    service: Service | None = None
    original: Original | None = None
    replacement: TaskSet | None = None
    rollback_of: Deployment | None = None
    rolled_back_by: Deployment | None = None
    scalings: int = 0
    settle_until: datetime | None = None
    run: Iterator[Wait] | None = None
    wait: Wait = field(default_factory=lambda: Wait(ready=lambda: True))

    @property
    def active(self) -> bool:
        """Whether it keeps its group from starting another one."""
        return self.status in ACTIVE

    @property
    def is_rollback(self) -> bool:
        """Whether it takes another deployment back."""
        return self.rollback_of is not None

    @property
    def installed(self) -> bool:
        """Whether the replacement task set has been ready once."""
        return self.lifecycle["Install"].status == "Succeeded"

    @property
    def due(self) -> datetime | None:
        """When it goes on although nothing happens."""
        return min((due for due in (self.wait.until, self.settle_until) if due), default=None)

    def describe(self) -> dict[str, Any]:
        """As the API's DeploymentInfo. An ECS deployment has no deploymentOverview."""
        found = {
            "applicationName": self.group.application,
            "deploymentGroupName": self.group.name,
            "deploymentConfigName": self.config,
            "deploymentId": self.id,
            "previousRevision": self.previous.location if self.previous else None,
            "revision": self.revision.location,
            "status": self.status,
            "errorInformation": _error(self.error),
            "createTime": self.created,
            "startTime": self.started,
            "completeTime": self.completed,
            "description": self.description,
            "creator": self.creator,
            "ignoreApplicationStopFailures": False,
            "autoRollbackConfiguration": dict(self.auto_rollback) or {"enabled": False},
            "updateOutdatedInstancesOnly": False,
            "rollbackInfo": self._rollback_info(),
            "deploymentStyle": self.group.parameters["deploymentStyle"],
            "instanceTerminationWaitTimeStarted": self.terminating,
            "blueGreenDeploymentConfiguration": self.group.parameters.get(
                "blueGreenDeploymentConfiguration"
            ),
            "loadBalancerInfo": self.group.parameters["loadBalancerInfo"],
            "fileExistsBehavior": "DISALLOW",
            "deploymentStatusMessages": [],
            "computePlatform": "ECS",
            "overrideAlarmConfiguration": self.override_alarms,
        }
        return {name: value for name, value in found.items() if value is not None}

    def _rollback_info(self) -> dict[str, str] | None:
        """The messages are CodeDeploy's, as published records of real rollbacks show them."""
        if self.rollback_of:
            return {
                "rollbackTriggeringDeploymentId": self.rollback_of.id,
                "rollbackMessage": f"Deployment {self.id} is triggered to roll back deployment "
                f"{self.rollback_of.id}.",
            }
        if self.rolled_back_by:
            rollback = self.rolled_back_by.id
            return {
                "rollbackDeploymentId": rollback,
                "rollbackMessage": f"Deployment {self.id} terminated. Automatic rollback is "
                f"triggered with a DeploymentId {rollback}.",
            }
        return None

    @property
    def target_id(self) -> str:
        """An ECS deployment has one target: the service."""
        return f"{self.group.cluster}:{self.group.service}"

    def target(
        self, services: EcsServices, weights: Mapping[str, int], moment: datetime
    ) -> dict[str, Any]:
        """As the API's DeploymentTarget. `weights` are the production listener's."""
        record = self.service.record if self.service else None
        sets = [(self.original.task_set, "Blue")] if self.original else []
        sets += [(self.replacement, "Green")] if self.replacement else []
        target = {
            "deploymentId": self.id,
            "targetId": self.target_id,
            "targetArn": record.arn if record else None,
            "lastUpdatedAt": self.completed or moment,
            "lifecycleEvents": [event.describe() for event in self.lifecycle.events],
            "status": self._target_status(),
            "taskSetsInfo": [
                _task_set(one, label, services, weights)
                for one, label in sets
                if self.service and one in self.service.sets
            ],
        }
        return {
            "deploymentTargetType": "ECSTarget",
            "ecsTarget": {name: value for name, value in target.items() if value is not None},
        }

    def _target_status(self) -> str:
        """Not documented: a stopped deployment's target; TargetStatus has no Stopped."""
        return {"Created": "Pending", "Stopped": "Failed"}.get(self.status, self.status)


def _error(error: tuple[str, str] | None) -> dict[str, str] | None:
    return {"code": error[0], "message": error[1]} if error else None


def _task_set(
    task_set: TaskSet, label: str, services: EcsServices, weights: Mapping[str, int]
) -> dict[str, Any]:
    running, pending = services.counts(task_set)
    total = sum(weights.values())
    share = 100.0 * weights.get(task_set.target_group, 0) / total if total else 0.0
    return {
        # The API spells it so.
        "identifer": task_set.id,
        "desiredCount": task_set.desired,
        "pendingCount": pending,
        "runningCount": running,
        "status": task_set.status,
        "trafficWeight": share,
        "targetGroup": {"name": task_set.target_group.split("/")[-2]},
        "taskSetLabel": label,
    }
