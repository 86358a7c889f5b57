"""The image and the Compose files, linted; each gate is shown to catch a planted violation."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.service.image_rules import (
    compose_faults,
    dockerfile_faults,
    production_compose_faults,
)
from tests.service.running import SERVICE

BIN = Path(sys.executable).parent
DOCKERFILE = (SERVICE / "Dockerfile").read_text()
COMPOSE = SERVICE / "compose.yaml"
PRODUCTION = SERVICE / "compose.production.yaml"


def hadolint(path: Path) -> subprocess.CompletedProcess[str]:
    """hadolint with its default rules and no configuration."""
    return subprocess.run(
        [BIN / "hadolint", "--config", "/dev/null", path],
        capture_output=True,
        text=True,
        check=False,
    )


def compose_schema(*paths: Path) -> subprocess.CompletedProcess[str]:
    """The files against the Compose specification."""
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "check_jsonschema",
            "--builtin-schema",
            "vendor.compose-spec",
            *paths,
        ],
        capture_output=True,
        text=True,
        check=False,
    )


def document(path: Path) -> dict[str, Any]:
    """A Compose file, parsed."""
    loaded: dict[str, Any] = yaml.safe_load(path.read_text())
    return loaded


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    done = hadolint(SERVICE / "Dockerfile")
    assert (done.returncode, done.stdout) == (0, "")


def test_hadolint_catches_an_untagged_base(tmp_path: Path) -> None:
    planted = tmp_path / "Dockerfile"
    planted.write_text(DOCKERFILE.replace("FROM python:3.13-slim AS production", "FROM python"))
    done = hadolint(planted)
    assert done.returncode == 1
    assert "DL3006" in done.stdout


def test_the_compose_files_follow_the_compose_specification() -> None:
    done = compose_schema(COMPOSE, PRODUCTION)
    assert done.returncode == 0, done.stdout


def test_the_compose_specification_catches_a_misspelt_key(tmp_path: Path) -> None:
    planted = tmp_path / "compose.yaml"
    planted.write_text(COMPOSE.read_text().replace("healthcheck:", "healtcheck:"))
    done = compose_schema(planted)
    assert done.returncode == 1
    assert "healtcheck" in done.stdout


def test_the_dockerfile_keeps_the_rules() -> None:
    assert dockerfile_faults(DOCKERFILE) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("USER 10001:10001", "USER root", "production: the last USER is a number and not root"),
        ("USER 10001:10001", "USER 0:0", "development: the last USER is a number and not root"),
        ("HEALTHCHECK", "# HEALTHCHECK", "production: one HEALTHCHECK in exec form"),
        (
            'CMD ["python", "-m", "storefront"]',
            "CMD python -m storefront",
            "production: CMD in exec form",
        ),
        (
            "pip uninstall",
            "pip install",
            "production: nothing is installed or built in this stage",
        ),
        (
            "rm -rf /usr/local/lib/python3.13/ensurepip",
            "apt-get install gcc",
            "production: pip and ensurepip are removed",
        ),
        (
            "python:3.13-slim AS builder",
            "python:latest AS builder",
            "builder: the base is python:3.x-slim, not python:latest",
        ),
        (
            "AS development",
            "AS dev",
            "the stages are builder, development, production, in this order",
        ),
    ],
)
def test_each_rule_of_the_dockerfile_catches_its_violation(old: str, new: str, fault: str) -> None:
    assert old in DOCKERFILE
    assert fault in dockerfile_faults(DOCKERFILE.replace(old, new))


def test_the_compose_files_keep_the_rules() -> None:
    assert compose_faults(document(COMPOSE)) == []
    assert production_compose_faults(document(PRODUCTION)) == []


@pytest.mark.parametrize(
    ("key", "value", "fault"),
    [
        ("read_only", None, "storefront: read_only"),
        ("cap_drop", ["NET_RAW"], "storefront: cap_drop ALL"),
        ("security_opt", None, "storefront: no-new-privileges"),
        ("tmpfs", None, "storefront: tmpfs /tmp"),
        ("deploy", None, "storefront: limits of cpus, memory and pids"),
        ("restart", None, "storefront: a restart policy"),
        ("secrets", None, "storefront: secrets"),
        ("privileged", True, "storefront: no privileged"),
        ("healthcheck", None, "storefront: has a healthcheck"),
        ("build", {"context": "."}, "storefront: builds the production stage"),
        ("ports", ["8080:8080"], "storefront: publishes on loopback only"),
        (
            "environment",
            {"DATABASE_SECRET": '{"password": "x"}'},
            "storefront: no password in DATABASE_SECRET",
        ),
        (
            "environment",
            {"POSTGRES_PASSWORD": "x"},
            "storefront: POSTGRES_PASSWORD is a mounted secret, not a variable",
        ),
        (
            "depends_on",
            {"database": {"condition": "service_started"}},
            "storefront: waits until what it depends on is healthy",
        ),
    ],
)
def test_each_rule_of_compose_catches_its_violation(key: str, value: object, fault: str) -> None:
    planted = document(PRODUCTION)
    planted["services"]["storefront"].pop(key, None)
    if value is not None:
        planted["services"]["storefront"][key] = value
    assert fault in production_compose_faults(planted)


def test_development_reloads_the_mounted_source() -> None:
    service = document(COMPOSE)["services"]["storefront"]
    assert service["build"]["target"] == "development"
    assert service["volumes"] == ["./storefront:/srv/storefront:ro"]
    assert '"--reload"' in DOCKERFILE


def test_the_local_password_says_that_it_is_local_and_is_the_same_in_both_files() -> None:
    secret = json.loads((SERVICE / "local" / "database-secret.json").read_text())
    assert secret["password"] == "local-development-only"
    assert (SERVICE / "local" / "postgres-password").read_text() == secret["password"]


def test_the_image_holds_the_service_and_its_requirements_only() -> None:
    ignored = (SERVICE / ".dockerignore").read_text().splitlines()
    assert ignored[0] == "*"
    assert [line for line in ignored if line.startswith("!")] == [
        "!requirements.txt",
        "!storefront",
    ]
