"""JSON Schemas of the TOML files, for editors (Taplo, Even Better TOML), made from the models.

``python -m config.schema`` writes them to ``config/schema``; with ``--check`` it writes nothing and
exits with 1, naming the files, when they are not what the models say.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from config.model.environment import Environment
from config.model.platform import Platform
from config.model.service import Service
from config.model.types import EnvironmentName

FOLDER = "config/schema"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_PARTIAL = "Override"
_REF = "#/$defs/"


def schemas() -> dict[str, dict[str, Any]]:
    """File name -> schema, for each kind of configuration file."""
    return {
        "platform.schema.json": _schema(Platform),
        "environment.schema.json": _schema(Environment),
        "service.schema.json": _with_overrides(_schema(Service)),
    }


def written(schema: Mapping[str, Any]) -> str:
    """The schema as its file holds it."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def stale(*, root: Path) -> list[str]:
    """The schema files, relative to ``root``, that are not what the models say, or missing."""
    found = []
    for name, schema in schemas().items():
        path = root / FOLDER / name
        if not path.is_file() or path.read_text(encoding="utf-8") != written(schema):
            found.append(f"{FOLDER}/{name}")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit status: 0, or 1 when ``--check`` finds a stale file."""
    parser = argparse.ArgumentParser(prog="python -m config.schema", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; 1 when stale")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[1])
    options = parser.parse_args(arguments)
    old = stale(root=options.root)
    if options.check:
        for file in old:
            print(f"{file} is stale; run: python -m config.schema", file=sys.stderr)
        return 1 if old else 0
    folder = options.root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in schemas().items():
        (folder / name).write_text(written(schema), encoding="utf-8")
    print(f"{len(old)} of {len(schemas())} schemas written anew in {FOLDER}.")
    return 0


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    made: dict[str, Any] = _without_null(model.model_json_schema(by_alias=True))
    return {"$schema": DIALECT, **made}


def _without_null(value: Any) -> Any:
    """TOML has no null: an optional key is absent, so no schema needs to allow null."""
    if isinstance(value, list):
        return [_without_null(item) for item in value]
    if not isinstance(value, dict):
        return value
    result = {key: _without_null(item) for key, item in value.items()}
    options = result.get("anyOf")
    if isinstance(options, list) and {"type": "null"} in options:
        rest = [option for option in options if option != {"type": "null"}]
        del result["anyOf"]
        result = {**(rest[0] if len(rest) == 1 else {"anyOf": rest}), **result}
        if result.get("default", "") is None:
            del result["default"]
    return result


def _with_overrides(schema: dict[str, Any]) -> dict[str, Any]:
    """The service's schema with ``environments``: the same tables, every key optional.

    Only tables are merged, so the tables inside a list stay complete.
    """
    definitions: dict[str, Any] = schema["$defs"]
    whole = {key: schema[key] for key in ("properties", "additionalProperties", "type")}
    partial = {
        f"{name}{_PARTIAL}": _partial(definitions[name])
        for name in sorted(_tables(whole, definitions))
    }
    environment = {
        "description": "What is different in this environment, merged over the base key by key; "
        "a list replaces a list. The image is the same everywhere.",
        **_partial(whole),
        "title": "Environment",
    }
    rule = get_args(EnvironmentName)[1]
    pattern = next(one.pattern for one in rule.metadata if getattr(one, "pattern", None))
    overrides = {
        "title": "Environments",
        "description": "By an environment's name: what is different there.",
        "type": "object",
        "additionalProperties": False,
        "patternProperties": {pattern: environment},
    }
    return {
        **schema,
        "properties": {**schema["properties"], "environments": overrides},
        "$defs": {**definitions, **partial},
    }


def _tables(table: Mapping[str, Any], definitions: Mapping[str, Any]) -> set[str]:
    """The names of all definitions that the table's keys hold as tables, at any depth."""
    found: set[str] = set()
    for content in table.get("properties", {}).values():
        name = str(content.get("$ref", "")).removeprefix(_REF)
        if name in definitions and definitions[name].get("type") == "object":
            found |= {name} | _tables(definitions[name], definitions)
    return found


def _partial(table: Mapping[str, Any]) -> dict[str, Any]:
    properties = {}
    for key, content in table.get("properties", {}).items():
        changed = {part: item for part, item in content.items() if part != "default"}
        if "$ref" in changed:
            changed["$ref"] = f"{changed['$ref']}{_PARTIAL}"
        properties[key] = changed
    return {
        **{part: item for part, item in table.items() if part != "required"},
        "properties": properties,
    }


if __name__ == "__main__":
    sys.exit(main())
