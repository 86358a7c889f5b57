"""Where Caddy's executable is."""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path

from .parts import BalancerError

_PACKAGE = "caddyserver"


def executable() -> Path:
    """The executable that the package caddyserver has installed. Raises `BalancerError`."""
    try:
        files = distribution(_PACKAGE).files or ()
    except PackageNotFoundError:
        raise BalancerError(
            f"Caddy is missing: the package {_PACKAGE} is not installed. "
            "Install what requirements-rehearse.txt names"
        ) from None
    for file in files:
        if file.name == "caddy":
            found = Path(os.fspath(file.locate())).resolve()
            if os.access(found, os.X_OK):
                return found
    raise BalancerError(
        f"Caddy is missing: the package {_PACKAGE} {caddy_version()} is installed without an "
        "executable named caddy. Install it anew, from a wheel for this platform"
    )


def caddy_version() -> str:
    """The version of Caddy, which is the package's; empty when it is not installed."""
    try:
        return version(_PACKAGE)
    except PackageNotFoundError:
        return ""
