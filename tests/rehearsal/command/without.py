"""``python -m rehearsal`` on a machine without a package: first its name, then the arguments."""

import runpy
import sys
from importlib.metadata import Distribution, PackageNotFoundError


def hide(package: str) -> None:
    """Whoever asks for it, or imports it, is told that it is not installed."""
    sys.modules[package] = None  # type: ignore[assignment]
    find = Distribution.from_name

    def from_name(name: str) -> Distribution:
        if name == package:
            raise PackageNotFoundError(name)
        return find(name)

    Distribution.from_name = from_name  # type: ignore[method-assign]


if __name__ == "__main__":
    hide(sys.argv.pop(1))
    runpy.run_module("rehearsal", run_name="__main__", alter_sys=True)
