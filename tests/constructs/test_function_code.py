"""A function's code is its package alone, and an unknown package is an error at once."""

from __future__ import annotations

import re

import pytest

from constructs_lib.function_code import function_code
from tests.support.synthesis import ROOT
from tests.support.templates import Templates

PACKAGES = sorted(path.parent.name for path in (ROOT / "lambdas").glob("*/handler.py"))


@pytest.mark.parametrize("package", ["nowhere", "", "../ops", "release_checks.handler"])
def test_a_package_that_does_not_exist_is_refused(package: str) -> None:
    with pytest.raises(FileNotFoundError, match=rf"lambdas/{re.escape(package)}/handler\.py"):
        function_code(package)


def test_each_published_asset_holds_one_package_and_what_all_share(templates: Templates) -> None:
    """Another package's files in it would release this function when that one changes."""
    holding = [
        sorted(path.name for path in (folder / "lambdas").iterdir())
        for folder in templates.root.glob("asset.*")
        if (folder / "lambdas").is_dir()
    ]

    assert sorted(holding) == [sorted(["__init__.py", "common", package]) for package in PACKAGES]


def test_a_published_asset_holds_nothing_beside_the_lambdas_and_no_bytecode(
    templates: Templates,
) -> None:
    for folder in templates.root.glob("asset.*"):
        if (folder / "lambdas").is_dir():
            assert [path.name for path in folder.iterdir()] == ["lambdas"]
            assert list(folder.rglob("__pycache__")) == []
