"""Staging is Prod's likeness: what is not declared is an error, and so is an idle declaration."""

from __future__ import annotations

import pytest

from config.parity import differences, matches
from tests.config.example import INVENTORY, PLATFORM, PROD, STAGING, STOREFRONT, Example

_MAX_TASKS = '    "services.*.scaling.max_tasks",\n'


def test_a_difference_between_the_environments_files_is_named_with_both_values(
    example: Example,
) -> None:
    example.edit(
        STAGING, "min_capacity = 0.5", 'preferred_backup_window = "01:00-02:00"\nmin_capacity = 0.5'
    )

    (error,) = example.errors()

    assert (error.file, error.key) == (STAGING, "database.preferred_backup_window")
    assert "environment.database.preferred_backup_window differs" in error.message
    assert 'staging: "01:00-02:00"; prod: "17:00-18:00"' in error.given
    assert STAGING in error.given
    assert PROD in error.given
    assert '"environment.database.preferred_backup_window"' in error.hint
    assert "[[parity.may_differ]]" in error.hint
    assert PLATFORM in error.hint


def test_a_difference_of_a_service_is_named_where_it_is_written(example: Example) -> None:
    example.edit(
        INVENTORY,
        "[environments.staging]\n",
        "[environments.staging]\ncapacity.spot_percent = 50\n",
    )

    (error,) = example.errors()

    assert (error.file, error.key) == (INVENTORY, "environments.staging.capacity.spot_percent")
    assert "services.inventory.capacity.spot_percent differs" in error.message
    assert "staging: 50; prod: 0" in error.given


def test_a_difference_that_the_mirrored_one_makes_is_named_there(example: Example) -> None:
    example.edit(
        STOREFRONT,
        "[environments.staging.release]",
        "[environments.prod.release]\nbake_minutes = 12\n[environments.staging.release]",
    )

    (error,) = example.errors()

    assert error.key == "environments.prod.release.bake_minutes"
    assert "staging: 10; prod: 12" in error.given


@pytest.mark.parametrize(
    "pattern",
    [
        "services.inventory.capacity.spot_percent",
        "services.*.capacity.spot_percent",
        "services.inventory.capacity.*",
        "services.inventory.**",
        "services.inventory.capacity.**",
    ],
)
def test_a_declared_difference_is_no_error(example: Example, pattern: str) -> None:
    example.edit(
        INVENTORY,
        "[environments.staging]\n",
        "[environments.staging]\ncapacity.spot_percent = 50\n",
    )
    example.edit(PLATFORM, _MAX_TASKS, f'{_MAX_TASKS}    "{pattern}",\n')

    assert example.errors() == ()


def test_without_its_declaration_each_difference_of_the_example_is_an_error(
    example: Example,
) -> None:
    example.edit(PLATFORM, _MAX_TASKS, "")

    assert [(error.file, error.key) for error in example.errors()] == [
        (INVENTORY, "environments.staging.scaling.max_tasks"),
        (STOREFRONT, "environments.staging.scaling.max_tasks"),
    ]


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [
        ("services.*.scaling.max_task", 'Did you mean "services.inventory.scaling.max_tasks"?'),
        ("services.shop.**", ""),
        ("services.*.nothing", "Did you mean"),
    ],
)
def test_a_declaration_of_a_key_that_exists_nowhere_is_an_error(
    example: Example, pattern: str, hint: str
) -> None:
    example.edit(PLATFORM, _MAX_TASKS, f'{_MAX_TASKS}    "{pattern}",\n')

    (error,) = example.errors()

    assert (error.file, error.key) == (PLATFORM, "parity.may_differ.6.keys.3")
    assert "neither staging nor prod has" in error.message
    assert error.given == f'"{pattern}"'
    assert hint in error.hint


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [
        ("service.*.scaling.max_tasks", "Did you mean"),
        ("environments.tier", 'Did you mean "environment.tier"?'),
        ("**", ""),
        ("*.*", ""),
        ("", ""),
    ],
)
def test_a_declaration_begins_with_what_it_is_about(
    example: Example, pattern: str, hint: str
) -> None:
    example.edit(PLATFORM, _MAX_TASKS, f'{_MAX_TASKS}    "{pattern}",\n')

    (error,) = example.errors()

    assert (error.file, error.key) == (PLATFORM, "parity.may_differ.6.keys.3")
    assert "no key of an environment or of a service" in error.message
    assert hint in error.hint


def test_the_rest_of_a_key_can_only_come_last(example: Example) -> None:
    example.edit(PLATFORM, _MAX_TASKS, f'{_MAX_TASKS}    "services.**.max_tasks",\n')

    (error,) = example.errors()

    assert "comes last" in error.message
    assert error.given == '"services.**.max_tasks"'


def test_a_tag_with_a_dot_is_one_segment(example: Example) -> None:
    example.edit(STAGING, 'DataClass = "synthetic"', '"data.class" = "synthetic"')
    example.edit(PROD, 'DataClass = "customer"', '"data.class" = "customer"')
    example.edit(
        PLATFORM,
        '    "environment.tags.**",\n',
        "    'environment.tags.\"data.class\"',\n    'environment.tags.Environment',\n",
    )

    assert example.errors() == ()


def test_a_secret_that_differs_is_not_shown(example: Example) -> None:
    example.edit(
        INVENTORY,
        "[environments.staging]\n",
        '[environments.staging]\ncontainer.environment.DB_PASSWORD = "swordfish"\n',
    )

    said = "".join(error.render() for error in example.errors())

    assert "DB_PASSWORD differs between staging and prod" in said
    assert "swordfish" not in said


def test_a_whole_table_that_one_lacks_is_one_error(example: Example) -> None:
    example.edit(
        PROD,
        "[network]",
        '[[regions]]\nname = "ap-northeast-1"\n'
        'availability_zones = ["ap-northeast-1a", "ap-northeast-1c"]\ncidr = "10.21.0.0/16"\n'
        'hosted_zone = { id = "Z1", name = "jp.example.com" }\n[network]',
    )

    (error,) = example.errors()

    assert (error.file, error.key) == (STAGING, "regions.1")
    assert "staging: (absent); prod: { name = " in error.given
    assert '"environment.regions.1.**"' in error.hint


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("a.b", "a.b", True),
        ("a.*", "a.b", True),
        ("a.*", "a", False),
        ("a.*", "a.b.c", False),
        ("*.b", "a.b", True),
        ("a.**", "a", True),
        ("a.**", "a.b.c", True),
        ("a.**", "b.a", False),
        ("*.b.**", "a.b.c", True),
        ("**", "a.b", True),
    ],
)
def test_patterns_match_segments(pattern: str, path: str, expected: bool) -> None:
    assert matches(pattern=tuple(pattern.split(".")), path=tuple(path.split("."))) is expected


def test_differences_tell_true_from_one_and_absent_from_empty() -> None:
    found = differences(
        {"a": True, "b": [1, 2], "c": {}, "d": None, "e": 1},
        {"a": 1, "b": [1], "c": {"x": 1}, "d": None, "e": 1},
    )

    assert list(found) == [(("a",), True, 1), (("b", "1"), 2, None), (("c", "x"), None, 1)]
