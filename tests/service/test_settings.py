"""Settings: every refusal names the setting, the value given and what is allowed."""

import json
from pathlib import Path

import pytest
from storefront.secrets import EnvironmentSource
from storefront.settings import ConfigurationError, Settings, load

from tests.service.conftest import Aws, StartService
from tests.service.postgres import Access
from tests.service.running import REGION, SERVICE, local_settings, run_to_end

SECRET = json.dumps(
    {
        "engine": "postgres",
        "host": "db.example",
        "port": 5432,
        "dbname": "shop",
        "username": "shop_a",
        "password": "s3cret-value",
    }
)
GOOD = {"ENVIRONMENT": "local", "DATABASE_TLS": "disable", "DATABASE_SECRET": SECRET}


def problems(**changes: str | None) -> list[str]:
    """The problems of the good settings with `changes`; None takes a setting away."""
    merged = {**GOOD, **changes}
    with pytest.raises(ConfigurationError) as refused:
        load({name: value for name, value in merged.items() if value is not None})
    return refused.value.problems


def file_with(tmp_path: Path, toml: str) -> dict[str, str]:
    """CONFIG_FILE naming a file with this content."""
    path = tmp_path / "settings.toml"
    path.write_text(toml)
    return {"CONFIG_FILE": str(path)}


def test_few_settings_are_enough() -> None:
    settings = load(GOOD)
    assert (settings.service, settings.port, settings.drain) == ("storefront", 8080, 25)
    assert isinstance(settings.secret_source, EnvironmentSource)


@pytest.mark.parametrize(
    ("name", "given", "allowed"),
    [
        ("PORT", "http", "a whole number from 1 to 65535"),
        ("PORT", "0", "a whole number from 1 to 65535"),
        ("PORT", "65536", "a whole number from 1 to 65535"),
        ("PORT", "", "a whole number from 1 to 65535"),
        ("PORT", "8_080", "a whole number from 1 to 65535"),
        ("HOST", "localhost", "an IP address"),
        ("LOG_LEVEL", "INFO", "'debug' or 'info' or 'warning' or 'error'"),
        ("COLOUR", "teal", "'blue' or 'green'"),
        ("ENVIRONMENT", "a b", "1 to 63 letters, digits or hyphens, the first one a letter"),
        ("SERVICE", "1shop", "1 to 63 letters, digits or hyphens, the first one a letter"),
        ("VERSION", "a b", "1 to 256 letters, digits or any of @:._/+-"),
        ("DRAIN_SECONDS", "111", "a whole number from 1 to 110"),
        ("KEEP_ALIVE_SECONDS", "0", "a whole number from 1 to 4000"),
        ("AWS_REGION", "Ireland", "an AWS region (eu-west-1)"),
        ("READY_SECONDS", "nan", "a number of seconds from 0.1 to 30"),
        ("READY_SECONDS", "soon", "a number of seconds from 0.1 to 30"),
        ("DATABASE_ACQUIRE_SECONDS", "61", "a number of seconds from 0.1 to 60"),
        ("DATABASE_STATEMENT_SECONDS", "0", "a number of seconds from 0.1 to 60"),
        ("DATABASE_CONNECT_SECONDS", "31", "a whole number from 1 to 30"),
        ("DATABASE_POOL_MAX", "101", "a whole number from 1 to 100"),
        ("DATABASE_POOL_MAX_LIFETIME_SECONDS", "0", "a number of seconds from 1 to 86400"),
        ("SECRET_MINIMUM_INTERVAL_SECONDS", "0", "a number of seconds from 0.1 to 300"),
        ("DATABASE_TLS", "require", "'verify-full' or 'disable'"),
        ("DATABASE_CA_BUNDLE", "/no/such.pem", "the absolute path of a file that exists"),
        (
            "DATABASE_ROLE",
            "Owner",
            "a role name: 1 to 63 lower-case letters, digits or underscores",
        ),
        ("CONFIG_FILE", "settings.toml", "the absolute path of a file that exists"),
    ],
)  # fmt: skip
def test_a_refused_value_is_named_with_what_is_allowed(name: str, given: str, allowed: str) -> None:
    assert problems(**{name: given}) == [
        f"{name}: given '{given}' in the environment; allowed: {allowed}"
    ]


