"""Applications, deployment configurations and deployment groups: what stands still."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .appspec import Revision
from .errors import ApiError

_CANARY = "TimeBasedCanary"
_LINEAR = "TimeBasedLinear"
ALL_AT_ONCE = "CodeDeployDefault.ECSAllAtOnce"


def predefined_routings() -> dict[str, dict[str, Any]]:
    """The configurations every account has, for ECS.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
    """
    prefix = "CodeDeployDefault.ECS"
    routings: dict[str, dict[str, Any]] = {ALL_AT_ONCE: {"type": "AllAtOnce"}}
    for minutes in (5, 15):
        routings[f"{prefix}Canary10Percent{minutes}Minutes"] = {
            "type": _CANARY,
            "timeBasedCanary": {"canaryPercentage": 10, "canaryInterval": minutes},
        }
    for minutes in (1, 3):
        routings[f"{prefix}Linear10PercentEvery{minutes}Minutes"] = {
            "type": _LINEAR,
            "timeBasedLinear": {"linearPercentage": 10, "linearInterval": minutes},
        }
    return routings


@dataclass
class Application:
    """A name for what is deployed, and the revisions it has been given."""

    name: str
    revisions: dict[str, tuple[Revision, datetime]] = field(default_factory=dict)


@dataclass(kw_only=True)
class Group:
    """A deployment group on ECS."""

    application: str
    name: str
    id: str
    config: str
    role: str
    cluster: str
    service: str
    target_groups: tuple[str, str]
    production: str
    test: str | None
    parameters: Mapping[str, Any]
    succeeded: tuple[str, Revision, datetime] | None = None
    attempted: tuple[str, str, datetime] | None = None

    @property
    def auto_rollback(self) -> Mapping[str, Any]:
        """The group's AutoRollbackConfiguration."""
        found: Mapping[str, Any] = self.parameters.get("autoRollbackConfiguration") or {}
        return found

    @property
    def alarms(self) -> Mapping[str, Any]:
        """The group's AlarmConfiguration."""
        found: Mapping[str, Any] = self.parameters.get("alarmConfiguration") or {}
        return found

    @property
    def ready_option(self) -> tuple[str, int]:
        """What happens when nobody continues, and after how many minutes."""
        option = self._blue_green.get("deploymentReadyOption") or {}
        action = option.get("actionOnTimeout", "CONTINUE_DEPLOYMENT")
        return action, option.get("waitTimeInMinutes", 0)

    @property
    def termination_minutes(self) -> int:
        """How long the original task set stays after a successful deployment."""
        option = self._blue_green.get("terminateBlueInstancesOnDeploymentSuccess") or {}
        minutes: int = option.get("terminationWaitTimeInMinutes", 0)
        return minutes

    @property
    def _blue_green(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.parameters.get("blueGreenDeploymentConfiguration") or {}
        return found

    def describe(self) -> dict[str, Any]:
        """As the API's DeploymentGroupInfo."""
        return {
            "applicationName": self.application,
            "deploymentGroupId": self.id,
            "deploymentGroupName": self.name,
            "deploymentConfigName": self.config,
            "serviceRoleArn": self.role,
            "computePlatform": "ECS",
            "triggerConfigurations": self.parameters.get("triggerConfigurations", []),
            "alarmConfiguration": dict(self.alarms) or {"enabled": False, "alarms": []},
            "autoRollbackConfiguration": dict(self.auto_rollback) or {"enabled": False},
            "deploymentStyle": self.parameters["deploymentStyle"],
            "blueGreenDeploymentConfiguration": dict(self._blue_green),
            "loadBalancerInfo": self.parameters["loadBalancerInfo"],
            "ecsServices": self.parameters["ecsServices"],
            **self._history(),
        }

    def _history(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self.succeeded:
            deployment, revision, moment = self.succeeded
            found["targetRevision"] = revision.location
            found["lastSuccessfulDeployment"] = _last(deployment, "Succeeded", moment)
        if self.attempted:
            found["lastAttemptedDeployment"] = _last(*self.attempted)
        return found


def _last(deployment: str, status: str, moment: datetime) -> dict[str, Any]:
    return {"deploymentId": deployment, "status": status, "createTime": moment}


def group_of(parameters: Mapping[str, Any], *, id: str) -> Group:
    """Read CreateDeploymentGroup's input, or refuse what AWS refuses."""
    services = parameters.get("ecsServices") or []
    if len(services) != 1:
        raise ApiError(
            "InvalidECSServiceException",
            f"An ECS deployment group has exactly one ECS service; given: {len(services)}",
        )
    pairs = (parameters.get("loadBalancerInfo") or {}).get("targetGroupPairInfoList") or []
    if len(pairs) != 1 or len(pairs[0].get("targetGroups", [])) != 2:
        raise ApiError(
            "InvalidTargetGroupPairException", "One pair of two target groups is required"
        )
    listeners = (pairs[0].get("prodTrafficRoute") or {}).get("listenerArns") or []
    if len(listeners) != 1:
        raise ApiError(
            "InvalidTargetGroupPairException", "The production route needs exactly one listener"
        )
    tests = (pairs[0].get("testTrafficRoute") or {}).get("listenerArns") or []
    _check_style(parameters)
    _check_ready_option(parameters)
    check_alarms(parameters.get("alarmConfiguration"))
    return Group(
        application=parameters["applicationName"],
        name=parameters["deploymentGroupName"],
        id=id,
        config=parameters.get("deploymentConfigName") or ALL_AT_ONCE,
        role=parameters["serviceRoleArn"],
        cluster=services[0]["clusterName"],
        service=services[0]["serviceName"],
        target_groups=(pairs[0]["targetGroups"][0]["name"], pairs[0]["targetGroups"][1]["name"]),
        production=listeners[0],
        test=tests[0] if tests else None,
        parameters=dict(parameters),
    )


def _check_style(parameters: Mapping[str, Any]) -> None:
    wanted = {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}
    if parameters.get("deploymentStyle") != wanted:
        raise ApiError(
            "InvalidDeploymentStyleException",
            "An ECS deployment is BLUE_GREEN and WITH_TRAFFIC_CONTROL",
        )


def _check_ready_option(parameters: Mapping[str, Any]) -> None:
    """https://github.com/hashicorp/terraform-provider-aws/issues/9653"""
    config = parameters.get("blueGreenDeploymentConfiguration") or {}
    option = config.get("deploymentReadyOption") or {}
    minutes = option.get("waitTimeInMinutes", 0)
    if option.get("actionOnTimeout") == "CONTINUE_DEPLOYMENT" and minutes:
        raise ApiError(
            "InvalidBlueGreenDeploymentConfigurationException",
            "Deployment ready action cannot be set to 'CONTINUE_DEPLOYMENT' when timeout is "
            "specified",
        )


def check_alarms(configuration: Mapping[str, Any] | None) -> None:
    """At most ten alarms:
    https://docs.aws.amazon.com/codedeploy/latest/userguide/monitoring-create-alarms.html
    """
    count = len((configuration or {}).get("alarms") or [])
    if count > 10:
        raise ApiError(
            "AlarmsLimitExceededException", f"A group has at most 10 alarms; given: {count}"
        )
