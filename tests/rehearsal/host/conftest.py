"""A fleet of real processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .local import Local


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Local]:
    """With one target group, and no task yet."""
    with Local.open(tmp_path) as opened:
        yield opened
