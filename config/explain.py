"""A table as a model, and a model's refusals as errors that a person understands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from config.errors import ConfigError, choices, shown
from config.keys import Table, join
from config.secret_words import hidden, names_a_secret, secret_in
from config.shape import Spot, allowed, keys_of, spot
from config.suggest import suggestion

Model = TypeVar("Model", bound=BaseModel)

_UNQUOTED = re.compile(r"-?[0-9]+(\.[0-9]+)?|true|false")
_TOO_SMALL = {"greater_than", "greater_than_equal"}
_TOO_LARGE = {"less_than", "less_than_equal"}


def validated(
    *, model: type[Model], table: Table, file: str, also_known: tuple[str, ...] = ()
) -> tuple[Model | None, list[ConfigError]]:
    """The table as the model, or ``None``; and the errors.

    Unknown keys are errors and nothing more: with them left out, the rest may still be a model, so
    that the rules look at it in the same run. Lists stand for tuples; nothing else is converted.
    ``also_known`` are top-level keys of the file that are no fields of the model: an error that
    lists the allowed keys names them too.
    """
    text = json.dumps(table, default=str)
    try:
        return model.model_validate_json(text), []
    except ValidationError as error:
        details = error.errors(include_url=False)
    errors = list(_explained(model, details, file, also_known))
    unknown = [detail["loc"] for detail in details if detail["type"] == "extra_forbidden"]
    try:
        return model.model_validate_json(_without(text, unknown)), errors
    except ValidationError:
        return None, errors


def _without(text: str, locations: list[tuple[int | str, ...]]) -> str:
    """The JSON text without the keys at these places; the keys' own tables stay."""
    table: Any = json.loads(text)
    for *parents, key in locations:
        inner = table
        for parent in parents:
            inner = inner[parent]
        del inner[key]
    return json.dumps(table)


def _explained(
    model: type[BaseModel], details: list[ErrorDetails], file: str, also_known: tuple[str, ...]
) -> Iterator[ConfigError]:
    seen: set[tuple[Any, ...]] = set()
    for detail in details:
        place = spot(model=model, location=detail["loc"])
        if place.path in seen or _only_follows(detail, details):
            continue
        seen.add(place.path)
        yield _error(place, detail, file, also_known if len(place.path) == 1 else ())


def _only_follows(detail: ErrorDetails, details: list[ErrorDetails]) -> bool:
    # pydantic counts the valid items: a list with a bad item may also be called too short.
    here = detail["loc"]
    return detail["type"] == "too_short" and any(
        len(other["loc"]) > len(here) and other["loc"][: len(here)] == here for other in details
    )


def _error(
    place: Spot, detail: ErrorDetails, file: str, also_known: tuple[str, ...]
) -> ConfigError:
    key = join(*place.path)
    kind, value = detail["type"], detail["input"]
    if kind == "missing":
        return ConfigError(
            file=file,
            key=key,
            message="This key is missing.",
            allowed=_sentence(allowed(place.field)),
            hint=_purpose(place),
        )
    if kind == "extra_forbidden":
        known = (*keys_of(place.table), *also_known) if place.table else also_known
        return ConfigError(
            file=file,
            key=key,
            message="This key is unknown.",
            given=_given(place, value),
            allowed=f"The keys here are {', '.join(sorted(known))}.",
            hint=suggestion(str(place.path[-1]), known) or "Remove it.",
        )
    given = _given(place, value)
    return ConfigError(
        file=file,
        key=key,
        message=_message(kind, value, detail),
        given=given,
        allowed=_sentence(allowed(place.field)),
        hint=_hint(kind, value, place) if given == shown(value) else "",
    )


def _message(kind: str, value: object, detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    said = {
        "literal_error": "This is none of the allowed values.",
        "string_pattern_mismatch": "This is not of the form needed here.",
        "string_too_short": "This text is too short.",
        "string_too_long": "This text is too long.",
        "too_short": "This list has too few items.",
        "too_long": "This list has too many items.",
        "multiple_of": f"This number is no multiple of {context.get('multiple_of')}.",
        "finite_number": "This is not a finite number.",
    }
    if kind in said:
        return said[kind]
    if kind in _TOO_SMALL:
        return "This number is too small."
    if kind in _TOO_LARGE:
        return "This number is too large."
    return f"This is {_called(value)}, and something else is needed here."


def _hint(kind: str, value: object, place: Spot) -> str:
    if kind == "literal_error" and isinstance(value, str):
        return suggestion(value, allowed(place.field).replace('"', "").split(", "))
    if kind == "string_type" and isinstance(value, int | float | bool):
        return f'Put it in quotes: "{shown(value)}".'
    if kind in ("int_type", "float_type", "bool_type", "whole_number") and isinstance(value, str):
        return f"Without quotes: {value}." if _UNQUOTED.fullmatch(value) else ""
    if kind == "tuple_type" and isinstance(value, dict):
        return f"A table in a list has double brackets: [[{join(*place.path)}]]."
    if kind == "tuple_type":
        return f"Put it in brackets: [{shown(value)}]."
    return _purpose(place)


def _purpose(place: Spot) -> str:
    """What the key is for, unless that is what is said to be allowed."""
    said = place.description
    return "" if said.rstrip(".") == allowed(place.field) else said


def _given(place: Spot, value: object) -> str:
    text = shown(value)
    if names_a_secret(str(place.path[-1]) if place.path else "") or secret_in(text):
        return hidden(text)
    return text


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text and not text.startswith('"') else text


def _called(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    for kind, name in (
        (str, "text"),
        (int, "a whole number"),
        (float, "a number with a fraction"),
        (list, "a list"),
        (dict, "a table"),
    ):
        if isinstance(value, kind):
            return name
    return choices([value])
