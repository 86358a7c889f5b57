"""The code of a Lambda function from this repository, and the runtime they all share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from aws_cdk import IgnoreMode
from aws_cdk import aws_lambda as lambda_

RUNTIME = lambda_.Runtime.PYTHON_3_14
"""The one place where the functions' runtime is chosen."""

_ROOT = Path(__file__).resolve().parent.parent
_SHARED = "common"


def function_code(package: str, libraries: Sequence[str] = ()) -> lambda_.Code:
    """``lambdas/<package>``, ``lambdas/common`` and ``libraries`` (further folders of ``lambdas``),
    importable inside the function as here.

    The asset's hash depends on the sources of these only. Raises ``FileNotFoundError`` for a
    package or a library that does not exist.
    """
    folders = {path.name for path in (_ROOT / "lambdas").iterdir() if path.is_dir()}
    for needed in (f"{package}/handler.py", *(f"{name}/__init__.py" for name in libraries)):
        known = needed.rpartition("/")[0] in folders
        if not known or not (_ROOT / "lambdas" / needed).is_file():
            raise FileNotFoundError(f"lambdas/{needed} does not exist")
    return lambda_.Code.from_asset(
        str(_ROOT),
        exclude=[
            "*",
            "!lambdas",
            "lambdas/*",
            "!lambdas/__init__.py",
            *(
                pattern
                for kept in (package, _SHARED, *libraries)
                for pattern in (f"!lambdas/{kept}", f"!lambdas/{kept}/**")
            ),
            "**/__pycache__",
        ],
        ignore_mode=IgnoreMode.GIT,
    )


def function_handler(package: str) -> str:
    """The name by which Lambda finds the package's handler."""
    return f"lambdas.{package}.handler.handler"
