"""AWS through boto3, which Lambda's Python runtime brings along."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from ..common.appspec import AppSpecError, task_definition_of
from ..common.aws import aws_client
from .describe import deployment_of, event_of, image_of
from .facts import LifecycleEvent
from .message import Message
from .ports import Described, TaskSet, Unavailable

T = TypeVar("T")


class AwsService:
    """`ports.Aws` for one service, with the credentials of the function's role.

    Needs codedeploy:GetDeployment and GetDeploymentGroup on the group, GetApplicationRevision on
    the application, ecs:DescribeServices on the service, ssm:GetParameter on its parameters,
    cloudwatch:DescribeAlarms on its alarms; codedeploy:BatchGetDeploymentTargets and
    ecs:DescribeTaskDefinition know no resource.
    """

    def __init__(self, *, platform: str, cluster: str, service: str, group: str) -> None:
        self._cluster = cluster
        self._service = service
        self._group = group
        self._parameters = f"/{platform}/{service}"

    def deployment(self, deployment_id: str) -> Described:
        """See `ports.Aws.deployment`."""
        answer = self._ask("codedeploy", "get_deployment", deploymentId=deployment_id)
        return deployment_of(answer["deploymentInfo"])

    def events(self, deployment_id: str) -> tuple[LifecycleEvent, ...]:
        """See `ports.Aws.events`."""
        try:
            answer = self._ask(
                "codedeploy",
                "batch_get_deployment_targets",
                deploymentId=deployment_id,
                # How a deployment of ECS names its only target:
                # https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_BatchGetDeploymentTargets.html
                targetIds=[f"{self._cluster}:{self._service}"],
            )
        except _NotStarted:
            return ()
        return tuple(
            event_of(event)
            for target in answer.get("deploymentTargets", [])
            for event in target.get("ecsTarget", {}).get("lifecycleEvents", [])
        )

    def task_definition(self, revision: Mapping[str, Any]) -> str:
        """See `ports.Aws.task_definition`."""
        # GetDeployment leaves the AppSpec's content out:
        # https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_GetDeployment.html
        answer = self._ask(
            "codedeploy",
            "get_application_revision",
            applicationName=self._service,
            revision=_without_nothing(revision),
        )
        found = answer.get("revision", {})
        content = found.get("appSpecContent", {}).get("content")
        if not content:
            raise Unavailable(
                f"the revision is of type {found.get('revisionType')}, and only an AppSpec given "
                "with the deployment can be read"
            )
        try:
            return task_definition_of(content)
        except AppSpecError as error:
            raise Unavailable(str(error)) from None

    def task_sets(self) -> tuple[TaskSet, ...]:
        """See `ports.Aws.task_sets`."""
        answer = self._ask(
            "ecs", "describe_services", cluster=self._cluster, services=[self._service]
        )
        for service in answer.get("services", []):
            return tuple(
                TaskSet(
                    primary=one.get("status") == "PRIMARY", task_definition=one["taskDefinition"]
                )
                for one in service.get("taskSets", [])
            )
        raise Unavailable(f"ECS knows no service {self._service} in cluster {self._cluster}")

    def image(self, task_definition: str) -> str:
        """See `ports.Aws.image`."""
        answer = self._ask("ecs", "describe_task_definition", taskDefinition=task_definition)
        return image_of(answer["taskDefinition"])

    def asked(self) -> str | None:
        """See `ports.Aws.asked`."""
        return self._parameter("task-definition")

    def checks_report(self) -> str | None:
        """See `ports.Aws.checks_report`."""
        return self._parameter("release-checks")

    def alarms(self) -> tuple[str, ...]:
        """See `ports.Aws.alarms`."""
        group = self._ask(
            "codedeploy",
            "get_deployment_group",
            applicationName=self._service,
            deploymentGroupName=self._group,
        )["deploymentGroupInfo"]
        # Ten at most (https://docs.aws.amazon.com/codedeploy/latest/userguide/limits.html).
        names = [alarm["name"] for alarm in group.get("alarmConfiguration", {}).get("alarms", [])]
        if not names:
            return ()
        answer = self._ask(
            "cloudwatch",
            "describe_alarms",
            AlarmNames=names,
            AlarmTypes=["MetricAlarm", "CompositeAlarm"],
        )
        found = [*answer.get("MetricAlarms", []), *answer.get("CompositeAlarms", [])]
        return tuple(
            sorted(alarm["AlarmName"] for alarm in found if alarm.get("StateValue") == "ALARM")
        )

    def _parameter(self, name: str) -> str | None:
        try:
            answer = self._ask("ssm", "get_parameter", Name=f"{self._parameters}/{name}")
        except _NoParameter:
            return None
        return str(answer["Parameter"]["Value"])

    def _ask(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        try:
            call: Callable[..., dict[str, Any]] = getattr(aws_client(service), operation)
            return call(**parameters)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            raise _MEANINGS.get(code, Unavailable)(str(error)) from error
        except BotoCoreError as error:
            raise Unavailable(f"{service} {operation}: {error}") from error


class SnsTopic:
    """`ports.Topic` over one SNS topic.

    Needs sns:Publish on it; and on the key of an encrypted topic kms:GenerateDataKey and
    kms:Decrypt (https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html).
    """

    def __init__(self, arn: str) -> None:
        self._arn = arn

    def publish(self, message: Message) -> None:
        """See `ports.Topic.publish`."""
        client = aws_client("sns")
        client.publish(TopicArn=self._arn, Subject=message.subject, Message=message.text)


class _NotStarted(Unavailable):
    """The deployment has no targets yet."""


class _NoParameter(Unavailable):
    """There is no such parameter."""


_MEANINGS: Mapping[str, type[Unavailable]] = {
    "DeploymentNotStartedException": _NotStarted,
    "ParameterNotFound": _NoParameter,
}


def _without_nothing(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nothing(part) for key, part in value.items() if part is not None}
    return value
