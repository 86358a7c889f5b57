"""A function's code is its package alone, and an unknown package is an error at once."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from constructs_lib.function_code import function_code
from tests.support.synthesis import ROOT
from tests.support.templates import Templates

SITE_PACKAGES = Path(sysconfig.get_path("purelib"))
RUNTIMES_OWN = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six.py", "urllib3")
"""boto3 and what it needs, which Lambda's Python runtime brings along."""
PACKAGES = sorted(path.parent.name for path in (ROOT / "lambdas").glob("*/handler.py"))


@pytest.mark.parametrize("package", ["nowhere", "", "../ops", "release_checks.handler"])
def test_a_package_that_does_not_exist_is_refused(package: str) -> None:
    with pytest.raises(FileNotFoundError, match=rf"lambdas/{re.escape(package)}/handler\.py"):
        function_code(package)


LIBRARIES = {
    "api_key_rotation": ["rotation"],
    "database_access": ["databases", "rotation"],
    "secret_redeployment": ["rollback"],
    "secret_rotation": ["databases", "rotation"],
}


@pytest.mark.parametrize("library", ["nowhere", "../ops"])
def test_a_library_that_does_not_exist_is_refused(library: str) -> None:
    with pytest.raises(FileNotFoundError, match=rf"lambdas/{re.escape(library)}/__init__\.py"):
        function_code("secret_rotation", [library])


def test_each_published_asset_holds_one_package_and_what_it_shares(templates: Templates) -> None:
    """Another package's files in it would release this function when that one changes."""
    holding = [
        sorted(path.name for path in (folder / "lambdas").iterdir())
        for folder in templates.root.glob("asset.*")
        if (folder / "lambdas").is_dir()
    ]

    assert sorted(holding) == sorted(
        sorted(["__init__.py", "common", package, *LIBRARIES.get(package, [])])
        for package in PACKAGES
    )


@pytest.mark.parametrize("package", PACKAGES)
def test_a_published_function_is_imported_from_its_asset_its_layer_and_what_lambda_has(
    templates: Templates, tmp_path: Path, package: str
) -> None:
    asset = folder_of(templates, package)
    modules = tmp_path / "lambda"
    modules.mkdir()
    for name in RUNTIMES_OWN:
        (modules / name).symlink_to(SITE_PACKAGES / name)
        assert (modules / name).exists()
    layer = [layer_of(templates) / "python"] if "databases" in LIBRARIES.get(package, []) else []

    done = imported(f"{package}.handler", [asset, *layer, modules])

    assert done.returncode == 0, done.stderr


def test_the_drivers_come_from_the_layer_and_from_nowhere_else(templates: Templates) -> None:
    asset = folder_of(templates, "secret_rotation")

    for module in ("databases.postgres", "databases.mysql"):
        assert "No module named" in imported(module, [asset]).stderr
        done = imported(module, [asset, layer_of(templates) / "python"])
        assert done.returncode == 0, done.stderr


def imported(module: str, path: list[Path]) -> subprocess.CompletedProcess[str]:
    """A module of ``lambdas``, imported by a fresh interpreter that has these folders only."""
    folders = [str(one) for one in path]
    program = f"import sys; sys.path[:0] = {folders}; import lambdas.{module}"
    # -I -S: neither this folder nor the virtual environment's packages.
    return subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={"AWS_DEFAULT_REGION": "eu-central-1"},
    )


def folder_of(templates: Templates, package: str) -> Path:
    """The published asset of that package."""
    wanted = {"__init__.py", "common", package, *LIBRARIES.get(package, [])}
    (found,) = (
        folder
        for folder in templates.root.glob("asset.*")
        if (folder / "lambdas").is_dir()
        and {path.name for path in (folder / "lambdas").iterdir()} == wanted
    )
    return found


def layer_of(templates: Templates) -> Path:
    """The published asset with the drivers."""
    (found,) = (folder for folder in templates.root.glob("asset.*") if (folder / "python").is_dir())
    return found


def test_a_published_asset_holds_nothing_beside_the_lambdas_and_no_bytecode(
    templates: Templates,
) -> None:
    for folder in templates.root.glob("asset.*"):
        if (folder / "lambdas").is_dir():
            assert [path.name for path in folder.iterdir()] == ["lambdas"]
            assert list(folder.rglob("__pycache__")) == []
