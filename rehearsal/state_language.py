"""Reading a state machine: the part of the Amazon States Language that releases use.

https://states-language.net/spec.html
What a definition may hold beyond that is refused by name, so that nothing is passed over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_COMMON = {"Type", "Comment"}
_GOES_ON = {"Next", "End"}
_FIELDS = {
    "Task": _COMMON
    | _GOES_ON
    | {"Resource", "Parameters", "Retry", "Catch", "ResultPath", "ResultSelector"}
    | {"OutputPath", "TimeoutSeconds"},
    "Choice": _COMMON | {"Choices", "Default"},
    "Wait": _COMMON | _GOES_ON | {"Seconds", "SecondsPath"},
    "Succeed": _COMMON,
    "Fail": _COMMON | {"Error", "Cause"},
}
_TOP = {"Comment", "StartAt", "States", "TimeoutSeconds", "Version", "QueryLanguage"}
_RETRY = {"ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds"}
_RETRY |= {"Comment"}
_CATCH = {"ErrorEquals", "Next", "ResultPath", "Comment"}
_CHOICE = {"Variable", "BooleanEquals", "Next", "Comment"}


# A path: `$` or `$$` and names, no brackets and no functions.
_PATH = re.compile(r"\$\$?(\.[A-Za-z_][A-Za-z0-9_]*)*")


class DefinitionError(ValueError):
    """The definition is no state machine, or one that is not understood here."""


def parse(definition: str | Mapping[str, Any]) -> dict[str, Any]:
    """Read a definition, refusing by name what is not understood."""
    machine: dict[str, Any] = (
        json.loads(definition) if isinstance(definition, str) else dict(definition)
    )
    _only("The definition", machine, _TOP)
    if machine.get("QueryLanguage", "JSONPath") != "JSONPath":
        raise DefinitionError(f"QueryLanguage {machine['QueryLanguage']} is not understood")
    states = machine.get("States") or {}
    for name, state in states.items():
        _check(name, state, states)
    if machine.get("StartAt") not in states:
        raise DefinitionError(f"StartAt names no state: {machine.get('StartAt')}")
    return machine


def _check(name: str, state: Mapping[str, Any], states: Mapping[str, Any]) -> None:
    kind = state.get("Type")
    if kind not in _FIELDS:
        raise DefinitionError(
            f"State {name}: Type {kind} is not understood; known are {', '.join(_FIELDS)}"
        )
    where = f"State {name}"
    _only(where, state, _FIELDS[kind])
    for template in ("Parameters", "ResultSelector"):
        _check_template(where, state.get(template))
    for retrier in state.get("Retry", ()):
        _only(f"{where}, Retry", retrier, _RETRY)
    for catcher in state.get("Catch", ()):
        _only(f"{where}, Catch", catcher, _CATCH)
    for choice in state.get("Choices", ()):
        _only(f"{where}, Choices", choice, _CHOICE)
        if not isinstance(choice.get("BooleanEquals"), bool):
            raise DefinitionError(f"{where}, Choices: BooleanEquals must be true or false")
    for field in ("SecondsPath", "OutputPath"):
        _check_template(where, {f"{field}.$": state.get(field, "$")})
    for choice in state.get("Choices", ()):
        _check_template(where, {"Variable.$": choice.get("Variable")})
    for target in _targets(state):
        if target not in states:
            raise DefinitionError(f"{where} goes on to {target}, which is no state")
    if kind in ("Task", "Wait") and ("Next" in state) == bool(state.get("End")):
        raise DefinitionError(f"{where} needs either Next or End")
    if kind == "Wait" and ("Seconds" in state) == ("SecondsPath" in state):
        raise DefinitionError(f"{where} needs either Seconds or SecondsPath")


def _check_template(where: str, template: Any) -> None:
    if isinstance(template, list):
        for inner in template:
            _check_template(where, inner)
    if not isinstance(template, Mapping):
        return
    for name, inner in template.items():
        if not name.endswith(".$"):
            _check_template(where, inner)
        elif not _PATH.fullmatch(str(inner)):
            raise DefinitionError(
                f"{where}, {name}: {inner} is not understood; only $ and $$ with .names are"
            )


def _targets(state: Mapping[str, Any]) -> list[str]:
    found = [state[key] for key in ("Next", "Default") if key in state]
    for part in ("Catch", "Choices"):
        found += [one["Next"] for one in state.get(part, ())]
    return found


def _only(where: str, given: Mapping[str, Any], known: set[str]) -> None:
    if unknown := sorted(set(given) - known):
        raise DefinitionError(
            f"{where}: {', '.join(unknown)} is not understood; known are {', '.join(sorted(known))}"
        )


def at(path: str, value: Any, context: Mapping[str, Any]) -> Any:
    """What a path such as `$.seconds` or `$$.Execution.Input` leads to."""
    scope = context if path.startswith("$$") else value
    for name in path.split(".")[1:]:
        if not isinstance(scope, Mapping) or name not in scope:
            raise PathError(f"The path {path} leads nowhere in {json.dumps(scope)}")
        scope = scope[name]
    return scope


class PathError(Exception):
    """A path of the definition does not fit the data: States.ParameterPathFailure."""


def fill(template: Any, value: Any, context: Mapping[str, Any]) -> Any:
    """A payload template with its `.$` fields replaced."""
    if isinstance(template, Mapping):
        return {
            name.removesuffix(".$"): at(inner, value, context)
            if name.endswith(".$")
            else fill(inner, value, context)
            for name, inner in template.items()
        }
    if isinstance(template, list):
        return [fill(inner, value, context) for inner in template]
    return template


def place(path: str | None, value: Any, result: Any) -> Any:
    """The state's input with its result at `ResultPath`; null drops the result."""
    if path is None:
        return value
    if path == "$":
        return result
    names = path.removeprefix("$.").split(".")
    whole = dict(value) if isinstance(value, Mapping) else {}
    inner = whole
    for name in names[:-1]:
        inner[name] = dict(inner.get(name) or {})
        inner = inner[name]
    inner[names[-1]] = result
    return whole
