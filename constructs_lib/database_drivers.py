"""The database drivers of the functions that log in to a database, as a Lambda layer.

The set-up (``tools/setup.py``) unpacks them, pure Python, with pinned hashes, into a folder named
after its lock file; synth only reads it, so that it needs no network and no container.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from constructs_lib.function_code import RUNTIME

_ROOT = Path(__file__).resolve().parent.parent
_LOCK = "requirements-drivers.txt"
_DIGITS = 16


class DriversMissing(FileNotFoundError):
    """The set-up has not unpacked the drivers of the lock file as it is now."""


def drivers_folder(root: Path = _ROOT) -> Path:
    """Where the set-up put the drivers, ``python/`` in it.

    Raises ``DriversMissing``.
    """
    digest = hashlib.sha256((root / _LOCK).read_bytes()).hexdigest()[:_DIGITS]
    folder = root / "build" / "drivers" / digest
    if not (folder / "python").is_dir():
        raise DriversMissing(
            f"build/drivers/{digest}/python, the database drivers of {_LOCK}, is missing; "
            "`make setup` puts it there"
        )
    return folder


def database_drivers(scope: Construct, id: str) -> lambda_.LayerVersion:
    """A layer that puts the drivers on the functions' path.

    https://docs.aws.amazon.com/lambda/latest/dg/python-layers.html
    """
    return lambda_.LayerVersion(
        scope,
        id,
        description="Drivers for PostgreSQL, MySQL and MariaDB, in pure Python",
        code=lambda_.Code.from_asset(str(drivers_folder())),
        compatible_runtimes=[RUNTIME],
    )
