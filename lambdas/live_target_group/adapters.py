"""ECS through boto3, which Lambda's Python runtime brings along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ..common.aws import aws_client
from .live_target_group import ServiceState, TaskSet
from .ports import EcsError


class EcsServices:
    """`ports.Services` over the ECS API. Needs ecs:DescribeServices on the service."""

    def __init__(self, *, client: Any = None) -> None:
        self._client = client or aws_client("ecs")

    def describe(self, *, cluster: str, service: str) -> ServiceState | None:
        """See `ports.Services.describe`."""
        try:
            answer = self._client.describe_services(cluster=cluster, services=[service])
        except ClientError as error:
            if error.response["Error"]["Code"] == "ClusterNotFoundException":
                return None
            raise _failed(cluster, service, error) from error
        except BotoCoreError as error:
            raise _failed(cluster, service, error) from error
        for found in answer["services"]:
            return ServiceState(
                status=found["status"],
                target_group=_target_group(found),
                task_sets=tuple(
                    TaskSet(status=each["status"], target_group=_target_group(each))
                    for each in found.get("taskSets", [])
                ),
            )
        for failure in answer.get("failures", []):
            if failure.get("reason") != "MISSING":
                raise _failed(cluster, service, failure.get("reason"))
        return None


def _target_group(described: Mapping[str, Any]) -> str | None:
    for balancer in described.get("loadBalancers", []):
        if balancer.get("targetGroupArn"):
            return str(balancer["targetGroupArn"])
    return None


def _failed(cluster: str, service: str, why: object) -> EcsError:
    return EcsError(f"DescribeServices of service {service} in cluster {cluster} failed: {why}")
