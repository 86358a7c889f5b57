"""ECS, CodeDeploy and CloudWatch through boto3, with whatever credentials the clients have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from .ports import CallFailed, Overtaken, TaskDefinition, TaskSets
from .revisions import NEWEST, Revisions, deployment_of, newest_first
from .served import Deployment

if TYPE_CHECKING:
    from mypy_boto3_codedeploy import CodeDeployClient

CONTAINER = "app"
# Looked through for the revision before, and for a digest.
FAMILY_REVISIONS = 25


@contextmanager
def calling(action: str, resource: str, *, doing: str) -> Iterator[None]:
    """Raise `CallFailed` for what boto3 raises inside."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise CallFailed(doing=doing, action=action, resource=resource, cause=error) from error


def error_code(error: CallFailed) -> str:
    """Return AWS's code of the error, empty when AWS did not answer."""
    cause = error.cause
    return str(cause.response["Error"]["Code"]) if isinstance(cause, ClientError) else ""


class AwsReleases:
    """`ports.Releases` over the AWS API.

    Needs ecs:DescribeServices, ecs:DescribeTaskDefinition, ecs:ListTaskDefinitions,
    cloudwatch:DescribeAlarms, and of CodeDeploy ListDeployments, BatchGetDeployments,
    GetApplicationRevision, GetDeploymentGroup, StopDeployment, CreateDeployment,
    RegisterApplicationRevision and GetDeploymentConfig; UpdateDeploymentGroup too, which
    CodeDeploy asks for when alarms are left out
    (https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_CreateDeployment.html).
    """

    def __init__(
        self, *, cluster: str, ecs: Any, codedeploy: CodeDeployClient, cloudwatch: Any
    ) -> None:
        self._cluster = cluster
        self._ecs = ecs
        self._codedeploy = codedeploy
        self._cloudwatch = cloudwatch
        self._definitions: dict[str, TaskDefinition | None] = {}
        self._revisions = Revisions(codedeploy)

    def task_sets(self, service: str) -> TaskSets | None:
        """See `ports.Releases.task_sets`."""
        found = self.describe_service(service)
        if found is None:
            return None
        sets = found.get("taskSets", [])
        serving = [one["taskDefinition"] for one in sets if one["status"] == "PRIMARY"]
        return TaskSets(
            serving=serving[0] if serving else None,
            others=tuple(one["taskDefinition"] for one in sets if one["status"] == "ACTIVE"),
        )

    def describe_service(self, service: str) -> dict[str, Any] | None:
        """Return ECS's own description; None when it does not exist or is not ACTIVE."""
        where = f"{self._cluster}/{service}"
        try:
            with calling("ecs:DescribeServices", where, doing=f"describing the service {where}"):
                answer = self._ecs.describe_services(cluster=self._cluster, services=[service])
        except CallFailed as error:
            if error_code(error) == "ClusterNotFoundException":
                return None
            raise
        for found in answer["services"]:
            if found["status"] == "ACTIVE":
                return dict(found)
        return None

    def deployments(self, service: str) -> list[Deployment]:
        """See `ports.Releases.deployments`; the latest `NEWEST` of them."""
        newest = self.deployments_without_revisions(service)[:NEWEST]
        return [self._revisions.complete(service, one, info) for one, info in newest]

    def deployments_without_revisions(
        self, service: str, *, statuses: Sequence[str] = ()
    ) -> list[tuple[Deployment, dict[str, Any]]]:
        """Return deployments and CodeDeploy's own description of each, newest first."""
        with calling("codedeploy:ListDeployments", service, doing=f"listing {service}'s releases"):
            only: dict[str, Any] = {"includeOnlyStatuses": list(statuses)} if statuses else {}
            pages = self._codedeploy.get_paginator("list_deployments").paginate(
                applicationName=service, deploymentGroupName=service, **only
            )
            ids = [id_ for page in pages for id_ in page.get("deployments", [])]
        infos: list[dict[str, Any]] = []
        action = "codedeploy:BatchGetDeployments"
        # 25 at a time: https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_BatchGetDeployments.html
        for start in range(0, len(ids), 25):
            with calling(action, service, doing=f"reading {service}'s releases"):
                answer = self._codedeploy.batch_get_deployments(
                    deploymentIds=ids[start : start + 25]
                )
            infos += [dict(info) for info in answer.get("deploymentsInfo", [])]
        return newest_first([(deployment_of(info), info) for info in infos])

    def task_definition(self, name: str) -> TaskDefinition | None:
        """See `ports.Releases.task_definition`."""
        if name not in self._definitions:
            self._definitions[name] = self._describe_definition(name)
        return self._definitions[name]

    def _describe_definition(self, name: str) -> TaskDefinition | None:
        try:
            with calling("ecs:DescribeTaskDefinition", "*", doing=f"describing {name}"):
                found = self._ecs.describe_task_definition(taskDefinition=name)["taskDefinition"]
        except CallFailed as error:
            # "Unable to describe task definition.": ECS has no code of its own for one it lacks.
            if error_code(error) == "ClientException":
                return None
            raise
        containers = found["containerDefinitions"]
        app = next((one for one in containers if one["name"] == CONTAINER), containers[0])
        return TaskDefinition(
            arn=found["taskDefinitionArn"],
            active=found.get("status") == "ACTIVE",
            image=app["image"],
        )

    def family_revisions(self, family: str) -> list[str]:
        """See `ports.Releases.family_revisions`; the newest `FAMILY_REVISIONS` of them."""
        with calling("ecs:ListTaskDefinitions", "*", doing=f"listing the revisions of {family}"):
            answer = self._ecs.list_task_definitions(
                familyPrefix=family, status="ACTIVE", sort="DESC", maxResults=FAMILY_REVISIONS
            )
        return list(answer["taskDefinitionArns"])

    def alarms(self, service: str) -> tuple[Sequence[str], Sequence[str]]:
        """See `ports.Releases.alarms`."""
        group = self.group(service)
        configuration = group.get("alarmConfiguration", {})
        if not configuration.get("enabled"):
            return (), ()
        names = [alarm["name"] for alarm in configuration.get("alarms", [])]
        states = self.alarm_states(names)
        breaching = [name for name in names if states.get(name) == "ALARM"]
        return breaching, [name for name in names if name not in breaching]

    def group(self, service: str) -> dict[str, Any]:
        """Return CodeDeploy's own description of the deployment group."""
        doing = f"reading {service}'s deployment group"
        with calling("codedeploy:GetDeploymentGroup", service, doing=doing):
            answer = self._codedeploy.get_deployment_group(
                applicationName=service, deploymentGroupName=service
            )
        return dict(answer["deploymentGroupInfo"])

    def alarm_states(self, names: Sequence[str]) -> dict[str, str]:
        """Return the states (OK, ALARM, INSUFFICIENT_DATA) of those alarms that exist."""
        if not names:
            return {}
        with calling("cloudwatch:DescribeAlarms", "*", doing="reading the alarms"):
            answer = self._cloudwatch.describe_alarms(AlarmNames=list(names))
        return {alarm["AlarmName"]: alarm["StateValue"] for alarm in answer["MetricAlarms"]}

    def stop(self, deployment: str) -> None:
        """See `ports.Releases.stop`."""
        try:
            with calling("codedeploy:StopDeployment", "*", doing=f"stopping {deployment}"):
                self._codedeploy.stop_deployment(deploymentId=deployment, autoRollbackEnabled=True)
        except CallFailed as error:
            if error_code(error) == "DeploymentAlreadyCompletedException":
                raise Overtaken(
                    f"deployment {deployment} has ended meanwhile; look again and repeat"
                ) from error
            raise

    def start(
        self, *, service: str, appspec: str, description: str, alarms: Sequence[str] | None
    ) -> str:
        """See `ports.Releases.start`."""
        override: dict[str, Any] = {}
        if alarms is not None:
            override["overrideAlarmConfiguration"] = {
                "enabled": bool(alarms),
                "alarms": [{"name": name} for name in alarms],
            }
        try:
            doing = f"starting a deployment of {service}"
            with calling("codedeploy:CreateDeployment", service, doing=doing):
                answer = self._codedeploy.create_deployment(
                    applicationName=service,
                    deploymentGroupName=service,
                    description=description,
                    revision={
                        "revisionType": "AppSpecContent",
                        "appSpecContent": {"content": appspec},
                    },
                    **override,
                )
        except CallFailed as error:
            if error_code(error) == "DeploymentLimitExceededException":
                raise Overtaken(
                    f"another deployment of {service} has begun meanwhile; look again and repeat"
                ) from error
            raise
        return answer["deploymentId"]
