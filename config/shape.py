"""What the models allow at a key, in words: the source of every "allowed" in an error."""

from __future__ import annotations

import types
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen, MultipleOf
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from config.errors import choices
from config.keys import Segment


@dataclass(frozen=True, kw_only=True)
class Spot:
    """A place in a model: the location as far as it leads, and what may stand there."""

    path: tuple[Segment, ...]
    field: FieldInfo
    table: type[BaseModel] | None
    """The model of the table that holds the last segment."""

    @property
    def description(self) -> str:
        """What the key is for; empty when the model does not say."""
        return self.field.description or ""


def spot(*, model: type[BaseModel], location: Sequence[Segment]) -> Spot:
    """The place that a pydantic error's location means.

    pydantic appends the member's name to the location of a union's error; such segments, and any
    below an unknown key, are no part of the path.
    """
    field = FieldInfo.from_annotation(model)
    table: type[BaseModel] | None = None
    path: list[Segment] = []
    for segment in location:
        inner = _without_none(field.annotation)
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            table = inner
            path.append(segment)
            known = _field(inner, str(segment))
            if known is None:
                break
            field = known
        elif get_origin(inner) is tuple:
            path.append(segment)
            field = FieldInfo.from_annotation(get_args(inner)[0])
        elif get_origin(inner) is dict:
            path.append(segment)
            field = FieldInfo.from_annotation(get_args(inner)[1])
        else:
            break
    return Spot(path=tuple(path), field=field, table=table)


def keys_of(model: type[BaseModel]) -> tuple[str, ...]:
    """The keys of the model's table, as a file writes them."""
    return tuple(field.alias or name for name, field in model.model_fields.items())


def allowed(field: FieldInfo) -> str:
    """What may stand in the field, as words."""
    inner = _without_none(field.annotation)
    origin = get_origin(inner)
    if origin is Literal:
        return choices(get_args(inner))
    if origin is tuple:
        return _with(f"a list{_length(field, 'item')}; each item: ", _item(inner))
    if origin is dict:
        return _with("a table; each value: ", _item(inner))
    if origin in (Union, types.UnionType):
        return " or ".join(allowed(FieldInfo.from_annotation(one)) for one in get_args(inner))
    if isinstance(inner, type) and issubclass(inner, BaseModel):
        return f"a table with the keys {', '.join(keys_of(inner))}"
    return _scalar(inner, field)


def _scalar(inner: object, field: FieldInfo) -> str:
    if inner is bool:
        return "true or false"
    if inner is int:
        return f"a whole number{_range(field)}"
    if inner is float:
        return f"a number{_range(field)}"
    if inner is str:
        if any(getattr(one, "pattern", None) for one in field.metadata) and field.description:
            return field.description.rstrip(".")
        return f"text{_length(field, 'character')}"
    return field.description or "another value"


def _item(inner: Any) -> str:
    args = [one for one in get_args(inner) if one is not Ellipsis]
    return allowed(FieldInfo.from_annotation(args[-1]))


def _with(head: str, item: str) -> str:
    return head + item


def _range(field: FieldInfo) -> str:
    low = next((one.ge for one in field.metadata if isinstance(one, Ge)), None)
    above = next((one.gt for one in field.metadata if isinstance(one, Gt)), None)
    high = next((one.le for one in field.metadata if isinstance(one, Le)), None)
    below = next((one.lt for one in field.metadata if isinstance(one, Lt)), None)
    step = next((one.multiple_of for one in field.metadata if isinstance(one, MultipleOf)), None)
    text = ""
    if above is not None:
        text += f" above {above}"
    if low is not None and high is not None:
        text += f" from {low} to {high}"
    elif low is not None:
        text += f", {low} or more"
    elif high is not None:
        text += f"{' and' if above is not None else ''} up to {high}"
    if below is not None:
        text += f" below {below}"
    return text if step is None else f"{text} in steps of {step}"


def _length(field: FieldInfo, unit: str) -> str:
    low = next((one.min_length for one in field.metadata if isinstance(one, MinLen)), None)
    high = next((one.max_length for one in field.metadata if isinstance(one, MaxLen)), None)
    if low is not None and high is not None:
        return f" of {low} to {high} {unit}s"
    if low is not None:
        return f" of at least {low} {unit}{'' if low == 1 else 's'}"
    return "" if high is None else f" of at most {high} {unit}s"


def _field(model: type[BaseModel], key: str) -> FieldInfo | None:
    for name, field in model.model_fields.items():
        if key == (field.alias or name):
            return field
    return None


def _without_none(annotation: Any) -> Any:
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, types.UnionType):
        rest = [one for one in get_args(annotation) if one is not type(None)]
        if len(rest) == 1:
            return _without_none(rest[0])
    return annotation
