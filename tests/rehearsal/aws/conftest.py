"""moto with two accounts' models beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from rehearsal.aws.account import Account
from rehearsal.wire import left_alone
from tests.support.mocked_aws import mocked_aws

from .parts import BLUE, GREEN, MODELS, account


@pytest.fixture
def accounts() -> Iterator[tuple[Account, Account]]:
    """Two accounts of one Region in an empty AWS."""
    with mocked_aws(), ExitStack() as stack:
        for service in MODELS:
            stack.enter_context(left_alone(service))
        yield account(BLUE), account(GREEN)
