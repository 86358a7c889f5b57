"""Scalable targets, alarms and parameters, in moto."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from .base import Made, Place, Request, parameters


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
        """PutMetricAlarm with every property."""
        return self._put(request, request.physical_id)

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


def _actions(properties: Mapping[str, Any]) -> set[str]:
    return {one["ScheduledActionName"] for one in properties.get("ScheduledActions", [])}
