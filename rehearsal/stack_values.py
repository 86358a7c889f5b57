"""What the functions of a template refer to: parameters, resources and other stacks' outputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .intrinsics import NO_VALUE, ModelError, TemplateError, resolve
from .resources.base import Place, ResourceError
from .stack_state import Resource
from .template import Template

Outputs = Callable[[str, str], str]
"""(stack's name, output's name) -> value; raises `ModelError` when there is none."""

_SSM = "AWS::SSM::Parameter::Value<String>"


@dataclass(kw_only=True)
class Values:
    """The surroundings of one template. Outputs of other stacks are read once, and kept."""

    place: Place
    stack: str
    stack_id: str
    parameters: Mapping[str, Any]
    resources: Callable[[], Mapping[str, Resource]]
    outputs: Outputs
    _read: dict[tuple[str, str], str] = field(default_factory=dict)

    def ref(self, name: str) -> Any:
        """See `Surroundings.ref`."""
        if name in self.parameters:
            return self.parameters[name]
        pseudo = {
            "AWS::AccountId": self.place.account,
            "AWS::NoValue": NO_VALUE,
            "AWS::Partition": self.place.partition,
            "AWS::Region": self.place.region,
            "AWS::StackId": self.stack_id,
            "AWS::StackName": self.stack,
            "AWS::URLSuffix": "amazonaws.com",
        }
        if name.startswith("AWS::"):
            if name not in pseudo:
                raise ModelError(
                    f"the pseudo parameter {name} is not part of the model, which knows "
                    f"{', '.join(pseudo)}"
                )
            return pseudo[name]
        return self._resource(name).physical_id

    def attribute(self, logical_id: str, name: str) -> Any:
        """See `Surroundings.attribute`. Raises `ResourceError` with CloudFormation's words when a
        custom resource did not answer it.
        """
        resource = self._resource(logical_id)
        try:
            return resource.attributes[name]
        except KeyError:
            pass
        if resource.custom:
            raise ResourceError(
                f"CustomResource attribute error: Vendor response doesn't contain {name} attribute "
                f"in object {self.stack_id}|{logical_id}|{resource.request_id} in S3 bucket "
                f"cloudformation-custom-resource-storage-{self.place.region.replace('-', '')}"
            )
        raise ModelError(
            f"the model gives {logical_id} ({resource.type}) no attribute {name}; it has "
            f"{', '.join(resource.attributes) or 'none'}"
        )

    def output(self, stack: str, region: str, name: str) -> str:
        """See `Surroundings.output`; of stacks in this region only."""
        if region not in ("", self.place.region):
            raise ModelError(
                f"output {name} of stack {stack} is in {region}; the model knows stacks in "
                f"{self.place.region} only"
            )
        key = (stack, name)
        if key not in self._read:
            self._read[key] = self.outputs(stack, name)
        return self._read[key]

    def _resource(self, logical_id: str) -> Resource:
        resources = self.resources()
        if logical_id not in resources:
            raise TemplateError(f"{logical_id} is neither a parameter nor a resource that is there")
        return resources[logical_id]


def parameter_values(template: Template, given: Mapping[str, str], ssm: Any) -> dict[str, str]:
    """The parameters' values. Those of an SSM type are read from Parameter Store now.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html.
    Raises `TemplateError` for a parameter that is unknown or has no value.
    """
    declared = template.section("Parameters")
    if unknown := given.keys() - declared.keys():
        raise TemplateError(
            f"Parameters: [{', '.join(sorted(unknown))}] do not exist in the template"
        )
    values: dict[str, str] = {}
    for name, parameter in declared.items():
        if name not in given and "Default" not in parameter:
            raise TemplateError(f"Parameters: [{name}] must have values")
        value = str(given.get(name, parameter.get("Default")))
        values[name] = _stored(value, name, ssm) if parameter["Type"] == _SSM else value
    return values


def check_rules(template: Template, values: Values) -> None:
    """Raise `TemplateError` when an assertion of the template's rules does not hold.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html
    """
    for name, rule in template.section("Rules").items():
        if unknown := rule.keys() - {"Assertions"}:
            raise TemplateError(f"{', '.join(unknown)} of rule {name} is not part of the model")
        for assertion in rule["Assertions"]:
            if not resolve(assertion["Assert"], values):
                raise TemplateError(
                    f"Template validation error: rule {name} does not hold: "
                    f"{assertion.get('AssertDescription', assertion['Assert'])}"
                )


def _stored(value: str, parameter: str, ssm: Any) -> str:
    try:
        found: str = ssm.get_parameter(Name=value)["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        raise TemplateError(
            f"Unable to fetch parameters [{value}] from parameter store for this account "
            f"(parameter {parameter}): put it there, as bootstrapping an account does"
        ) from None
    return found
