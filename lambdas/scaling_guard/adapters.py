"""Application Auto Scaling, Parameter Store and CodeDeploy through boto3.

Application Auto Scaling tries out its caller's rights before it changes a target. Besides
application-autoscaling:RegisterScalableTarget the role needs ecs:DescribeServices,
ecs:UpdateService, cloudwatch:DescribeAlarms, cloudwatch:PutMetricAlarm and
cloudwatch:DeleteAlarms, though nothing here calls them
(https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_permission_validation.html).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ..common.aws import aws_client
from .guard import (
    Bounds,
    Flags,
    InvalidMarker,
    Marker,
    Target,
    flags_from,
    flags_to,
    marker_from,
    marker_text,
)
from .ports import GuardError
from .schedule import ScheduledAction

NAMESPACE = "ecs"
DIMENSION = "ecs:service:DesiredCount"
# Baking is not among those the documentation lists, but among those the API's model has.
ACTIVE = ("Created", "Queued", "InProgress", "Baking", "Ready")


class ScalableTargets:
    """`ports.Targets` of one ECS cluster."""

    def __init__(self, *, cluster: str) -> None:
        self._cluster = cluster
        self._client = aws_client("application-autoscaling")

    def describe(self, service: str) -> Target | None:
        """See `ports.Targets.describe`."""
        answer = _call(
            self._client.describe_scalable_targets,
            service,
            ServiceNamespace=NAMESPACE,
            ScalableDimension=DIMENSION,
            ResourceIds=[self._id(service)],
        )
        for found in answer["ScalableTargets"]:
            return Target(
                flags=flags_from(found.get("SuspendedState", {})),
                bounds=Bounds(minimum=found["MinCapacity"], maximum=found["MaxCapacity"]),
            )
        return None

    def suspend(self, service: str, flags: Flags) -> None:
        """See `ports.Targets.suspend`. Bounds that are not given are not changed:

        https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
        """
        self._register(service, SuspendedState=flags_to(flags))

    def bound(self, service: str, bounds: Bounds) -> None:
        """See `ports.Targets.bound`."""
        self._register(service, MinCapacity=bounds.minimum, MaxCapacity=bounds.maximum)

    def scheduled_actions(self, service: str) -> Sequence[ScheduledAction]:
        """See `ports.Targets.scheduled_actions`. An action without a time zone is in UTC."""
        pages = _pages(
            self._client.describe_scheduled_actions,
            service,
            token="NextToken",
            ServiceNamespace=NAMESPACE,
            ScalableDimension=DIMENSION,
            ResourceId=self._id(service),
        )
        return [
            ScheduledAction(
                name=found["ScheduledActionName"],
                schedule=found["Schedule"],
                time_zone=found.get("Timezone") or "UTC",
                minimum=found.get("ScalableTargetAction", {}).get("MinCapacity"),
                maximum=found.get("ScalableTargetAction", {}).get("MaxCapacity"),
                limited="StartTime" in found or "EndTime" in found,
            )
            for page in pages
            for found in page["ScheduledActions"]
        ]

    def _register(self, service: str, **change: Any) -> None:
        _call(
            self._client.register_scalable_target,
            service,
            ServiceNamespace=NAMESPACE,
            ScalableDimension=DIMENSION,
            ResourceId=self._id(service),
            **change,
        )

    def _id(self, service: str) -> str:
        return f"service/{self._cluster}/{service}"


class ParameterMarkers:
    """`ports.Markers` as parameters named `/<platform>/<service>/scaling-suspended`."""

    def __init__(self, *, platform: str) -> None:
        self._platform = platform
        self._client = aws_client("ssm")

    def create(self, service: str, marker: Marker) -> bool:
        """See `ports.Markers.create`. After its deletion AWS asks to wait 30 s with a new one:

        https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameter.html
        A creation that is refused for it is an error, and tried again by the next invocation.
        """
        try:
            self._put(service, marker, overwrite=False)
        except self._client.exceptions.ParameterAlreadyExists:
            return False
        return True

    def replace(self, service: str, marker: Marker) -> None:
        """See `ports.Markers.replace`."""
        self._put(service, marker, overwrite=True)

    def read(self, service: str) -> Marker | None:
        """See `ports.Markers.read`. A text that is no marker is a `GuardError`."""
        name = self._name(service)
        try:
            answer = _call(self._client.get_parameter, service, Name=name)
        except self._client.exceptions.ParameterNotFound:
            return None
        try:
            return marker_from(answer["Parameter"]["Value"])
        except InvalidMarker as error:
            raise GuardError(
                f"The parameter {name} is no marker of the scaling guard: {error}. While no "
                f"release of {service} runs, set the suspended state of its scalable target as it "
                "is to be (aws application-autoscaling register-scalable-target), then delete the "
                "parameter."
            ) from error

    def delete(self, service: str) -> None:
        """See `ports.Markers.delete`."""
        try:
            _call(self._client.delete_parameter, service, Name=self._name(service))
        except self._client.exceptions.ParameterNotFound:
            return

    def _put(self, service: str, marker: Marker, *, overwrite: bool) -> None:
        _call(
            self._client.put_parameter,
            service,
            Name=self._name(service),
            Value=marker_text(marker),
            Type="String",
            Overwrite=overwrite,
        )

    def _name(self, service: str) -> str:
        return f"/{self._platform}/{service}/scaling-suspended"


class CodeDeployDeployments:
    """`ports.Deployments` of applications and groups that are named as their service."""

    def __init__(self, *, client: Any = None) -> None:
        self._client = client or aws_client("codedeploy")

    def active(self, service: str) -> Sequence[str]:
        """See `ports.Deployments.active`. A hot standby counts: blue is still to be terminated."""
        pages = _pages(
            self._client.list_deployments,
            service,
            token="nextToken",
            applicationName=service,
            deploymentGroupName=service,
            includeOnlyStatuses=list(ACTIVE),
        )
        try:
            return [id for page in pages for id in page["deployments"]]
        except (
            self._client.exceptions.ApplicationDoesNotExistException,
            self._client.exceptions.DeploymentGroupDoesNotExistException,
        ):
            return []


# Answers that are not failures here; those who call know what they mean.
_ANSWERS = (
    "ParameterAlreadyExists",
    "ParameterNotFound",
    "ApplicationDoesNotExistException",
    "DeploymentGroupDoesNotExistException",
)


def _pages(
    operation: Callable[..., Any], service: str, *, token: str, **parameters: Any
) -> Iterator[dict[str, Any]]:
    while True:
        page = _call(operation, service, **parameters)
        yield page
        if not page.get(token):
            return
        parameters[token] = page[token]


def _call(operation: Callable[..., Any], service: str, **parameters: Any) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = operation(**parameters)
    except ClientError as error:
        if error.response["Error"]["Code"] in _ANSWERS:
            raise
        # Its own text names the operation and what AWS says of it.
        raise GuardError(
            f"The scaling of service {service} could not be guarded: {error}"
        ) from error
    except BotoCoreError as error:
        raise GuardError(
            f"The scaling of service {service} could not be guarded: "
            f"{operation.__name__} failed: {error}"
        ) from error
    return answer
