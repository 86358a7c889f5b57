"""The API's operations on deployments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from .appspec import revision_of
from .clock import Clock
from .deployment import Deployment, StopRequest, Wait
from .errors import ApiError
from .groups import Group, check_alarms
from .registry import Method, Registry
from .stage import Stage
from .traffic import weights

PAGE = 100
MOST_IN_BATCH = 25
MOST_DESCRIPTION = 256


class DeploymentsApi:
    """All deployments, in the order in which they were created."""

    def __init__(self, *, stage: Stage, clock: Clock, registry: Registry) -> None:
        self._stage = stage
        self._clock = clock
        self._registry = registry
        self._deployments: dict[str, Deployment] = {}
        self._running: dict[str, Deployment] = {}

    def operations(self) -> dict[str, Method]:
        """The operations answered here."""
        return {
            "CreateDeployment": self._create,
            "GetDeployment": lambda given: {
                "deploymentInfo": self._find(given["deploymentId"]).describe()
            },
            "BatchGetDeployments": self._batch_get,
            "ListDeployments": self._list,
            "StopDeployment": self._stop,
            "ContinueDeployment": self._continue,
            "ListDeploymentTargets": lambda given: {
                "targetIds": [self._begun(given["deploymentId"]).target_id]
            },
            "GetDeploymentTarget": lambda given: {
                "deploymentTarget": self._target(given["deploymentId"], given["targetId"])
            },
            "BatchGetDeploymentTargets": self._batch_get_targets,
            "PutLifecycleEventHookExecutionStatus": self._put_hook_status,
        }

    def active(self) -> list[Deployment]:
        """Those that have not ended, oldest first."""
        return list(self._running.values())

    def all(self) -> list[Deployment]:
        """Every one there has been, oldest first."""
        return list(self._deployments.values())

    def add(self, deployment: Deployment) -> None:
        """A deployment or a rollback is there."""
        self._deployments[deployment.id] = deployment
        self._running[deployment.id] = deployment
        self._registry.register(deployment.group.application, deployment.revision)

    def note_end(self, deployment: Deployment) -> None:
        """The group remembers how its deployments ended, rollbacks among them."""
        self._running.pop(deployment.id, None)
        group = deployment.group
        moment = deployment.created
        group.attempted = (deployment.id, deployment.status, moment)
        if deployment.status == "Succeeded":
            group.succeeded = (deployment.id, deployment.revision, moment)

    def _create(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """One active deployment a group. The message:
        https://github.com/CircleCI-Public/aws-ecs-orb/issues/181
        """
        application = given["applicationName"]
        if "deploymentGroupName" not in given:
            raise ApiError(
                "DeploymentGroupNameRequiredException", "The deployment group name is required"
            )
        group = self._registry.group(application, given["deploymentGroupName"])
        if "revision" not in given:
            raise ApiError("RevisionRequiredException", "A revision is required")
        revision = revision_of(given["revision"])
        config = given.get("deploymentConfigName") or group.config
        routing = self._registry.routing(config)
        override = given.get("overrideAlarmConfiguration")
        check_alarms(override)
        self._check_description(given.get("description"))
        for other in self.active():
            if other.group is group:
                raise ApiError(
                    "DeploymentLimitExceededException",
                    f"The Deployment Group '{group.name}' already has an active Deployment "
                    f"'{other.id}'",
                )
        deployment = Deployment(
            id=f"d-{self._stage.new_id()}",
            group=group,
            config=config,
            routing=routing,
            revision=revision,
            previous=group.succeeded[1] if group.succeeded else None,
            description=given.get("description"),
            creator="user",
            created=self._clock.now(),
            auto_rollback=given.get("autoRollbackConfiguration") or group.auto_rollback,
            alarms=override or group.alarms,
            override_alarms=override,
            wait=Wait(until=self._clock.now()),
        )
        self.add(deployment)
        return {"deploymentId": deployment.id}

    def _check_description(self, description: str | None) -> None:
        """https://docs.aws.amazon.com/codedeploy/latest/userguide/limits.html"""
        if description is not None and len(description) > MOST_DESCRIPTION:
            raise ApiError(
                "DescriptionTooLongException",
                f"The description has {len(description)} characters; at most {MOST_DESCRIPTION}",
            )

    def _find(self, id: str) -> Deployment:
        if id not in self._deployments:
            raise ApiError(
                "DeploymentDoesNotExistException", f"The deployment {id} could not be found"
            )
        return self._deployments[id]

    def _begun(self, id: str) -> Deployment:
        found = self._find(id)
        if found.started is None:
            raise ApiError(
                "DeploymentNotStartedException", f"The deployment {id} has not started yet"
            )
        return found

    def _batch_get(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """At most 25 ids; unknown ones are left out."""
        ids = given["deploymentIds"]
        if len(ids) > MOST_IN_BATCH:
            raise ApiError(
                "BatchLimitExceededException",
                f"{len(ids)} deployment ids are more than the maximum of {MOST_IN_BATCH}",
            )
        found = [self._deployments[id].describe() for id in ids if id in self._deployments]
        return {"deploymentsInfo": found}

    def _list(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Newest first. Bounds of createTimeRange belong to the range."""
        group = self._listed_group(given)
        statuses = given.get("includeOnlyStatuses")
        between = given.get("createTimeRange") or {}
        start, end = between.get("start"), between.get("end")
        found = [
            one.id
            for one in reversed(self._deployments.values())
            if (group is None or one.group is group)
            and (not statuses or one.status in statuses)
            and (start is None or one.created >= start)
            and (end is None or one.created <= end)
        ]
        return _page(found, given.get("nextToken"))

    def _listed_group(self, given: Mapping[str, Any]) -> Group | None:
        application, name = given.get("applicationName"), given.get("deploymentGroupName")
        if application and name:
            return self._registry.group(application, name)
        if application or name:
            missing = "DeploymentGroupName" if application else "ApplicationName"
            raise ApiError(
                f"{missing}RequiredException",
                "applicationName and deploymentGroupName are given both or not at all",
            )
        return None

    def _stop(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Pending until it has stopped, Succeeded from then on:
        https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-steps-ecs.html#deployment-stop-fail-ecs

        Not documented: that a rollback cannot be stopped.
        """
        deployment = self._find(given["deploymentId"])
        if deployment.status == "Stopped":
            return {"status": "Succeeded", "statusMessage": "Deployment already stopped"}
        if not deployment.active:
            raise _completed(deployment)
        if deployment.is_rollback:
            raise ApiError(
                "UnsupportedActionForDeploymentTypeException",
                f"The deployment {deployment.id} rolls back another one and cannot be stopped",
            )
        deployment.stop = deployment.stop or StopRequest(given.get("autoRollbackEnabled"))
        return {"status": "Pending", "statusMessage": "Deployment is stopping"}

    def _continue(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_ContinueDeployment.html

        Not documented: the default of deploymentWaitType, and which error answers which state.
        """
        deployment = self._find(given["deploymentId"])
        if not deployment.active:
            raise _completed(deployment)
        if given.get("deploymentWaitType", "READY_WAIT") == "READY_WAIT":
            if deployment.status != "Ready":
                raise ApiError(
                    "DeploymentIsNotInReadyStateException",
                    f"The deployment {deployment.id} is not in the Ready state",
                )
            deployment.reroute = True
        else:
            if not deployment.terminating:
                raise ApiError(
                    "InvalidDeploymentStatusException",
                    f"The deployment {deployment.id} does not wait for the termination of the "
                    "original task set",
                )
            deployment.terminate = True
        return {}

    def _target(self, id: str, target: str) -> dict[str, Any]:
        deployment = self._begun(id)
        if target != deployment.target_id:
            raise ApiError(
                "DeploymentTargetDoesNotExistException",
                f"The deployment {id} has the target {deployment.target_id}, not {target}",
            )
        listener = deployment.group.production
        split = weights(self._stage.listeners.actions(listener))
        return deployment.target(self._stage.services, split, self._clock.now())

    def _batch_get_targets(self, given: Mapping[str, Any]) -> dict[str, Any]:
        id = given["deploymentId"]
        targets = given.get("targetIds") or [self._begun(id).target_id]
        return {"deploymentTargets": [self._target(id, one) for one in targets]}

    def _put_hook_status(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """A hook says Succeeded or Failed, once:
        https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_PutLifecycleEventHookExecutionStatus.html
        """
        deployment = self._find(given["deploymentId"])
        id, status = given["lifecycleEventHookExecutionId"], given["status"]
        if status not in ("Succeeded", "Failed"):
            raise ApiError(
                "InvalidLifecycleEventHookExecutionStatusException",
                f"A hook's status is Succeeded or Failed, not {status}",
            )
        hook = deployment.hook
        if hook is None or hook.execution_id != id:
            raise ApiError(
                "InvalidLifecycleEventHookExecutionIdException",
                f"The deployment {deployment.id} waits for no hook with the id {id}",
            )
        current = deployment.lifecycle.current
        if hook.ended or current is None or current.name != hook.event:
            raise ApiError(
                "LifecycleEventAlreadyCompletedException",
                f"The lifecycle event {hook.event} of {deployment.id} has already completed",
            )
        answer: Literal["Succeeded", "Failed"] = status
        hook.answer = answer
        return {"lifecycleEventHookExecutionId": id}


def _completed(deployment: Deployment) -> ApiError:
    return ApiError(
        "DeploymentAlreadyCompletedException",
        f"The deployment {deployment.id} has already completed: {deployment.status}",
    )


def _page(found: Sequence[str], token: str | None) -> dict[str, Any]:
    if token is not None and not token.isdecimal():
        raise ApiError("InvalidNextTokenException", f"The next token {token} is not valid")
    first = int(token or 0)
    page: dict[str, Any] = {"deployments": list(found[first : first + PAGE])}
    if len(found) > first + PAGE:
        page["nextToken"] = str(first + PAGE)
    return page
