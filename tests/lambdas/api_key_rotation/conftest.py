"""A world whose provider listens on loopback, with a certificate of a test's own authority."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cryptography import x509

from tests.lambdas.api_key_rotation.provider import serving
from tests.lambdas.api_key_rotation.world import World
from tests.support.certificates import Certificate, certificate


@pytest.fixture(scope="session")
def localhost(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate for ``localhost``."""
    folder = tmp_path_factory.mktemp("provider") / "tls"
    return certificate(folder, x509.DNSName("localhost"))


@pytest.fixture
def world(localhost: Certificate) -> Iterator[World]:
    """The world; its provider does what the documented contract has, at once."""
    made = World(localhost.ca)
    with serving(made.keys, localhost) as provider:
        made.provider = provider
        yield made
