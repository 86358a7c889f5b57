"""Reads everything about a service that the commands show. Only reads; needs no lock."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from lambdas.rollback.adapters import AwsReleases, calling, error_code
from lambdas.rollback.ports import CallFailed, TaskDefinition
from lambdas.rollback.revisions import Revisions, deployment_of
from lambdas.rollback.served import ACTIVE_STATUSES, Deployment

from .environment import Aws, Place
from .service_state import (
    Colour,
    HookReport,
    LifecycleEvent,
    Progress,
    Scaling,
    ServiceState,
    Shift,
    TaskSet,
    colour_of,
)

_NO_GROUP = ("ApplicationDoesNotExistException", "DeploymentGroupDoesNotExistException")
_NO_TARGET = ("DeploymentNotStartedException", "DeploymentTargetDoesNotExistException")
_FLAGS = (
    "DynamicScalingInSuspended",
    "DynamicScalingOutSuspended",
    "ScheduledScalingSuspended",
)


class ServiceReader:
    """Reads the services of one place. `releases` is what a rollback works with."""

    def __init__(self, *, place: Place, aws: Aws) -> None:
        self._place = place
        self._codedeploy = aws.client("codedeploy")
        self._elb = aws.client("elbv2")
        self._scaling = aws.client("application-autoscaling")
        self._ssm = aws.client("ssm")
        self._revisions = Revisions(self._codedeploy)
        self._shifts: dict[str, Shift | None] = {}
        self.releases = AwsReleases(
            cluster=place.platform,
            ecs=aws.client("ecs"),
            codedeploy=self._codedeploy,
            cloudwatch=aws.client("cloudwatch"),
        )

    def read(self, service: str, *, deployment: str | None = None) -> ServiceState:
        """Return the service's state with the deployment named, else with the active one.

        Raises `CallFailed`.
        """
        try:
            group = self.releases.group(service)
        except CallFailed as error:
            if error_code(error) in _NO_GROUP:
                return ServiceState(service=service, missing="not deployed")
            raise
        # Before what it changes: traffic that has moved here has moved in what is read below.
        progress = self._progress(service, deployment)
        described = self.releases.describe_service(service)
        if described is None:
            return ServiceState(service=service, missing="not deployed: ECS has no such service")
        sets = [_task_set(one, service) for one in described.get("taskSets", [])]
        primary = next((one for one in sets if one.status == "PRIMARY"), None)
        parameters = self._parameters(service)
        asked = parameters.get("task-definition")
        suspended_by_release = "scaling-suspended" in parameters
        alarms = [one["name"] for one in group.get("alarmConfiguration", {}).get("alarms", [])]
        return ServiceState(
            service=service,
            serving=self._definition(primary.task_definition) if primary else None,
            asked=self._definition(asked) if asked else None,
            live=primary.colour if primary else "",
            colours=self._colours(service, group),
            task_sets=sets,
            progress=progress,
            scaling=self._scaling_state(service, suspended_by_release=suspended_by_release),
            alarms=self.releases.alarm_states(alarms),
            report=_report(parameters.get("release-checks")),
        )

    def history(self, service: str, *, limit: int) -> list[Deployment]:
        """Return the latest deployments with their revisions, newest first."""
        newest = self.releases.deployments_without_revisions(service)[:limit]
        return [self._revisions.complete(service, one, info) for one, info in newest]

    def definition(self, arn: str | None) -> TaskDefinition | None:
        """Return the task definition, None when `arn` is or ECS has none."""
        return self._definition(arn) if arn else None

    def _definition(self, arn: str) -> TaskDefinition | None:
        return self.releases.task_definition(arn)

    def _parameters(self, service: str) -> dict[str, str]:
        prefix = f"/{self._place.platform}/{service}/"
        names = [prefix + one for one in ("task-definition", "release-checks", "scaling-suspended")]
        with calling("ssm:GetParameters", f"{prefix}*", doing=f"reading {service}'s parameters"):
            found = self._ssm.get_parameters(Names=names)["Parameters"]
        return {one["Name"].removeprefix(prefix): one["Value"] for one in found}

    def _colours(self, service: str, group: Mapping[str, Any]) -> list[Colour]:
        pairs = group.get("loadBalancerInfo", {}).get("targetGroupPairInfoList", [])
        if not pairs:
            return []
        names = [target["name"] for target in pairs[0]["targetGroups"]]
        listeners = pairs[0]["prodTrafficRoute"]["listenerArns"]
        elb = "elasticloadbalancing"
        with calling(f"{elb}:DescribeTargetGroups", "*", doing=f"reading {service}'s groups"):
            groups = self._elb.describe_target_groups(Names=names)["TargetGroups"]
        with calling(f"{elb}:DescribeListeners", "*", doing=f"reading {service}'s listener"):
            found = self._elb.describe_listeners(ListenerArns=listeners)["Listeners"]
        weights = _weights(found[0]["DefaultActions"]) if found else {}
        colours = []
        for target in sorted(groups, key=lambda one: str(one["TargetGroupName"])):
            arn, name = target["TargetGroupArn"], target["TargetGroupName"]
            with calling(f"{elb}:DescribeTargetHealth", "*", doing=f"reading {name}'s health"):
                health = self._elb.describe_target_health(TargetGroupArn=arn)
            states = [one["TargetHealth"]["State"] for one in health["TargetHealthDescriptions"]]
            colours.append(
                Colour(
                    name=colour_of(name, service),
                    target_group=name,
                    weight=weights.get(arn, 0),
                    healthy=states.count("healthy"),
                    targets=sum(state != "draining" for state in states),
                )
            )
        return colours

    def _progress(self, service: str, deployment: str | None) -> Progress | None:
        if deployment is None:
            active = self.releases.deployments_without_revisions(service, statuses=ACTIVE_STATUSES)
            if not active:
                return None
            _, info = active[0]
        else:
            action = "codedeploy:GetDeployment"
            with calling(action, service, doing=f"reading deployment {deployment}"):
                answer = self._codedeploy.get_deployment(deploymentId=deployment)
            info = dict(answer["deploymentInfo"])
        found = self._revisions.complete(service, deployment_of(info), info)
        target = self._target(found.id, service)
        waits = info.get("blueGreenDeploymentConfiguration") or {}
        ready = waits.get("deploymentReadyOption") or {}
        after = waits.get("terminateBlueInstancesOnDeploymentSuccess") or {}
        return Progress(
            deployment=found,
            events=[_event(one) for one in target.get("lifecycleEvents", [])],
            green=_replacement(target, service),
            shift=self._shift(service, info.get("deploymentConfigName")),
            approval_minutes=int(ready.get("waitTimeInMinutes") or 0),
            stops_without_approval=ready.get("actionOnTimeout") == "STOP_DEPLOYMENT",
            bake_minutes=self._place.services[service].release.bake_minutes,
            standby_minutes=int(after.get("terminationWaitTimeInMinutes") or 0),
        )

    def _target(self, deployment: str, service: str) -> dict[str, Any]:
        # https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_ListDeploymentTargets.html
        target = f"{self._place.platform}:{service}"
        action = "codedeploy:BatchGetDeploymentTargets"
        try:
            with calling(action, "*", doing=f"reading the steps of {deployment}"):
                answer = self._codedeploy.batch_get_deployment_targets(
                    deploymentId=deployment, targetIds=[target]
                )
        except CallFailed as error:
            if error_code(error) in _NO_TARGET:
                return {}
            raise
        found = answer.get("deploymentTargets", [])
        return dict(found[0].get("ecsTarget", {})) if found else {}

    def _shift(self, service: str, name: str | None) -> Shift | None:
        if name is None:
            return None
        if name not in self._shifts:
            action = "codedeploy:GetDeploymentConfig"
            with calling(action, name, doing=f"reading how {service}'s traffic moves"):
                answer = self._codedeploy.get_deployment_config(deploymentConfigName=name)
            routing = answer["deploymentConfigInfo"].get("trafficRoutingConfig")
            self._shifts[name] = _shift(routing) if routing else None
        return self._shifts[name]

    def _scaling_state(self, service: str, *, suspended_by_release: bool) -> Scaling:
        resource = f"service/{self._place.platform}/{service}"
        action = "application-autoscaling:DescribeScalableTargets"
        with calling(action, "*", doing=f"reading {service}'s scaling"):
            found = self._scaling.describe_scalable_targets(
                ServiceNamespace="ecs", ResourceIds=[resource]
            )["ScalableTargets"]
        if not found:
            return "none"
        flags = [bool((found[0].get("SuspendedState") or {}).get(flag)) for flag in _FLAGS]
        if not any(flags):
            return "on"
        if not all(flags):
            return "partly suspended"
        return "suspended by release" if suspended_by_release else "suspended"


def _task_set(found: Mapping[str, Any], service: str) -> TaskSet:
    balancers = found.get("loadBalancers") or [{}]
    return TaskSet(
        status=found["status"],
        task_definition=found["taskDefinition"],
        colour=colour_of(balancers[0].get("targetGroupArn", "unknown"), service),
        running=int(found.get("runningCount", 0)),
        desired=int(found.get("computedDesiredCount", 0)),
    )


def _weights(actions: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return each target group's percentage of the traffic, by its ARN."""
    for action in actions:
        if action.get("Type") != "forward":
            continue
        groups = (action.get("ForwardConfig") or {}).get("TargetGroups")
        if not groups:
            return {action["TargetGroupArn"]: 100}
        total = sum(int(group.get("Weight", 1)) for group in groups)
        return {
            group["TargetGroupArn"]: round(100 * int(group.get("Weight", 1)) / total)
            if total
            else 0
            for group in groups
        }
    return {}


