"""Users at the door."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .parts import Street


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    """Users who visit nothing yet."""
    opened = Street(tmp_path)
    opened.users.open()
    yield opened
    opened.users.close()
