"""Secrets Manager, ECS and CodeDeploy through boto3, with whatever credentials the clients have."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ..common.aws import aws_client
from ..rollback.adapters import AwsReleases, calling, error_code
from ..rollback.ports import CallFailed
from .decision import Serving
from .injected import Injected, injected
from .ports import Primary

_LATE = (
    "DeploymentIsNotInReadyStateException",
    "DeploymentAlreadyCompletedException",
    "InvalidDeploymentStatusException",
)


class AwsWorld:
    """`ports.World` with the credentials of the function's role.

    Needs secretsmanager:DescribeSecret and ListSecretVersionIds on the secrets (no value is read),
    codedeploy:ContinueDeployment on the deployment groups, and what `AwsReleases` needs but
    StopDeployment, UpdateDeploymentGroup and ecs:ListTaskDefinitions.

    `sent` is the moment of the event: a clock that is behind it is not believed.
    """

    def __init__(self, *, cluster: str, sent: datetime | None) -> None:
        self._sent = sent
        self._codedeploy = aws_client("codedeploy")
        self.releases = AwsReleases(
            cluster=cluster,
            ecs=aws_client("ecs"),
            codedeploy=self._codedeploy,
            cloudwatch=aws_client("cloudwatch"),
        )

    def now(self) -> datetime:
        """See `ports.World.now`."""
        now = datetime.now(UTC)
        return now if self._sent is None else max(now, self._sent)

    def primary(self, service: str) -> Primary | None:
        """See `ports.World.primary`."""
        found = self.releases.describe_service(service)
        return None if found is None else primary_of(found)

    def secret(self, arn: str) -> Injected:
        """See `ports.World.secret`."""
        return read_secret(aws_client("secretsmanager"), arn)

    def approve(self, deployment: str) -> None:
        """See `ports.World.approve`.

        https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_ContinueDeployment.html
        """
        try:
            with calling("codedeploy:ContinueDeployment", "*", doing=f"approving {deployment}"):
                self._codedeploy.continue_deployment(
                    deploymentId=deployment, deploymentWaitType="READY_WAIT"
                )
        except CallFailed as error:
            if error_code(error) not in _LATE:
                raise


def primary_of(service: dict[str, Any]) -> Primary | None:
    """Return the PRIMARY task set of ECS's description of a service.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskSet.html
    """
    for one in service.get("taskSets", []):
        if one["status"] == "PRIMARY":
            balancer = (one.get("loadBalancers") or service.get("loadBalancers") or [{}])[0]
            return Primary(
                serving=Serving(task_definition=one["taskDefinition"], created=one["createdAt"]),
                container=balancer.get("containerName", ""),
                port=balancer.get("containerPort", 0),
            )
    return None


def read_secret(client: Any, arn: str) -> Injected:
    """Return what a Secrets Manager client says of a secret. Raises as `ports.World.secret`."""
    with calling("secretsmanager:DescribeSecret", arn, doing=f"describing the secret {arn}"):
        description = client.describe_secret(SecretId=arn)
    action = "secretsmanager:ListSecretVersionIds"
    with calling(action, arn, doing=f"listing the versions of the secret {arn}"):
        # Those with labels, of which there are 20 at most; a page has 100:
        # https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecretVersionIds.html
        versions = client.list_secret_version_ids(SecretId=arn)["Versions"]
    return injected(description, versions)
