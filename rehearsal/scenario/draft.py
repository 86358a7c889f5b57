"""As much of a scenario's file as could be understood, so that all mistakes are told at once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from config.errors import ConfigError
from config.explain import validated
from config.keys import Table

from .model import ScenarioFile, Step, VersionSpec

Part = TypeVar("Part", bound=BaseModel)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A file's parts, for the rules.

    ``whole`` is None when something in the file is not of the form needed; the parts that are
    remain. ``environments`` and ``service`` are None when the file does not name any, or badly.
    ``names`` are all declared versions, understood or not.
    """

    file: str
    whole: ScenarioFile | None
    environments: tuple[str, ...] | None = None
    service: str | None = None
    names: tuple[str, ...] = ()
    versions: Mapping[str, VersionSpec] = field(default_factory=dict)
    steps: Mapping[int, Step] = field(default_factory=dict)


def draft(*, table: Table, file: str) -> tuple[Draft, list[ConfigError]]:
    """The parts of the file, and the errors of its form."""
    whole, errors = validated(model=ScenarioFile, table=table, file=file)
    if whole is not None:
        parts = Draft(
            file=file,
            whole=whole,
            environments=whole.environments or None,
            service=whole.service or None,
            names=tuple(whole.versions),
            versions=whole.versions,
            steps=dict(enumerate(whole.steps)),
        )
    else:
        versions = table.get("versions")
        parts = Draft(
            file=file,
            whole=None,
            environments=_texts(table.get("environments")),
            service=service if isinstance(service := table.get("service"), str) else None,
            names=tuple(versions) if isinstance(versions, dict) else (),
            versions=dict(_understood(VersionSpec, versions)),
            steps=dict(_understood(Step, table.get("steps"))),
        )
    return parts, errors


def _understood(model: type[Part], given: object) -> Iterator[tuple[Any, Part]]:
    if isinstance(given, dict):
        items: Any = given.items()
    else:
        items = enumerate(given) if isinstance(given, list) else ()
    for key, value in items:
        try:
            yield key, model.model_validate_json(json.dumps(value, default=str))
        except ValidationError:
            continue


def _texts(given: object) -> tuple[str, ...] | None:
    if isinstance(given, list) and given and all(isinstance(one, str) for one in given):
        return tuple(given)
    return None
