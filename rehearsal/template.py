"""What a template declares, and in which order its resources have to be made.

Only what our templates use is known. Anything else is refused by name before a stack is touched:
a part that is skipped in silence would make the rehearsal prove something else than a deployment.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .intrinsics import FUNCTIONS, TemplateError, substituted_names

_SECTIONS = {
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
}
_ATTRIBUTES = {
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "Properties",
    "Type",
    "UpdateReplacePolicy",
}
_POLICIES = {"Delete", "Retain", "Snapshot"}


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """One resource of a template, its properties not resolved yet.

    ``after`` are the resources it refers to and those of its DependsOn.
    """

    logical_id: str
    type: str
    properties: Mapping[str, Any]
    after: frozenset[str]
    deletion_policy: str
    update_replace_policy: str

    @property
    def custom(self) -> bool:
        """Whether a function of the template's author stands behind it."""
        return is_custom(self.type)


@dataclass(frozen=True, kw_only=True)
class Template:
    """A template that has been checked."""

    body: Mapping[str, Any]
    resources: Mapping[str, Declaration]

    def section(self, name: str) -> Mapping[str, Any]:
        """One of the sections whose entries have names, empty when it is left out."""
        found: Mapping[str, Any] = self.body.get(name, {})
        return found

    @property
    def after(self) -> dict[str, frozenset[str]]:
        """Logical id -> what is made before it."""
        return {name: one.after for name, one in self.resources.items()}


def is_custom(type_: str) -> bool:
    """Whether resources of the type are asked of a function.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html
    """
    return type_.startswith("Custom::") or type_ == "AWS::CloudFormation::CustomResource"


def parse(body: Mapping[str, Any]) -> Template:
    """Check a template and find what depends on what.

    Raises `TemplateError` for what CloudFormation refuses (a reference to nothing, a circle) and
    for what is not part of the model.
    """
    body = copy.deepcopy(dict(body))
    _known("section", "the template", body, _SECTIONS)
    declared: Mapping[str, Any] = body.get("Resources") or {}
    if not declared:
        raise TemplateError("Template format error: at least one resource has to be declared")
    for path, name in _functions(body, ()):
        if name not in FUNCTIONS:
            raise TemplateError(
                f"{name}, at {'/'.join(path)}, is not part of the model, which knows "
                f"{', '.join(sorted(FUNCTIONS))}: add it to rehearsal/intrinsics.py"
            )
    known = set(declared)
    parameters = set(body.get("Parameters", {}))
    resources = {name: _declaration(name, one, known, parameters) for name, one in declared.items()}
    template = Template(body=body, resources=resources)
    order(template.after)
    return template


def order(after: Mapping[str, frozenset[str]]) -> list[str]:
    """Names in an order in which each comes after what it depends on, else as they were given.

    Names outside `after` are taken as made already. Raises `TemplateError` for a circle.
    """
    ordered: list[str] = []
    done: set[str] = set()
    left = dict(after)
    while left:
        ready = [name for name, needed in left.items() if not (needed & left.keys()) - done]
        if not ready:
            names = ", ".join(sorted(left))
            raise TemplateError(f"Circular dependency between resources: [{names}]")
        for name in ready:
            del left[name]
        ordered += ready
        done.update(ready)
    return ordered


def references(value: Any) -> Iterator[str]:
    """The names that the intrinsic functions within a value refer to."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    if not isinstance(value, Mapping):
        return
    if len(value) == 1:
        name, argument = next(iter(value.items()))
        if name == "Ref":
            yield argument
            return
        if name == "Fn::GetAtt":
            yield argument.split(".")[0] if isinstance(argument, str) else argument[0]
            return
        if name == "Fn::Sub":
            yield from (one.split(".")[0] for one in substituted_names(argument))
    for item in value.values():
        yield from references(item)


def _declaration(
    name: str, resource: Mapping[str, Any], known: set[str], parameters: set[str]
) -> Declaration:
    where = f"resource {name}"
    _known("attribute", where, resource, _ATTRIBUTES)
    properties = resource.get("Properties", {})
    _no_null(properties, ("Resources", name, "Properties"))
    depends = resource.get("DependsOn", [])
    named = {depends} if isinstance(depends, str) else set(depends)
    named |= {one for one in references(properties) if not one.startswith("AWS::")} - parameters
    if missing := named - known:
        raise TemplateError(
            f"Template format error: Unresolved resource dependencies "
            f"[{', '.join(sorted(missing))}] in the Resources block of the template "
            f"({where} refers to them)"
        )
    return Declaration(
        logical_id=name,
        type=resource["Type"],
        properties=properties,
        after=frozenset(named - {name}),
        deletion_policy=_policy(where, resource, "DeletionPolicy"),
        update_replace_policy=_policy(where, resource, "UpdateReplacePolicy"),
    )


def _policy(where: str, resource: Mapping[str, Any], attribute: str) -> str:
    policy: str = resource.get(attribute, "Delete")
    if policy not in _POLICIES:
        raise TemplateError(
            f"{attribute} of {where} is {policy!r}; allowed: {', '.join(sorted(_POLICIES))}"
        )
    return policy


def _known(what: str, where: str, given: Mapping[str, Any], allowed: set[str]) -> None:
    if unknown := given.keys() - allowed:
        raise TemplateError(
            f"{what} {', '.join(sorted(unknown))} of {where} is not part of the model, "
            f"which knows {', '.join(sorted(allowed))}"
        )


def _no_null(value: Any, path: tuple[str, ...]) -> None:
    if value is None:
        raise TemplateError(f"[/{'/'.join(path)}] 'null' values are not allowed in templates")
    if isinstance(value, Mapping):
        for key, item in value.items():
            _no_null(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _no_null(item, (*path, str(index)))


def _functions(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key.startswith("Fn::"):
                yield path, key
            if key != "Metadata":
                yield from _functions(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _functions(item, (*path, str(index)))
