"""Scalable targets, scaling policies, alarms and parameters, in moto."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..cloudwatch.query import Unevaluable
from ..scaling.policies import alarm_parameters
from .base import Made, Place, Request, parameters

_TARGET = ("ResourceId", "ScalableDimension", "ServiceNamespace")


class ScalableTargets:
    """A target with its scheduled actions.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-applicationautoscaling-scalabletarget.html
    """

    name_property = ""
    shortfall = ""

    def __init__(self, place: Place) -> None:
        self._client = place.client("application-autoscaling")

    def replaces(self, changed: Collection[str]) -> bool:
        """What is scaled is for good."""
        return not {"ResourceId", "ScalableDimension", "ServiceNamespace"}.isdisjoint(changed)

    def create(self, request: Request) -> Made:
        """RegisterScalableTarget, then PutScheduledAction for each action."""
        target = self._target(request.properties)
        found = parameters(
            self._client,
            "RegisterScalableTarget",
            request.properties,
            without=["ScheduledActions"],
        )
        self._client.register_scalable_target(**found.values)
        for action in request.properties.get("ScheduledActions", []):
            converted = parameters(self._client, "PutScheduledAction", action)
            self._client.put_scheduled_action(**converted.values, **target)
        identity = "|".join(
            (target["ResourceId"], target["ScalableDimension"], target["ServiceNamespace"])
        )
        return Made(
            physical_id=identity,
            attributes={"Id": identity},
            notes=found.notes("RegisterScalableTarget"),
        )

    def update(self, request: Request) -> Made:
        """The same calls; an update writes the template's suspended state, too."""
        gone = _actions(request.old) - _actions(request.properties)
        for name in sorted(gone):
            self._client.delete_scheduled_action(
                ScheduledActionName=name, **self._target(request.properties)
            )
        return self.create(request)

    def delete(self, request: Request) -> None:
        """DeregisterScalableTarget, which deletes its actions, too."""
        self._client.deregister_scalable_target(**self._target(request.properties))

    def _target(self, properties: Mapping[str, Any]) -> dict[str, str]:
        names = ("ServiceNamespace", "ResourceId", "ScalableDimension")
        return {name: properties[name] for name in names}


class ScalingPolicies:
    """A policy, and the alarms that Application Auto Scaling makes for it.

    moto makes these alarms, too, but always with the threshold 6 and for CPU or memory, so they
    are put again as they would be.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-applicationautoscaling-scalingpolicy.html
    """

    name_property = "PolicyName"
    shortfall = ""

    def __init__(self, place: Place) -> None:
        self._client = place.client("application-autoscaling")
        self._cloudwatch = place.client("cloudwatch")

    def replaces(self, changed: Collection[str]) -> bool:
        """Its name and what it scales are for good."""
        return not {*_TARGET, "PolicyName", "ScalingTargetId"}.isdisjoint(changed)

    def create(self, request: Request) -> Made:
        """PutScalingPolicy."""
        properties, target = request.properties, _target_of(request.properties)
        without = ["ScalingTargetId", *_TARGET]
        found = parameters(self._client, "PutScalingPolicy", properties, without=without)
        answer = self._client.put_scaling_policy(**found.values, **target)
        notes = found.notes("PutScalingPolicy")
        configuration = found.values.get("TargetTrackingScalingPolicyConfiguration")
        if configuration and target["ServiceNamespace"] == "ecs":
            notes += self._correct(answer["Alarms"], target["ResourceId"], configuration)
        arn = answer["PolicyARN"]
        return Made(physical_id=arn, attributes={"Arn": arn}, notes=notes)

    def update(self, request: Request) -> Made:
        """PutScalingPolicy again. Its ARN stays; moto would leave the former alarms behind."""
        self._delete(request.old)
        made = self.create(request)
        return Made(physical_id=request.physical_id, attributes=None, notes=made.notes)

    def delete(self, request: Request) -> None:
        """DeleteScalingPolicy, which deletes the alarms, too."""
        self._delete(request.properties)

    def _delete(self, properties: Mapping[str, Any]) -> None:
        name = properties["PolicyName"]
        self._client.delete_scaling_policy(PolicyName=name, **_target_of(properties))

    def _correct(
        self, alarms: list[dict[str, str]], resource_id: str, configuration: Mapping[str, Any]
    ) -> tuple[str, ...]:
        names = [alarm["AlarmName"] for alarm in alarms]
        try:
            wanted = alarm_parameters(resource_id, configuration)
        except Unevaluable as error:
            self._cloudwatch.delete_alarms(AlarmNames=names)
            return (f"TargetTrackingScalingPolicyConfiguration: {error}",)
        made = self._cloudwatch.describe_alarms(AlarmNames=names)["MetricAlarms"]
        for alarm in made:
            (kind,) = [kind for kind in wanted if f"-{kind}-" in alarm["AlarmName"]]
            kept = {key: alarm[key] for key in ("AlarmName", "AlarmDescription", "AlarmActions")}
            self._cloudwatch.put_metric_alarm(**kept, **wanted[kind])
        return ()


