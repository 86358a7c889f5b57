"""An account to deploy stacks to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.mocked_aws import mocked_aws

from .world import Account


@pytest.fixture
def account() -> Iterator[Account]:
    """An empty account."""
    with mocked_aws(), Account.open() as opened:
        yield opened
