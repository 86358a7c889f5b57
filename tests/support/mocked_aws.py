"""An empty AWS for a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rehearsal.aws import mocked

REGION = "eu-central-1"


@contextmanager
def mocked_aws(region: str = REGION) -> Iterator[None]:
    """An empty AWS of moto's; clients made within, by a handler too, find it at once."""
    with mocked.mocked_aws(region):
        yield
