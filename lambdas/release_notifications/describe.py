"""Reads CodeDeploy's and ECS's answers into what the messages know. Pure: no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .facts import Deployment, LifecycleEvent
from .ports import Described, Unavailable

CONTAINER = "app"
# The descriptions of deployments that the stack's release, an operator's rollback and the function
# secret_redeployment start.
_BY_STACK = "pase release "
_GOES_BACK = "pase rollback"
_RESTARTS = "pase restart"
_ALARM_ACTIVE = "ALARM_ACTIVE"


def deployment_of(info: Mapping[str, Any]) -> Described:
    """Read a DeploymentInfo.

    https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_DeploymentInfo.html
    """
    rollback = info.get("rollbackInfo") or {}
    error = info.get("errorInformation") or {}
    waits = info.get("blueGreenDeploymentConfiguration") or {}
    ready = waits.get("deploymentReadyOption") or {}
    standby = waits.get("terminateBlueInstancesOnDeploymentSuccess") or {}
    description = info.get("description") or ""
    ready_minutes = ready.get("waitTimeInMinutes") or 0
    deployment = Deployment(
        id=info["deploymentId"],
        rollback=info.get("creator") == "codeDeployRollback",
        rolls_back=rollback.get("rollbackTriggeringDeploymentId"),
        by_stack=description.startswith(_BY_STACK),
        goes_back=description.startswith(_GOES_BACK),
        restarts=description.startswith(_RESTARTS),
        rollback_id=rollback.get("rollbackDeploymentId"),
        rollback_expected=_rollback_expected(info, error.get("code")),
        error_code=error.get("code"),
        error_message=error.get("message"),
        ready_minutes=ready_minutes,
        needs_approval=ready_minutes > 0 and ready.get("actionOnTimeout") == "STOP_DEPLOYMENT",
        standby_minutes=standby.get("terminationWaitTimeInMinutes") or 0,
        standby_started=info.get("instanceTerminationWaitTimeStarted") is True,
    )
    return Described(
        deployment=deployment,
        revision=info.get("revision"),
        previous_revision=info.get("previousRevision"),
    )


def event_of(event: Mapping[str, Any]) -> LifecycleEvent:
    """Read a LifecycleEvent."""
    return LifecycleEvent(
        name=event.get("lifecycleEventName", "unknown event"),
        status=event.get("status", "Unknown"),
        ended_at=event.get("endTime"),
        diagnostics=(event.get("diagnostics") or {}).get("message") or "",
    )


def image_of(task_definition: Mapping[str, Any]) -> str:
    """Return the digest of the image that the service's own container runs.

    An image that names no digest is returned as it is written. Raises `Unavailable`.
    """
    containers = task_definition.get("containerDefinitions", [])
    for container in containers:
        if container.get("name") == CONTAINER:
            return str(container["image"]).rpartition("@")[2]
    names = ", ".join(str(container.get("name")) for container in containers)
    raise Unavailable(f'it has no container "{CONTAINER}"; its containers are: {names}')


def _rollback_expected(info: Mapping[str, Any], error_code: str | None) -> bool:
    """Whether the settings have a deployment that ended like this one taken back.

    https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_AutoRollbackConfiguration.html
    """
    settings = info.get("autoRollbackConfiguration") or {}
    status = info.get("status")
    if not settings.get("enabled") or status not in ("Failed", "Stopped"):
        return False
    causes = {"DEPLOYMENT_FAILURE" if status == "Failed" else "DEPLOYMENT_STOP_ON_REQUEST"}
    if error_code == _ALARM_ACTIVE:
        causes = {"DEPLOYMENT_STOP_ON_ALARM"}
    return bool(causes & set(settings.get("events") or ()))
