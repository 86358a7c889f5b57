"""The report of a rehearsal: one HTML file that opens from disk and needs no network."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from ..recording import Rehearsal
from .page import render

__all__ = ["render", "write_report"]


def write_report(rehearsal: Rehearsal, path: Path) -> None:
    """Write the report, or leave what was at the path as it is.

    Folders that are missing are made. Raises `OSError` when the path cannot be written.
    """
    document = render(rehearsal)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    written = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(document)
        written.chmod(0o644)
        written.replace(path)
    except BaseException:
        written.unlink(missing_ok=True)
        raise
