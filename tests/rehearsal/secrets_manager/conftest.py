"""The model behind a client of boto3, which checks every parameter and parses every answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rehearsal.wire import left_alone
from tests.support.mocked_aws import mocked_aws

from .vault import Vault


@pytest.fixture
def vault() -> Iterator[Vault]:
    """One secret with a value, whose rotation function does what AWS's own do."""
    with mocked_aws(), left_alone("secretsmanager"):
        yield Vault()
