"""The code of a Lambda function from this repository, and the runtime they all share."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import IgnoreMode
from aws_cdk import aws_lambda as lambda_

RUNTIME = lambda_.Runtime.PYTHON_3_14
"""The one place where the functions' runtime is chosen."""

_ROOT = Path(__file__).resolve().parent.parent / "lambdas"


def function_code(package: str) -> lambda_.Code:
    """``lambdas/<package>`` alone, importable under that name inside the function.

    The asset's hash depends on that package's sources only. Raises ``FileNotFoundError`` for a
    package that does not exist.
    """
    if not (_ROOT / package / "handler.py").is_file():
        raise FileNotFoundError(f"lambdas/{package}/handler.py does not exist")
    return lambda_.Code.from_asset(
        str(_ROOT),
        exclude=["*", f"!{package}", f"!{package}/**", "**/__pycache__"],
        ignore_mode=IgnoreMode.GIT,
    )
