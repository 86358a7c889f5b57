"""The code of a Lambda function from this repository, and the runtime they all share."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import IgnoreMode
from aws_cdk import aws_lambda as lambda_

RUNTIME = lambda_.Runtime.PYTHON_3_14
"""The one place where the functions' runtime is chosen."""

_ROOT = Path(__file__).resolve().parent.parent
_SHARED = "common"


def function_code(package: str) -> lambda_.Code:
    """``lambdas/<package>`` and ``lambdas/common``, importable inside the function as here.

    The asset's hash depends on the sources of these two only. Raises ``FileNotFoundError`` for a
    package that does not exist.
    """
    if not (_ROOT / "lambdas" / package / "handler.py").is_file():
        raise FileNotFoundError(f"lambdas/{package}/handler.py does not exist")
    return lambda_.Code.from_asset(
        str(_ROOT),
        exclude=[
            "*",
            "!lambdas",
            "lambdas/*",
            "!lambdas/__init__.py",
            *(
                pattern
                for kept in (package, _SHARED)
                for pattern in (f"!lambdas/{kept}", f"!lambdas/{kept}/**")
            ),
            "**/__pycache__",
        ],
        ignore_mode=IgnoreMode.GIT,
    )


def function_handler(package: str) -> str:
    """The name by which Lambda finds the package's handler."""
    return f"lambdas.{package}.handler.handler"
