"""Intrinsic functions, as far as our templates use them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

_PLACEHOLDER = re.compile(r"\$\{([^}]+)\}")


class TemplateError(Exception):
    """A template or its parameters are refused; nothing has been changed."""


class ModelError(Exception):
    """A deployment needs something that the model does not know. It is left where it stands.

    No failure of the stack's: a rollback would hide what is missing.
    """


class Surroundings(Protocol):
    """What functions refer to."""

    def ref(self, name: str) -> Any:
        """The value of a parameter, of a pseudo parameter, or that identifies a resource."""

    def attribute(self, logical_id: str, name: str) -> Any:
        """An attribute of a resource."""

    def output(self, stack: str, region: str, name: str) -> Any:
        """An output of another stack."""


class _NoValue:
    """Stands for a property that is left out."""


NO_VALUE = _NoValue()
"""What `Ref` to AWS::NoValue gives.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html
"""


def resolve(value: Any, around: Surroundings) -> Any:
    """The value with all functions applied, innermost first."""
    if isinstance(value, list):
        items = [resolve(item, around) for item in value]
        return [item for item in items if item is not NO_VALUE]
    if not isinstance(value, Mapping):
        return value
    if len(value) == 1:
        name, argument = next(iter(value.items()))
        if name == "Ref":
            return around.ref(argument)
        if name.startswith("Fn::"):
            return _apply(name, argument, around)
    resolved = {key: resolve(item, around) for key, item in value.items()}
    return {key: item for key, item in resolved.items() if item is not NO_VALUE}


def substituted_names(argument: Any) -> list[str]:
    """What the text of an Fn::Sub refers to, without the names it defines itself."""
    text, own = (argument, {}) if isinstance(argument, str) else argument
    names = [name for name in _PLACEHOLDER.findall(text) if not name.startswith("!")]
    return [name for name in names if name not in own]


def _apply(name: str, argument: Any, around: Surroundings) -> Any:
    function = FUNCTIONS.get(name)
    if function is None:
        raise TemplateError(
            f"{name} is not part of the model, which knows {', '.join(sorted(FUNCTIONS))}"
        )
    return function(argument, around)


def _get_att(argument: Any, around: Surroundings) -> Any:
    logical_id, name = argument.split(".", 1) if isinstance(argument, str) else argument
    return around.attribute(logical_id, name)


def _join(argument: Any, around: Surroundings) -> str:
    delimiter, items = argument
    return str(delimiter).join(text(item) for item in resolve(items, around))


def _split(argument: Any, around: Surroundings) -> list[str]:
    delimiter, whole = resolve(argument, around)
    return text(whole).split(delimiter)


def _select(argument: Any, around: Surroundings) -> Any:
    index, items = resolve(argument, around)
    if not 0 <= int(index) < len(items):
        raise TemplateError(
            f"Template error: Fn::Select cannot select nonexistent value at index {index} "
            f"of {len(items)} values"
        )
    return items[int(index)]


def _sub(argument: Any, around: Surroundings) -> str:
    template, own = (argument, {}) if isinstance(argument, str) else argument
    values = resolve(own, around)

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name.startswith("!"):
            return f"${{{name[1:]}}}"
        if name in values:
            return text(values[name])
        if "." in name:
            return text(around.attribute(*name.split(".", 1)))
        return text(around.ref(name))

    return _PLACEHOLDER.sub(value, template)


def _stack_output(argument: Any, around: Surroundings) -> Any:
    given = resolve(argument, around)
    return around.output(given["StackName"], given.get("Region", ""), given["OutputName"])


def _equals(argument: Any, around: Surroundings) -> bool:
    one, other = resolve(argument, around)
    return text(one) == text(other)


def _not(argument: Any, around: Surroundings) -> bool:
    (condition,) = resolve(argument, around)
    return not condition


def _contains(argument: Any, around: Surroundings) -> bool:
    values, value = resolve(argument, around)
    return value in values


def text(value: Any) -> str:
    """A scalar as CloudFormation writes it into a text or a request."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


FUNCTIONS: dict[str, Callable[[Any, Surroundings], Any]] = {
    "Fn::Contains": _contains,
    "Fn::Equals": _equals,
    "Fn::GetAtt": _get_att,
    "Fn::GetStackOutput": _stack_output,
    "Fn::Join": _join,
    "Fn::Not": _not,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Sub": _sub,
}
"""Name -> function of its unresolved argument and what surrounds it."""
