"""ECS through boto3, which Lambda's Python runtime brings along."""

from __future__ import annotations

from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from ..common.aws import aws_client
from .ports import EcsError
from .task_count import ServiceState


class EcsClient(Protocol):
    """The two calls used of boto3's ECS client."""

    def describe_services(self, *, cluster: str, services: list[str]) -> dict[str, Any]:
        """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html"""

    def update_service(self, *, cluster: str, service: str, desiredCount: int) -> Any:
        """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html"""


class EcsServices:
    """`ports.Services` over the ECS API, with the credentials of the function's role.

    Needs ecs:DescribeServices and ecs:UpdateService on the service.
    """

    def __init__(self, *, client: EcsClient | None = None) -> None:
        self._client: EcsClient = client or aws_client("ecs")

    def describe(self, *, cluster: str, service: str) -> ServiceState | None:
        """See `ports.Services.describe`."""
        try:
            answer = self._client.describe_services(cluster=cluster, services=[service])
        except ClientError as error:
            if error.response["Error"]["Code"] == "ClusterNotFoundException":
                return None
            raise _failed("DescribeServices", cluster, service, error) from error
        except BotoCoreError as error:
            raise _failed("DescribeServices", cluster, service, error) from error
        for found in answer["services"]:
            return ServiceState(
                status=found["status"],
                desired=found["desiredCount"],
                task_sets=len(found.get("taskSets", [])),
            )
        for failure in answer.get("failures", []):
            if failure.get("reason") != "MISSING":
                raise _failed("DescribeServices", cluster, service, failure.get("reason"))
        return None

    def set_desired_count(self, *, cluster: str, service: str, tasks: int) -> None:
        """See `ports.Services.set_desired_count`."""
        try:
            self._client.update_service(cluster=cluster, service=service, desiredCount=tasks)
        except (ClientError, BotoCoreError) as error:
            raise _failed(f"UpdateService to {tasks} tasks", cluster, service, error) from error


def _failed(call: str, cluster: str, service: str, why: object) -> EcsError:
    return EcsError(f"{call} of service {service} in cluster {cluster} failed: {why}")
