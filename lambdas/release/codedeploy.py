"""CodeDeploy through boto3, which Lambda's Python runtime brings along."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..common.aws import aws_client
from .appspec import description, request_in, revision
from .aws_errors import AWS_ERRORS, aws_error, code_of
from .ports import AwsError, Busy
from .request import Asked, Wanted
from .snapshot import Deployment, LifecycleEvent, Status

if TYPE_CHECKING:
    from mypy_boto3_codedeploy import CodeDeployClient

# "The maximum number of deployment IDs you can specify is 25":
# https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_BatchGetDeployments.html
BATCH = 25

_NOT_BEGUN = frozenset({"DeploymentNotStartedException", "DeploymentTargetDoesNotExistException"})
_OVER = frozenset({"DeploymentAlreadyCompletedException"})
_NOT_IN_STANDBY = _OVER | {
    "DeploymentIsNotInReadyStateException",
    "InvalidDeploymentStatusException",
}


class CodeDeploy:
    """`ports.Deployments` over the CodeDeploy API, with the credentials of the function's role."""

    def __init__(self, *, client: CodeDeployClient | None = None) -> None:
        self._client: CodeDeployClient = client or aws_client("codedeploy")

    def since(self, wanted: Wanted, *, start: datetime) -> tuple[Deployment, ...]:
        """See `ports.Deployments.since`. A list and a description of every 25 deployments."""
        try:
            pages = self._client.get_paginator("list_deployments").paginate(
                applicationName=wanted.application,
                deploymentGroupName=wanted.group,
                createTimeRange={"start": start},
            )
            ids = [each for page in pages for each in page.get("deployments", [])]
            return tuple(_deployment(info) for info in self._described(ids))
        except AWS_ERRORS as error:
            raise aws_error("Listing the deployments of", _group(wanted), error) from error

    def events(self, wanted: Wanted, *, deployment_id: str) -> tuple[LifecycleEvent, ...]:
        """See `ports.Deployments.events`."""
        try:
            answer = self._client.get_deployment_target(
                deploymentId=deployment_id,
                # An ECS target's id is made of these two:
                # https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_BatchGetDeploymentTargets.html
                targetId=f"{wanted.cluster}:{wanted.service}",
            )
        except AWS_ERRORS as error:
            if code_of(error) in _NOT_BEGUN:
                return ()
            raise aws_error("GetDeploymentTarget of", deployment_id, error) from error
        target = answer["deploymentTarget"].get("ecsTarget", {})
        return tuple(_event(each) for each in target.get("lifecycleEvents", []))

    def create(self, asked: Asked) -> str:
        """See `ports.Deployments.create`."""
        wanted = asked.wanted
        try:
            answer = self._client.create_deployment(
                applicationName=wanted.application,
                deploymentGroupName=wanted.group,
                revision=revision(wanted),
                description=description(asked),
            )
        except AWS_ERRORS as error:
            if code_of(error) == "DeploymentLimitExceededException":
                raise Busy(f"{_group(wanted)} has an active deployment") from error
            raise aws_error("CreateDeployment in", _group(wanted), error) from error
        return str(answer["deploymentId"])

    def take_back(self, *, deployment_id: str) -> None:
        """See `ports.Deployments.take_back`."""
        try:
            self._client.stop_deployment(deploymentId=deployment_id, autoRollbackEnabled=True)
        except AWS_ERRORS as error:
            if code_of(error) not in _OVER:
                raise aws_error("StopDeployment of", deployment_id, error) from error

    def end_standby(self, *, deployment_id: str) -> None:
        """See `ports.Deployments.end_standby`."""
        try:
            self._client.continue_deployment(
                deploymentId=deployment_id, deploymentWaitType="TERMINATION_WAIT"
            )
        except AWS_ERRORS as error:
            if code_of(error) not in _NOT_IN_STANDBY:
                raise aws_error("ContinueDeployment of", deployment_id, error) from error

    def alarm_names(self, wanted: Wanted) -> tuple[str, ...]:
        """See `ports.Deployments.alarm_names`."""
        try:
            answer = self._client.get_deployment_group(
                applicationName=wanted.application, deploymentGroupName=wanted.group
            )
        except AWS_ERRORS as error:
            raise aws_error("GetDeploymentGroup", _group(wanted), error) from error
        configuration = answer["deploymentGroupInfo"].get("alarmConfiguration", {})
        return tuple(alarm["name"] for alarm in configuration.get("alarms", []))

    def _described(self, ids: list[str]) -> Iterator[Mapping[str, Any]]:
        for first in range(0, len(ids), BATCH):
            answer = self._client.batch_get_deployments(deploymentIds=ids[first : first + BATCH])
            yield from answer.get("deploymentsInfo", [])


def _deployment(info: Mapping[str, Any]) -> Deployment:
    rollback = info.get("creator") == "codeDeployRollback"
    about_rollback = info.get("rollbackInfo", {})
    error = info.get("errorInformation", {})
    return Deployment(
        id=info["deploymentId"],
        status=_status(info),
        created_at=info["createTime"],
        ended_at=info.get("completeTime"),
        # A rollback may carry on the description of what it takes back.
        request_id=None if rollback else request_in(info.get("description", "")),
        rollback=rollback,
        rolls_back=about_rollback.get("rollbackTriggeringDeploymentId"),
        rollback_id=about_rollback.get("rollbackDeploymentId"),
        rollback_message=about_rollback.get("rollbackMessage", ""),
        error_code=error.get("code", ""),
        error_message=error.get("message", ""),
    )


def _status(info: Mapping[str, Any]) -> Status:
    try:
        return Status(info["status"])
    except ValueError:
        raise AwsError(
            f"deployment {info['deploymentId']} has the unknown status {info['status']!r}; known: "
            + ", ".join(Status)
        ) from None


def _event(event: Mapping[str, Any]) -> LifecycleEvent:
    diagnostics = event.get("diagnostics", {})
    code = diagnostics.get("errorCode", "")
    said = [
        "" if code == "Success" else code,
        diagnostics.get("message", ""),
        diagnostics.get("logTail", ""),
    ]
    return LifecycleEvent(
        name=event.get("lifecycleEventName", ""),
        status=event.get("status", ""),
        ended_at=event.get("endTime"),
        diagnostics=": ".join(part.strip() for part in said if part.strip()),
    )


def _group(wanted: Wanted) -> str:
    return f"deployment group {wanted.group} of application {wanted.application}"
