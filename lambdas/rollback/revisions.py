"""CodeDeploy's descriptions of deployments as `served.Deployment`, and their AppSpecs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ..common.appspec import AppSpecError, task_definition_of
from .ports import CallFailed
from .served import Deployment

if TYPE_CHECKING:
    from mypy_boto3_codedeploy import CodeDeployClient

# Of a service's history; each revision is a call.
NEWEST = 50
_CONTENT_KEYS = {"AppSpecContent": "appSpecContent", "String": "string"}
_GONE = ("RevisionDoesNotExistException", "InvalidRevisionException")


def newest_first(
    found: Sequence[tuple[Deployment, dict[str, Any]]],
) -> list[tuple[Deployment, dict[str, Any]]]:
    """Return the pairs by their deployments' age."""
    return sorted(found, key=lambda pair: (pair[0].created, pair[0].id), reverse=True)


def deployment_of(info: dict[str, Any]) -> Deployment:
    """Return what a `DeploymentInfo` says, without its revision.

    https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_DeploymentInfo.html
    """
    rollback = info.get("rollbackInfo") or {}
    return Deployment(
        id=info["deploymentId"],
        status=info["status"],
        created=info["createTime"],
        completed=info.get("completeTime"),
        description=info.get("description") or "",
        creator=info.get("creator") or "user",
        error=(info.get("errorInformation") or {}).get("message") or "",
        rolled_back_by=rollback.get("rollbackDeploymentId") or None,
        rollback_of=rollback.get("rollbackTriggeringDeploymentId") or None,
        in_standby=bool(info.get("instanceTerminationWaitTimeStarted")),
    )


class Revisions:
    """Reads AppSpecs, each once. BatchGetDeployments gives their hashes, not their content."""

    def __init__(self, codedeploy: CodeDeployClient) -> None:
        self._codedeploy = codedeploy
        self._known: dict[str, str | None] = {}

    def complete(self, service: str, deployment: Deployment, info: dict[str, Any]) -> Deployment:
        """Return `deployment` with AppSpec and task definition, as far as CodeDeploy has them."""
        content = self._content(service, info.get("revision") or {})
        if content is None:
            return deployment
        try:
            definition = task_definition_of(content)
        except AppSpecError:
            return deployment
        return dataclasses.replace(deployment, appspec=content, task_definition=definition)

    def _content(self, service: str, revision: dict[str, Any]) -> str | None:
        kind = revision.get("revisionType")
        key = _CONTENT_KEYS.get(str(kind))
        location = revision.get(key) if key else None
        if key is None or not location:
            return None
        if location.get("content"):
            return str(location["content"])
        sha256 = location.get("sha256")
        if not sha256:
            return None
        if sha256 not in self._known:
            self._known[sha256] = self._read(service, str(kind), key, sha256)
        return self._known[sha256]

    def _read(self, service: str, kind: str, key: str, sha256: str) -> str | None:
        asked: Any = {"revisionType": kind, key: {"sha256": sha256}}
        try:
            answer: Any = self._codedeploy.get_application_revision(
                applicationName=service, revision=asked
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in _GONE:
                return None
            raise CallFailed(
                doing=f"reading a revision of {service}",
                action="codedeploy:GetApplicationRevision",
                resource=service,
                cause=error,
            ) from error
        return (answer.get("revision", {}).get(key) or {}).get("content") or None
