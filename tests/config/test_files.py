"""Files that are missing, unreadable or no TOML are named, and all errors are shown together."""

from __future__ import annotations

import shutil

import pytest

from config.errors import ConfigError, ConfigurationInvalid, shown
from config.load import load
from tests.config.example import DEV, INVENTORY, PLATFORM, PROD, STAGING, STOREFRONT, Example


def _of(example: Example, file: str) -> list[ConfigError]:
    return [error for error in example.errors() if error.file == file]


@pytest.mark.parametrize("file", [PLATFORM])
def test_a_missing_file_is_named(example: Example, file: str) -> None:
    (example.root / file).unlink()

    assert [error.message for error in _of(example, file)] == ["The file is missing."]


def test_a_missing_environment_is_named_where_the_road_passes_through_it(
    example: Example,
) -> None:
    (example.root / STAGING).unlink()

    errors = example.errors()

    assert [(error.file, error.key) for error in errors] == [(PLATFORM, "road.1")]
    assert "Create config/environments/staging.toml" in errors[0].hint


@pytest.mark.parametrize("folder", ["config/environments", "config/services"])
def test_a_missing_folder_is_named(example: Example, folder: str) -> None:
    shutil.rmtree(example.root / folder)

    errors = _of(example, folder)

    assert [error.message for error in errors] == ["The folder is missing."]
    assert "one TOML file for each" in errors[0].hint


def test_an_empty_folder_is_named(example: Example) -> None:
    (example.root / STOREFRONT).unlink()
    (example.root / INVENTORY).unlink()

    errors = _of(example, "config/services")

    assert [error.message for error in errors] == ["The folder has no TOML file."]


def test_an_empty_repository_has_errors_and_no_traceback(example: Example) -> None:
    shutil.rmtree(example.root / "config")

    files = {error.file for error in example.errors()}

    assert files == {PLATFORM, "config/environments", "config/services"}


@pytest.mark.parametrize("file", [PLATFORM, DEV, STOREFRONT])
@pytest.mark.parametrize("content", ["", " \n\n"])
def test_an_empty_file_is_named(example: Example, file: str, content: str) -> None:
    example.write(file, content)

    assert [error.message for error in _of(example, file)] == ["The file is empty."]


def test_a_folder_in_place_of_a_file_is_named(example: Example) -> None:
    (example.root / DEV).unlink()
    (example.root / DEV).mkdir()

    assert "a file is needed here" in _of(example, DEV)[0].message


def test_a_link_to_itself_is_named(example: Example) -> None:
    (example.root / DEV).unlink()
    (example.root / DEV).symlink_to(example.root / DEV)

    assert "cannot be read" in _of(example, DEV)[0].message


def test_a_file_that_is_not_utf8_is_named_with_the_byte_and_its_line(example: Example) -> None:
    example.write(DEV, b'tier = "development"\naccount = "\xe9"\n')

    error = _of(example, DEV)[0]

    assert "not UTF-8: byte 33, in line 2" in error.message
    assert error.given == "0xe9"


def test_a_byte_order_mark_is_named(example: Example) -> None:
    example.write(DEV, b"\xef\xbb\xbf" + (example.root / DEV).read_bytes())

    assert "byte order mark" in _of(example, DEV)[0].message


@pytest.mark.parametrize(
    ("line", "said", "position"),
    [
        ("tier = development", "Invalid value", "line 3, column 8"),
        ("[network", "Expected ']'", "line 3, column 9"),
        ("tier", "Expected '=' after a key", "line 3, column 5"),
        ('account = "1" "2"', "Expected newline", "line 3, column 15"),
        ("gate = 1\ngate = 2", "Cannot overwrite a value", "line 4, column 9"),
    ],
)
def test_broken_toml_is_shown_with_line_column_and_text(
    example: Example, line: str, said: str, position: str
) -> None:
    example.write(DEV, f"# one\n\n{line}\n")

    error = _of(example, DEV)[0]

    assert said in error.message
    assert position in error.message
    assert error.given == line.splitlines()[-1]


def test_toml_that_breaks_off_is_shown_with_its_last_line(example: Example) -> None:
    example.write(DEV, 'tier = "development"\nregions = [')

    error = _of(example, DEV)[0]

    assert "at the end of the file; the last line is line 2" in error.message
    assert error.given == "regions = ["


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ("DB_PASSWORD = swordfish", "DB_PASSWORD = (not shown, 9 characters)"),
        ("x = AKIAIOSFODNN7EXAMPLE", "x = (not shown, 20 characters)"),
        ("{ API_KEY: swordfish", "(not shown, 20 characters)"),
    ],
)
def test_a_secret_in_a_broken_line_is_not_shown(example: Example, line: str, given: str) -> None:
    example.write(DEV, line)

    error = _of(example, DEV)[0]

    assert error.given == given


