"""Fixtures of the configuration's tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from tests.config.example import Example, copy_example

# Other programs share the machine, so no deadline; the same examples in every run, kept nowhere.
settings.register_profile("config", deadline=None, derandomize=True, database=None, max_examples=60)
settings.load_profile("config")


@pytest.fixture
def example(tmp_path: Path) -> Example:
    """A copy of the shipped example, to be broken."""
    return copy_example(tmp_path)
