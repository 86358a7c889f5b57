"""The one way to a scenario: its file read, checked and complete, or every mistake in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from config.model.service import Service
from config.toml_file import read_table

from .defaults import filled
from .draft import draft
from .errors import ScenarioError, line
from .model import Scenario
from .rules import Known, check

_ROOT = Path(__file__).resolve().parents[2]


def load_scenario(path: Path, *, road: Sequence[str], services: Mapping[str, Service]) -> Scenario:
    """The scenario of that file, with everything filled in that it leaves to defaults.

    ``road``: the environments' names in order. ``services``: name -> service, as any environment
    sees it. Raises `ScenarioError` with all mistakes, a line each.
    """
    file = _shown(path)
    table, errors = read_table(root=Path(), file=str(path))
    if table is None or errors:
        raise ScenarioError(line(error).replace(str(path), file) for error in errors)
    parts, errors = draft(table=table, file=file)
    known = Known(road=road, services=services, functions=_functions())
    errors += check(parts, known)
    if errors or parts.whole is None:
        raise ScenarioError(dict.fromkeys(line(error) for error in sorted(errors)))
    return filled(parts.whole, name=path.stem, road=road, services=services)


def _shown(path: Path) -> str:
    """The file as a person knows it: inside the repository, relative to its root."""
    inside = path.resolve()
    return str(inside.relative_to(_ROOT)) if inside.is_relative_to(_ROOT) else str(path)


def _functions() -> list[str]:
    return sorted(one.parent.name for one in (_ROOT / "lambdas").glob("*/handler.py"))