def test_a_secret_of_the_wrong_type_is_not_shown(example: Example) -> None:
    example.edit(STOREFRONT, 'LOG_LEVEL = "debug"', "DB_PASSWORD = 123456")

    error = _of(example, STOREFRONT)[0]

    assert error.key == "environments.dev.container.environment.DB_PASSWORD"
    assert "123456" not in error.render()


@pytest.mark.parametrize(
    "content",
    [
        "a." * 5_000 + "b = 1",
        "x = " + "[" * 40 + "]" * 40,
        "x = " + "[" * 100_000,
        "x = " + "1" * 5_000,
        'x = "\x00"',
        "[a]\n[a]",
        "x = 1979-13-45",
    ],
)
def test_toml_made_to_break_a_parser_is_an_error_like_any_other(
    example: Example, content: str
) -> None:
    example.write(DEV, content)

    assert len(_of(example, DEV)) == 1


@pytest.mark.parametrize(
    "name", ["Storefront", "store_front", "a", "store--front", "x" * 27, "1st", "shop-"]
)
def test_a_file_name_that_is_no_service_name_is_named(example: Example, name: str) -> None:
    shutil.copyfile(example.root / INVENTORY, example.root / f"config/services/{name}.toml")

    errors = _of(example, f"config/services/{name}.toml")

    assert [error.given for error in errors] == [f'"{name}"']
    assert "2-26" in errors[0].allowed


@pytest.mark.parametrize("name", ["Dev", "pre-prod", "environment13"])
def test_a_file_name_that_is_no_environment_name_is_named(example: Example, name: str) -> None:
    shutil.copyfile(example.root / DEV, example.root / f"config/environments/{name}.toml")

    errors = _of(example, f"config/environments/{name}.toml")

    assert "no name for an environment" in errors[0].message
    assert "2-12" in errors[0].allowed


def test_errors_of_several_files_are_shown_together_in_order(example: Example) -> None:
    example.edit(STOREFRONT, "port = 8080", "port = 80")
    example.edit(STOREFRONT, "container = { cpu = 256,", "container = { cpu = 300,")
    example.edit(PROD, "readers = 2", "readers = 99")
    example.edit(PLATFORM, 'branch = "main"', "branch = 1")
    example.write(DEV, "tier =")

    errors = example.errors()

    assert [(error.file, error.key) for error in errors] == [
        (DEV, ""),
        (PROD, "database.readers"),
        (PLATFORM, "repository.branch"),
        (STOREFRONT, "container.port"),
        (STOREFRONT, "environments.dev.container.cpu"),
    ]


def test_rules_between_files_run_on_what_could_be_read(example: Example) -> None:
    example.write(PLATFORM, "broken")
    example.edit(STAGING, '"10.15.0.0/16"', '"10.20.0.0/16"')
    example.edit(STOREFRONT, "cpu = 256, memory = 512,", "cpu = 256, memory = 4096,")

    keys = [(error.file, error.key) for error in example.errors()]

    assert keys == [
        (STAGING, "regions.0.cidr"),
        (PLATFORM, ""),
        (STOREFRONT, "environments.dev.container.memory"),
    ]


def test_all_errors_are_one_text_with_their_number_first(example: Example) -> None:
    example.edit(STOREFRONT, "port = 8080", "port = 80")
    example.edit(PROD, "readers = 2", 'readers = "2"')

    with pytest.raises(ConfigurationInvalid) as caught:
        load(example.root)

    assert str(caught.value) == (
        "2 errors in the configuration; nothing was written.\n"
        "\n"
        "config/environments/prod.toml: database.readers\n"
        "    This is text, and something else is needed here.\n"
        '    given    "2"\n'
        "    allowed  A whole number from 0 to 15.\n"
        "    hint     Without quotes: 2.\n"
        "\n"
        "config/services/storefront.toml: container.port\n"
        "    This number is too small.\n"
        "    given    80\n"
        "    allowed  A whole number from 1024 to 65535.\n"
        "    hint     The port the program listens on."
    )


def test_one_error_is_said_in_the_singular() -> None:
    invalid = ConfigurationInvalid(errors=[ConfigError(file="a.toml", message="Wrong.")])

    assert str(invalid).startswith("1 error in the configuration; nothing was written.")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a\nb", r'"a\nb"'),
        (True, "true"),
        (1.5, "1.5"),
        ([1, "a"], '[1, "a"]'),
        ({"a": {"b": None, "c": 1}}, "{ a = { c = 1 } }"),
        ({}, "{}"),
        ("x" * 300, f'"{"x" * 156}...'),
    ],
)
def test_values_are_shown_as_toml_on_one_line(value: object, text: str) -> None:
    assert shown(value) == text


def test_an_unknown_key_does_not_hide_what_the_rules_find_in_the_same_file(
    example: Example,
) -> None:
    example.edit(STOREFRONT, "memory = 2048", "memory = 1500")
    example.edit(STOREFRONT, "check_minutes = 5", "check_minuts = 5")

    assert [error.key for error in _of(example, STOREFRONT)] == [
        "container.memory",
        "release.check_minuts",
    ]
