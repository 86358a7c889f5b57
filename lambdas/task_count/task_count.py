"""Decides what to do about a service's desired count. Pure: no I/O, no clock.

Setting it is allowed for the CODE_DEPLOY deployment controller: "only the desired count,
deployment configuration, health check grace period, ... can be updated using this API"
(https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html). While a
deployment has two task sets both are scaled as a percentage of it
(https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Scale.html), so a change then would
move blue and green at once, in the middle of a release. It is never made then.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

MAX_TASKS = 5000
_WHOLE = re.compile(r"[0-9]{1,9}")


class InvalidRequest(ValueError):
    """The resource's properties cannot be used; the message is meant for the template's author."""


class RequestType(StrEnum):
    """What CloudFormation does with the resource."""

    CREATE = "Create"
    UPDATE = "Update"
    DELETE = "Delete"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The resource's properties. `tasks` is the configured number of tasks."""

    cluster: str
    service: str
    tasks: int
    scaling_enabled: bool

    @property
    def physical_id(self) -> str:
        """The resource's identity: constant for a service, so that no update replaces it."""
        return f"{self.cluster}/{self.service}/task-count"


@dataclass(frozen=True, kw_only=True)
class ServiceState:
    """What ECS says of a service. `task_sets` counts those draining too: they are still scaled."""

    status: str
    desired: int
    task_sets: int


@dataclass(frozen=True, kw_only=True)
class Nothing:
    """Nothing is to be done; `reason` says why. The desired count stays `desired`."""

    reason: str
    desired: int


@dataclass(frozen=True, kw_only=True)
class SetCount:
    """The desired count, now `was`, is to become `tasks`."""

    was: int
    tasks: int


@dataclass(frozen=True, kw_only=True)
class Wait:
    """The count is wrong, and must not be touched before the deployment under way has ended."""

    service: ServiceState


@dataclass(frozen=True, kw_only=True)
class Refuse:
    """The request cannot be fulfilled; `reason` says why and what to do."""

    reason: str


Decision = Nothing | SetCount | Wait | Refuse


def decide(
    *,
    request: Literal[RequestType.CREATE, RequestType.UPDATE],
    wanted: Wanted,
    previous: Wanted | None,
    service: ServiceState | None,
) -> Decision:
    """Return what to do about `service` (None: ECS does not know it). A Delete does nothing.

    `previous` is what the resource asked for before an Update; None on Create, and when the
    former properties were invalid (CloudFormation then rolls such an update back, and what it
    asks for must be applied). A service that has scaling is only ever raised, because the scaler
    may have chosen a higher number; without scaling an Update sets the number exactly. An Update
    that points at another service is that service's Create.
    """
    if service is None or service.status != "ACTIVE":
        return Refuse(reason=_not_active(wanted, service))
    if request is RequestType.UPDATE and wanted == previous:
        return Nothing(
            reason="neither DesiredTasks nor ScalingEnabled has changed", desired=service.desired
        )
    if service.desired == wanted.tasks or (
        service.desired > wanted.tasks and _only_raises(request, wanted, previous)
    ):
        reason = f"the desired count is {service.desired} already"
        return Nothing(reason=reason, desired=service.desired)
    if service.task_sets > 1:
        return Wait(service=service)
    return SetCount(was=service.desired, tasks=wanted.tasks)


def _only_raises(request: RequestType, wanted: Wanted, previous: Wanted | None) -> bool:
    if request is RequestType.CREATE or wanted.scaling_enabled:
        return True
    return previous is not None and previous.physical_id != wanted.physical_id


def gave_up(*, wanted: Wanted, service: ServiceState, waited_seconds: float) -> str:
    """Return why the resource failed after waiting for a deployment, and what a person does."""
    return (
        f"The desired count of service {wanted.service} in cluster {wanted.cluster} is "
        f"{service.desired} and should be {wanted.tasks}, but a deployment with "
        f"{service.task_sets} task sets is active, and changing the count now would scale blue and "
        f"green together. Waited {waited_seconds:.0f} s for it to end. Let the CodeDeploy "
        "deployment end (its termination wait too), or end it (aws deploy stop-deployment "
        "--auto-rollback-enabled), then deploy this stack again."
    )


def parse(properties: object) -> Wanted:
    """Return what a resource's properties ask for, or raise `InvalidRequest`."""
    if not isinstance(properties, Mapping):
        raise InvalidRequest("the request has no ResourceProperties")
    tasks = _text(properties, "DesiredTasks")
    if not _WHOLE.fullmatch(tasks) or int(tasks) > MAX_TASKS:
        raise InvalidRequest(f"DesiredTasks must be a whole number 0..{MAX_TASKS}, got {tasks!r}")
    scaling = _text(properties, "ScalingEnabled")
    if scaling not in ("true", "false"):
        raise InvalidRequest(f'ScalingEnabled must be "true" or "false", got {scaling!r}')
    return Wanted(
        cluster=_text(properties, "Cluster"),
        service=_text(properties, "Service"),
        tasks=int(tasks),
        scaling_enabled=scaling == "true",
    )


def _text(properties: Mapping[str, Any], name: str) -> str:
    value = properties.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidRequest(f"{name} must be a text that is not empty, got {value!r}")
    return value


def _not_active(wanted: Wanted, service: ServiceState | None) -> str:
    what = "does not exist" if service is None else f"is {service.status}"
    return (
        f"Service {wanted.service} in cluster {wanted.cluster} {what}, so its desired count cannot "
        f"be set to {wanted.tasks}. Find out who deleted it (CloudTrail: DeleteService), and let "
        "CloudFormation create it again before this resource."
    )
