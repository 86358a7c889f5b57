"""The promise that all environments have the same stacks with the same resources, checked at synth.

Compared are logical ids and their types, stack by stack, between the stages of every environment.
What may differ is declared in ``config/platform.toml`` with its reason; a declaration that no
difference needs is a finding too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import jsii
from aws_cdk import (
    IPolicyValidationContext,
    IPolicyValidationPlugin,
    PolicyValidationPluginReport,
    PolicyViolatingResource,
    PolicyViolation,
)

from assembly.read import read_stacks
from config.model.platform import TemplateDifference

Resources = dict[str, str]
"""Logical id -> CloudFormation type."""


@dataclass(frozen=True, kw_only=True)
class StackTemplate:
    """One stack: its construct path, its template's file, and what it makes."""

    construct_path: str
    path: Path
    resources: Resources


@dataclass(frozen=True, kw_only=True)
class StageTemplates:
    """The templates of one stage by the stack's name within the stage."""

    stage: str
    stacks: dict[str, StackTemplate]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A resource that one stage has and another has not; no ``logical_id``: a whole stack."""

    stack: str
    logical_id: str
    resource_type: str
    present: str
    missing: str
    template: StackTemplate


def differences(stages: Sequence[StageTemplates]) -> Iterator[Difference]:
    """Every resource that is in some stages and not in all, each named once."""
    for stack in sorted({name for stage in stages for name in stage.stacks}):
        having = [stage for stage in stages if stack in stage.stacks]
        lacking = [stage.stage for stage in stages if stack not in stage.stacks]
        if lacking:
            yield Difference(
                stack=stack,
                logical_id="",
                resource_type="",
                present=", ".join(stage.stage for stage in having),
                missing=", ".join(lacking),
                template=having[0].stacks[stack],
            )
        every = {
            (logical_id, type_)
            for stage in having
            for logical_id, type_ in stage.stacks[stack].resources.items()
        }
        for logical_id, type_ in sorted(every):
            present = [s for s in having if s.stacks[stack].resources.get(logical_id) == type_]
            missing = [s.stage for s in having if s not in present]
            if missing:
                yield Difference(
                    stack=stack,
                    logical_id=logical_id,
                    resource_type=type_,
                    present=", ".join(stage.stage for stage in present),
                    missing=", ".join(missing),
                    template=present[0].stacks[stack],
                )


def read_stages(assemblies: Sequence[Path]) -> list[StageTemplates]:
    """The stages of nested cloud assemblies, in the order given."""
    read = [list(read_stacks(assembly)) for assembly in assemblies]
    return [
        StageTemplates(
            stage=stacks[0].stage,
            stacks={
                stack.name: StackTemplate(
                    construct_path=stack.construct_path,
                    path=stack.path,
                    resources={key: value["Type"] for key, value in stack.resources().items()},
                )
                for stack in stacks
            },
        )
        for stacks in read
        if stacks
    ]


@jsii.implements(IPolicyValidationPlugin)
class TemplateParity:
    """A validation plugin: an undeclared difference between environments is an error."""

    def __init__(self, declared: Sequence[TemplateDifference]) -> None:
        self._declared = declared

    @property
    def name(self) -> str:
        """The name under which the report lists the findings."""
        return "Template parity"

    @property
    def version(self) -> str:
        """The version of the rules."""
        return "1.0.0"

    @property
    def rule_ids(self) -> list[str]:
        """The ids a finding may have."""
        return ["undeclared-difference", "unused-declaration"]

    def validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        """Compare the stages among the templates that were synthesized."""
        folders = dict.fromkeys(Path(path).parent for path in context.template_paths)
        # The organization's stage is no environment.
        environments = [one for one in folders if one.name.startswith("assembly-Pipeline-")]
        violations = self._violations(read_stages(environments))
        return PolicyValidationPluginReport(success=not violations, violations=violations)

    def _violations(self, stages: Sequence[StageTemplates]) -> list[PolicyViolation]:
        used: set[int] = set()
        violations = []
        for difference in differences(stages):
            number = self._declaration_of(difference)
            if number is not None:
                used.add(number)
            else:
                violations.append(_undeclared(difference))
        violations += [
            _unused(declaration, stages[-1])
            for number, declaration in enumerate(self._declared)
            if number not in used and stages
        ]
        return violations

    def _declaration_of(self, difference: Difference) -> int | None:
        for number, declaration in enumerate(self._declared):
            if (
                declaration.stack in {"*", difference.stack}
                and declaration.resource_type == difference.resource_type
            ):
                return number
        return None


def _undeclared(difference: Difference) -> PolicyViolation:
    what = (
        f"{difference.resource_type} {difference.logical_id}"
        if difference.logical_id
        else "the whole stack"
    )
    return PolicyViolation(
        rule_name="undeclared-difference",
        description=f"{difference.stack}: {what} is in {difference.present} and not in "
        f"{difference.missing}. Environments have the same resources",
        fix="Make the difference a parameter of the resource, or declare it with its reason under "
        "[[parity.templates_may_differ]] in config/platform.toml.",
        severity="error",
        violating_resources=[
            PolicyViolatingResource(
                resource_logical_id=difference.logical_id,
                template_path=str(difference.template.path),
                locations=[],
            )
            if difference.logical_id
            else PolicyViolatingResource(
                construct_path=difference.template.construct_path, locations=[]
            )
        ],
    )


def _unused(declaration: TemplateDifference, stage: StageTemplates) -> PolicyViolation:
    # A finding without a place is not printed: name the stack that is meant, or the stage's first.
    first = next(iter(stage.stacks.values()))
    place = stage.stacks.get(declaration.stack, first).construct_path
    return PolicyViolation(
        rule_name="unused-declaration",
        description=f"config/platform.toml declares that {declaration.resource_type} in "
        f"{declaration.stack} may differ, but it does not",
        fix="Remove the declaration from [[parity.templates_may_differ]].",
        severity="error",
        violating_resources=[PolicyViolatingResource(construct_path=place, locations=[])],
    )
