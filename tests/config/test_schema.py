"""The schemas that editors use say what the models say."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from config.schema import main, schemas
from tests.config.example import (
    DEV,
    INVENTORY,
    PLATFORM,
    PROD,
    REPOSITORY,
    STAGING,
    STOREFRONT,
    Example,
)
from tests.config.row import Row
from tests.config.rows import ROWS

_FILES = (PLATFORM, DEV, STAGING, PROD, STOREFRONT, INVENTORY)
_SCHEMA_LINE = re.compile(r"#:schema (\S+)\n")


def _validator(file: str) -> Draft202012Validator:
    """The schema that the file itself names, as the repository holds it."""
    first = _SCHEMA_LINE.match((REPOSITORY / file).read_text(encoding="utf-8"))
    assert first, f"{file} does not begin with its schema"
    path = (REPOSITORY / file).parent / first.group(1)
    return Draft202012Validator(json.loads(path.read_text(encoding="utf-8")))


def _table(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from _objects(item)
    elif isinstance(value, list):
        for item in value:
            yield from _objects(item)


def test_the_shipped_schemas_are_current() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "config.schema", "--check"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_a_stale_schema_is_named_and_written_anew(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--root", str(tmp_path)]) == 0
    stale = tmp_path / "config/schema/service.schema.json"
    stale.write_text("{}", encoding="utf-8")
    capsys.readouterr()

    assert main(["--root", str(tmp_path), "--check"]) == 1
    assert "config/schema/service.schema.json is stale" in capsys.readouterr().err
    assert stale.read_text(encoding="utf-8") == "{}"
    assert main(["--root", str(tmp_path)]) == 0
    assert main(["--root", str(tmp_path), "--check"]) == 0


@pytest.mark.parametrize("name", sorted(schemas()))
def test_a_schema_is_a_schema(name: str) -> None:
    schema = schemas()[name]

    Draft202012Validator.check_schema(schema)
    references = {item["$ref"] for item in _objects(schema) if isinstance(item.get("$ref"), str)}
    assert references <= {f"#/$defs/{name}" for name in schema["$defs"]}
    assert {"type": "null"} not in list(_objects(schema))


@pytest.mark.parametrize("name", sorted(schemas()))
def test_every_key_is_described(name: str) -> None:
    schema = schemas()[name]
    for table in _objects(schema):
        properties = table.get("properties")
        if not isinstance(properties, dict) or properties.get("properties"):
            continue
        for key, content in properties.items():
            target = schema["$defs"].get(str(content.get("$ref", "")).rpartition("/")[2], {})
            assert content.get("description") or target.get("description"), key


@pytest.mark.parametrize("file", _FILES)
def test_a_shipped_file_is_valid_by_the_schema_it_names(file: str) -> None:
    assert list(_validator(file).iter_errors(_table(REPOSITORY / file))) == []


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.unknown_to_schema], ids=lambda row: row.name
)
def test_an_unknown_key_is_refused_by_the_schema_too(example: Example, row: Row) -> None:
    example.edit(row.file, row.old, row.new)

    errors = list(_validator(row.file).iter_errors(_table(example.root / row.file)))

    unknown = row.key.rpartition(".")[2]
    assert any(
        error.validator == "additionalProperties" and f"'{unknown}'" in error.message
        for error in errors
    ), errors


@pytest.mark.parametrize(
    ("override", "valid"),
    [
        ({}, True),
        ({"container": {"cpu": 512}}, True),
        ({"load_balancer": {"public": False}}, True),
        ({"scaling": {"peaks": []}}, True),
        ({"database": {"delivery": "runtime"}}, True),
        ({"container": {"cpu": 500}}, False),
        ({"container": {"cpus": 512}}, False),
        ({"scaling": {"peaks": [{"name": "Friday"}]}}, False),
        ({"environments": {}}, False),
    ],
)
def test_an_override_may_leave_out_every_key_but_not_those_of_a_list_item(
    override: dict[str, Any], valid: bool
) -> None:
    table = {**_table(REPOSITORY / INVENTORY), "environments": {"dev": override}}

    assert _validator(INVENTORY).is_valid(table) is valid
