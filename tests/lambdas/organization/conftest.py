"""An organization for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lambdas.organization.world import World, new_world


@pytest.fixture
def world() -> Iterator[World]:
    """Fresh."""
    with new_world() as made:
        yield made
