"""A bucket for the answers, an account without anything in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto import mock_aws

from tests.lambdas.release.answers import Bucket, bucket_server


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    """Where CloudFormation waits."""
    with bucket_server() as server:
        yield server


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An AWS account, played by moto."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-southeast-1")
    monkeypatch.setenv("STATE_MACHINE_ARN", "arn:aws:states:ap-southeast-1:123456789012:absent")
    with mock_aws():
        yield
