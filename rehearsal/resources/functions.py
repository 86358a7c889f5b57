"""Functions and state machines, which are handed to whoever runs them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from .base import Made, Place, Request

RegisterFunction = Callable[[str, Mapping[str, Any]], None]
RegisterStateMachine = Callable[[str, str, Mapping[str, Any], str], None]


class Functions:
    """Lambda functions, registered with their ARN and resolved properties on every change.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-function.html
    """

    name_property = "FunctionName"
    shortfall = ""

    def __init__(self, place: Place, *, register: RegisterFunction) -> None:
        self._place = place
        self._register = register

    def replaces(self, changed: Collection[str]) -> bool:
        """The name is for good, and whether it is a zip or an image."""
        return not {"FunctionName", "PackageType"}.isdisjoint(changed)

    def create(self, request: Request) -> Made:
        """Register the function."""
        return self._make(request, request.properties.get("FunctionName") or request.name())

    def update(self, request: Request) -> Made:
        """Register it again, with its new properties."""
        return self._make(request, request.physical_id)

    def delete(self, request: Request) -> None:
        """Nothing: what was registered stays so, as invocations under way go on as well."""

    def _make(self, request: Request, name: str) -> Made:
        arn = self._place.arn("lambda", f"function:{name}")
        self._register(arn, request.properties)
        return Made(physical_id=name, attributes={"Arn": arn})


class Layers:
    """Versions of layers, registered with their ARN and properties.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-layerversion.html
    """

    name_property = "LayerName"
    shortfall = ""

    def __init__(self, place: Place, *, register: RegisterFunction) -> None:
        self._place = place
        self._register = register

    def replaces(self, changed: Collection[str]) -> bool:
        """A version is never changed."""
        return bool(changed)

    def create(self, request: Request) -> Made:
        """Register the version; the first one of a name that is its own."""
        name = request.name(140)
        arn = self._place.arn("lambda", f"layer:{name}:1")
        self._register(arn, request.properties)
        return Made(physical_id=arn, attributes={"LayerVersionArn": arn})

    def update(self, request: Request) -> Made:
        """Nothing is to be done."""
        return Made(physical_id=request.physical_id, attributes=None)

    def delete(self, request: Request) -> None:
        """Nothing: functions that have it go on as they are."""


class StateMachines:
    """State machines, registered as (name, ARN, definition, role) on every change.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-stepfunctions-statemachine.html
    """

    name_property = "StateMachineName"
    shortfall = ""

    def __init__(self, place: Place, *, register: RegisterStateMachine) -> None:
        self._place = place
        self._register = register

    def replaces(self, changed: Collection[str]) -> bool:
        """Name and type are for good."""
        return not {"StateMachineName", "StateMachineType"}.isdisjoint(changed)

    def create(self, request: Request) -> Made:
        """Register the state machine."""
        name = request.properties.get("StateMachineName") or request.name(80)
        return self._make(request, self._place.arn("states", f"stateMachine:{name}"))

    def update(self, request: Request) -> Made:
        """Register it again, with its new definition."""
        return self._make(request, request.physical_id)

    def delete(self, request: Request) -> None:
        """Nothing: executions under way go on."""

    def _make(self, request: Request, arn: str) -> Made:
        name = arn.rsplit(":", 1)[1]
        definition = _definition(request.properties)
        self._register(name, arn, definition, request.properties["RoleArn"])
        return Made(physical_id=arn, attributes={"Arn": arn, "Name": name})


def _definition(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    """The definition with its substitutions made."""
    text = properties.get("DefinitionString") or json.dumps(properties["Definition"])
    values = properties.get("DefinitionSubstitutions", {})

    def value(match: re.Match[str]) -> str:
        found = values.get(match[1])
        return match[0] if found is None else json.dumps(str(found))[1:-1]

    definition: Mapping[str, Any] = json.loads(re.sub(r"\$\{(\w+)\}", value, text))
    return definition
