"""Every mistake a person can make is shown with its place, the value and what is allowed."""

from __future__ import annotations

import pytest

from tests.config.example import DEV, INVENTORY, STOREFRONT, Example
from tests.config.row import Row
from tests.config.rows import ROWS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name.replace(" ", "_"))
def test_a_mistake_is_named_with_its_key_value_and_what_is_allowed(
    example: Example, row: Row
) -> None:
    example.edit(row.file, row.old, row.new)

    errors = example.errors()

    said = "\n\n".join(error.render() for error in errors)
    found = [
        error
        for error in errors
        if error.file == (row.error_file or row.file)
        and error.key == row.key
        and row.message in error.message
    ]
    assert len(found) == 1, said
    assert row.given in found[0].given, said
    assert row.allowed in found[0].allowed, said
    assert row.hint in found[0].hint, said
    assert len(errors) == row.errors, said
    assert "pydantic" not in said
    assert "Input should" not in said


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (STOREFRONT, "cpu = 256, memory = 512,", "cpu = 256,"),
        (STOREFRONT, "repetitions = 20", "repetitions = 200"),
        (STOREFRONT, 'LOG_LEVEL = "debug"', 'DATABASE_LOGIN_SECRET_ARN = "arn:aws:..."'),
        (STOREFRONT, 'LOG_LEVEL = "debug"', 'TOKEN_URL = "https://example.com:8443/a@b"'),
        (STOREFRONT, 'LOG_LEVEL = "debug"', 'TOKEN_TTL_SECONDS = "60"'),
        (STOREFRONT, 'json = { service = "storefront" }', 'json = { ok = true, "a.0" = 1.5 }'),
        (STOREFRONT, "hot_standby_minutes = 60", "hot_standby_minutes = 2880"),
        (INVENTORY, "scaling = { enabled = false,", "scaling = { peaks = [], enabled = false,"),
        (DEV, '"10.10.0.0/16"', '"100.64.0.0/22"'),
        (DEV, '"10.10.0.0/16"', '"172.31.0.0/16"'),
        (DEV, 'engine_version = "17.5"', 'engine_version = "13.20"'),
        (DEV, 'DataClass = "synthetic"', '"cost:center.eu" = "a b_c/d=e+f-g@h é"'),
    ],
)
def test_what_is_just_allowed_is_no_mistake(
    example: Example, file: str, old: str, new: str
) -> None:
    example.edit(file, old, new)

    assert example.errors() == ()


def test_the_names_of_the_mistakes_are_unique_and_there_are_many() -> None:
    names = [row.name for row in ROWS]

    assert len(names) == len(set(names))
    assert len(names) >= 100
