"""One service with its load balancer and deployment group, in moto and the model."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.mocked_aws import mocked_aws

from .world import World


@pytest.fixture
def world() -> Iterator[World]:
    """A service of two tasks whose first task set is healthy."""
    with mocked_aws(), World.open() as opened:
        opened.pass_time(60)
        yield opened