def _event(found: Mapping[str, Any]) -> LifecycleEvent:
    return LifecycleEvent(
        name=found["lifecycleEventName"],
        status=found.get("status", "Unknown"),
        started=found.get("startTime"),
        ended=found.get("endTime"),
        message=(found.get("diagnostics") or {}).get("message") or "",
    )


def _replacement(target: Mapping[str, Any], service: str) -> str | None:
    for one in target.get("taskSetsInfo", []):
        if one.get("taskSetLabel") == "Green" and one.get("targetGroup"):
            return colour_of(one["targetGroup"]["name"], service)
    return None


def _shift(routing: Mapping[str, Any]) -> Shift:
    canary, linear = routing.get("timeBasedCanary"), routing.get("timeBasedLinear")
    if canary:
        percent, minutes = canary["canaryPercentage"], canary["canaryInterval"]
    elif linear:
        percent, minutes = linear["linearPercentage"], linear["linearInterval"]
    else:
        return Shift(kind="AllAtOnce")
    return Shift(kind=routing["type"], percent=percent, minutes=minutes)


def _report(text: str | None) -> HookReport | None:
    """Return the release checks' report; None when there is none that can be understood."""
    try:
        document = json.loads(text or "")
        return HookReport(
            deployment=str(document["deploymentId"]),
            passed=document["passed"] is True,
            summary=str(document["summary"]),
            failures=[str(failure) for failure in document["failures"]],
        )
    except (ValueError, KeyError, TypeError):
        return None
