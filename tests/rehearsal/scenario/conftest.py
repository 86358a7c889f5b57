from __future__ import annotations

from pathlib import Path

import pytest

from .files import Files


@pytest.fixture
def mine(tmp_path: Path) -> Files:
    """A person's own scenario."""
    return Files(tmp_path)