class Alarms:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-cloudwatch-alarm.html"""

    name_property = "AlarmName"
    shortfall = ""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._client = place.client("cloudwatch")

    def replaces(self, changed: Collection[str]) -> bool:
        """The name is for good."""
        return "AlarmName" in changed

    def create(self, request: Request) -> Made:
        """PutMetricAlarm."""
        return self._put(request, request.properties.get("AlarmName") or request.name(255))

    def update(self, request: Request) -> Made:
        """PutMetricAlarm with every property. The state stays, which moto forgets.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
        """
        name = request.physical_id
        before = self._client.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        made = self._put(request, name)
        for alarm in before:
            self._client.set_alarm_state(
                AlarmName=name, StateValue=alarm["StateValue"], StateReason=alarm["StateReason"]
            )
        return made

    def delete(self, request: Request) -> None:
        """DeleteAlarms."""
        self._client.delete_alarms(AlarmNames=[request.physical_id])

    def _put(self, request: Request, name: str) -> Made:
        given = {**request.properties, "AlarmName": name}
        found = parameters(self._client, "PutMetricAlarm", given)
        self._client.put_metric_alarm(**found.values)
        return Made(
            physical_id=name,
            attributes={"Arn": self._place.arn("cloudwatch", f"alarm:{name}")},
            notes=found.notes("PutMetricAlarm"),
        )


class SsmParameters:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ssm-parameter.html"""

    name_property = "Name"
    shortfall = ""

    def __init__(self, place: Place) -> None:
        self._client = place.client("ssm")

    def replaces(self, changed: Collection[str]) -> bool:
        """The name is for good."""
        return "Name" in changed

    def create(self, request: Request) -> Made:
        """PutParameter, which fails when somebody else has made it."""
        name = request.properties.get("Name") or request.name()
        tags = [
            {"Key": key, "Value": str(value)}
            for key, value in request.properties.get("Tags", {}).items()
        ]
        return self._put(request, name, Tags=tags)

    def update(self, request: Request) -> Made:
        """PutParameter over the former value."""
        return self._put(request, request.physical_id, Overwrite=True)

    def delete(self, request: Request) -> None:
        """DeleteParameter."""
        self._client.delete_parameter(Name=request.physical_id)

    def _put(self, request: Request, name: str, **how: Any) -> Made:
        given = {**request.properties, "Name": name}
        found = parameters(self._client, "PutParameter", given, without=["Tags"])
        self._client.put_parameter(**found.values, **how)
        values = found.values
        return Made(
            physical_id=name,
            attributes={"Type": values["Type"], "Value": values["Value"]},
            notes=found.notes("PutParameter"),
        )


def _target_of(properties: Mapping[str, Any]) -> dict[str, str]:
    """What a policy scales: named itself, or by the target's `Ref`."""
    named = str(properties.get("ScalingTargetId", "||")).split("|")
    return {name: str(properties.get(name, by)) for name, by in zip(_TARGET, named, strict=True)}


def _actions(properties: Mapping[str, Any]) -> set[str]:
    return {one["ScheduledActionName"] for one in properties.get("ScheduledActions", [])}
