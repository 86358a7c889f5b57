"""What the tests of the command may ask for."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder for one command. PostgreSQL, which runs as another user for root, gets into it."""
    made = Path(tempfile.mkdtemp(prefix="pase-command-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)