def test_a_missing_environment_is_named() -> None:
    (problem,) = problems(ENVIRONMENT=None, DATABASE_TLS="verify-full", DATABASE_CA_BUNDLE=__file__)
    assert problem.startswith("ENVIRONMENT: given nothing; allowed: ")


def test_tls_can_be_disabled_in_the_local_environment_only() -> None:
    assert problems(ENVIRONMENT="Prod") == [
        "DATABASE_TLS: given 'disable' with ENVIRONMENT 'Prod'; "
        "allowed: 'verify-full'; 'disable' only with ENVIRONMENT 'local'"
    ]


def test_a_pool_smaller_than_its_minimum_is_refused() -> None:
    assert problems(DATABASE_POOL_MIN="5", DATABASE_POOL_MAX="4") == [
        "DATABASE_POOL_MIN: given 5; allowed: at most DATABASE_POOL_MAX, 4"
    ]


@pytest.mark.parametrize(
    ("changes", "given"),
    [
        ({"DATABASE_SECRET": None}, "none of them"),
        (
            {"DATABASE_SECRET_ID": "shop", "AWS_REGION": REGION},
            "DATABASE_SECRET_ID and DATABASE_SECRET",
        ),
    ],
)
def test_exactly_one_place_of_the_secret_is_given(
    changes: dict[str, str | None], given: str
) -> None:
    (problem,) = problems(**changes)
    assert problem == (
        "DATABASE_SECRET_ID, DATABASE_SECRET, DATABASE_SECRET_FILE: "
        f"given {given}; allowed: exactly one of them"
    )


@pytest.mark.parametrize("name", ["DATABASE_SECRET_ID", "CONFIG_PARAMETER"])
def test_a_source_on_aws_needs_a_region(name: str) -> None:
    secret = None if name == "DATABASE_SECRET_ID" else SECRET
    assert problems(**{name: "shop", "DATABASE_SECRET": secret}) == [
        f"AWS_REGION: given nothing, beside {name}; allowed: an AWS region"
    ]


@pytest.mark.parametrize(
    ("secret", "why"),
    [
        ("s3cret-value", "not valid JSON"),
        ('["s3cret-value"]', "not a JSON object"),
        ('{"password": "s3cret-value", "host": ""}', "missing or empty: engine, host, port,"),
        (SECRET.replace('"postgres"', '"mysql"'), "engine is not postgres or aurora-postgresql"),
        (SECRET.replace("5432", "0"), "port is not a whole number from 1 to 65535"),
        (SECRET.replace('"shop"', "[1]"), "not text: dbname"),
    ],
)
def test_a_malformed_secret_is_explained_and_not_shown(secret: str, why: str) -> None:
    (problem,) = problems(DATABASE_SECRET=secret)
    assert problem.startswith(f"DATABASE_SECRET: given a value that is not shown ({why}")
    assert "allowed: a JSON object with the keys engine" in problem
    assert "s3cret-value" not in problem


def test_a_secret_in_place_of_its_name_is_not_shown() -> None:
    (problem,) = problems(DATABASE_SECRET_ID=SECRET, DATABASE_SECRET=None)
    assert problem.startswith("DATABASE_SECRET_ID: given ")
    assert "s3cret-value" not in problem


def test_the_environment_wins_over_the_file_and_the_file_over_the_defaults(tmp_path: Path) -> None:
    config = file_with(tmp_path, 'port = 9001\nlog_level = "debug"\nready_seconds = 1')
    settings = load({**GOOD, **config, "PORT": "9002"})
    assert (settings.port, settings.log_level, settings.database.ready_timeout) == (
        9002,
        "debug",
        1,
    )
    assert settings.drain == 25


