"""A template that has been submitted, with the values that it was submitted with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .intrinsics import resolve
from .resources.base import Place
from .stack_state import Resource
from .stack_values import Outputs, Values, check_rules, parameter_values
from .template import Template, parse


@dataclass(frozen=True, kw_only=True)
class Version:
    """A checked template and its surroundings."""

    template: Template
    values: Values

    def same_as(self, other: Version) -> bool:
        """Whether nothing has changed. (Outputs of other stacks are not looked at; it is not
        documented whether CloudFormation would.)
        """
        return (
            self.template.body == other.template.body
            and self.values.parameters == other.values.parameters
        )

    def retyped(self, other: Version) -> list[str]:
        """Resources that have another type in this version than in the other."""
        return [
            name
            for name, declared in self.template.resources.items()
            if name in other.template.resources
            and other.template.resources[name].type != declared.type
        ]

    def outputs(self) -> dict[str, str]:
        """The outputs, once everything has been deployed."""
        return {
            name: resolve(output["Value"], self.values)
            for name, output in self.template.section("Outputs").items()
        }


def read_version(
    body: Mapping[str, Any],
    parameters: Mapping[str, str],
    *,
    place: Place,
    stack: str,
    stack_id: str,
    resources: Callable[[], Mapping[str, Resource]],
    outputs: Outputs,
) -> Version:
    """Check a template, its parameters and its rules. Raises `TemplateError`."""
    template = parse(body)
    values = Values(
        place=place,
        stack=stack,
        stack_id=stack_id,
        parameters=parameter_values(template, parameters, place.client("ssm")),
        resources=resources,
        outputs=outputs,
    )
    check_rules(template, values)
    return Version(template=template, values=values)
