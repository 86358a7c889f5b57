"""ECS through boto3, which Lambda's Python runtime brings along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..common.aws import aws_client
from .aws_errors import AWS_ERRORS, aws_error, code_of
from .ports import AwsError, StoppedTask
from .request import Capacity, Placement, Wanted
from .snapshot import Primary, ServiceState

# DescribeTasks takes "up to 100 task IDs or full ARN entries":
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html
MAX_TASKS = 100


class Ecs:
    """`ports.Services` over the ECS API, with the credentials of the function's role."""

    def __init__(self, *, client: Any = None) -> None:
        self._client = client or aws_client("ecs")

    def describe(self, wanted: Wanted) -> ServiceState | None:
        """See `ports.Services.describe`."""
        where = _where(wanted)
        try:
            answer = self._client.describe_services(
                cluster=wanted.cluster, services=[wanted.service]
            )
        except AWS_ERRORS as error:
            if code_of(error) == "ClusterNotFoundException":
                return None
            raise aws_error("DescribeServices of", where, error) from error
        for found in answer["services"]:
            return ServiceState(status=found["status"], primary=_primary(found))
        for failure in answer.get("failures", []):
            if failure.get("reason") != "MISSING":
                raise AwsError(f"DescribeServices of {where} failed: {failure.get('reason')}")
        return None

    def stopped_tasks(self, wanted: Wanted) -> tuple[StoppedTask, ...]:
        """See `ports.Services.stopped_tasks`. At most the 100 that ECS names first."""
        where = _where(wanted)
        try:
            arns = self._client.list_tasks(
                cluster=wanted.cluster,
                serviceName=wanted.service,
                desiredStatus="STOPPED",
                maxResults=MAX_TASKS,
            )["taskArns"]
            if not arns:
                return ()
            tasks = self._client.describe_tasks(cluster=wanted.cluster, tasks=arns)["tasks"]
        except AWS_ERRORS as error:
            raise aws_error("Reading the stopped tasks of", where, error) from error
        return tuple(_stopped(task) for task in tasks)


def _primary(service: Mapping[str, Any]) -> Primary | None:
    """The task set that serves.

    A service that CodeDeploy controls has one from its creation on
    (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-bluegreen.html).
    """
    for task_set in service.get("taskSets", []):
        if task_set["status"] == "PRIMARY":
            return Primary(
                task_definition=task_set["taskDefinition"], placement=_placement(task_set)
            )
    return None


def _placement(task_set: Mapping[str, Any]) -> Placement | None:
    network = task_set.get("networkConfiguration", {}).get("awsvpcConfiguration")
    if network is None:
        return None
    return Placement(
        capacity=frozenset(
            Capacity(
                provider=item["capacityProvider"],
                weight=item.get("weight", 0),
                base=item.get("base", 0),
            )
            for item in task_set.get("capacityProviderStrategy", [])
        ),
        subnets=frozenset(network.get("subnets", [])),
        security_groups=frozenset(network.get("securityGroups", [])),
    )


def _stopped(task: Mapping[str, Any]) -> StoppedTask:
    reasons = [task.get("stoppedReason", "")]
    for container in task.get("containers", []):
        reasons.append(container.get("reason", ""))
        if container.get("exitCode"):
            reasons.append(f"container {container['name']} exited with {container['exitCode']}")
    return StoppedTask(
        task_definition=task["taskDefinitionArn"],
        created_at=task.get("createdAt"),
        reasons=tuple(reason for reason in reasons if reason),
    )


def _where(wanted: Wanted) -> str:
    return f"service {wanted.service} in cluster {wanted.cluster}"