@pytest.mark.parametrize(
    ("toml", "problem"),
    [
        ('port = "8080"', "PORT: given '8080' in CONFIG_FILE {path}; allowed: a whole number"),
        ("port = true", "PORT: given True in CONFIG_FILE {path}; allowed: a whole number"),
        ("service = 1", "SERVICE: given 1 in CONFIG_FILE {path}; allowed: 1 to 63 letters"),
        ("prot = 1", "prot: given as a key in CONFIG_FILE {path} (did you mean 'port'?); allowed:"),
        ("port =", "CONFIG_FILE: given '{path}', which is not TOML ("),
        (
            'database_secret = "s3cret-value"',
            "DATABASE_SECRET: given a value that is not shown, in CONFIG_FILE {path}; "
            "allowed: only as an environment variable",
        ),
    ],
)
def test_a_refused_key_of_the_file_is_named(tmp_path: Path, toml: str, problem: str) -> None:
    config = file_with(tmp_path, toml)
    (found,) = problems(**config)
    assert found.startswith(problem.format(path=config["CONFIG_FILE"]))


def test_refused_settings_end_the_service_with_status_2_and_all_problems() -> None:
    done = run_to_end({**GOOD, "PORT": "http", "COLOUR": "teal", "DATABASE_SECRET": "s3cret-value"})
    assert done.returncode == 2
    assert done.stdout == ""
    heading, *lines = done.stderr.splitlines()
    assert heading == "storefront: 3 setting(s) refused; nothing was started"
    assert [line.split(":")[0].strip() for line in lines] == ["COLOUR", "PORT", "DATABASE_SECRET"]
    assert "Traceback" not in done.stderr
    assert "s3cret-value" not in done.stderr


def loaded_from_parameter(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, name: str, **environment: str
) -> Settings:
    """The settings with CONFIG_PARAMETER `name`, asked from the stand-in."""
    for key, value in {
        **aws.environment(),
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }.items():
        monkeypatch.setenv(key, value)
    return load({**GOOD, "AWS_REGION": REGION, "CONFIG_PARAMETER": name, **environment})


def test_the_parameter_is_weaker_than_the_file(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    toml = 'port = 9003\nservice = "shop"\nlog_level = "error"'
    aws.client("ssm").put_parameter(Name="/pase/plain", Type="String", Value=toml)
    config = file_with(tmp_path, "port = 9001")
    settings = loaded_from_parameter(aws, monkeypatch, "/pase/plain", LOG_LEVEL="debug", **config)
    assert (settings.port, settings.service, settings.log_level) == (9001, "shop", "debug")


@pytest.mark.parametrize(
    ("name", "given"),
    [("/pase/none", "'/pase/none' (ParameterNotFound)"), ("/pase/hidden", "of type SecureString")],
)
def test_a_parameter_that_cannot_be_used_is_named(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, name: str, given: str
) -> None:
    aws.client("ssm").put_parameter(
        Name="/pase/hidden", Type="SecureString", Value="port = 1", Overwrite=True
    )
    with pytest.raises(ConfigurationError) as refused:
        loaded_from_parameter(aws, monkeypatch, name)
    (problem,) = refused.value.problems
    assert problem.startswith("CONFIG_PARAMETER: given ")
    assert given in problem


def test_the_service_runs_on_a_mounted_file_and_a_parameter(
    aws: Aws, access: Access, start: StartService, tmp_path: Path
) -> None:
    toml = 'version = "9.9.9"\nservice = "unused"'
    aws.client("ssm").put_parameter(Name="/pase/run", Type="String", Value=toml)
    config = file_with(tmp_path, 'service = "shop"')
    settings = {**local_settings(access), **aws.environment(), **config}
    del settings["VERSION"]
    service = start({**settings, "CONFIG_PARAMETER": "/pase/run"}).wait_listening()
    found = service.client.get("/version").json()
    assert (found["service"], found["version"]) == ("shop", "9.9.9")


def test_the_readme_lists_every_setting() -> None:
    readme = (SERVICE / "README.md").read_text()
    missing = [name for name in load(GOOD).names if f"| `{name}` |" not in readme]
    assert missing == []
