"""TLS to the database: the certificate must be of the bundle's CA and of the secret's host."""

import asyncio
from pathlib import Path

import pytest
from cryptography import x509
from storefront.database import Database, DatabaseUnavailable
from storefront.secrets import SecretCache
from storefront.settings import load

from tests.service.conftest import StartService
from tests.service.postgres import Access
from tests.service.running import local_settings
from tests.support.certificates import LOOPBACK, certificate
from tests.support.tls_front import tls_front


def tls_settings(access: Access, port: int, ca: Path) -> dict[str, str]:
    """Settings as in an environment on AWS: TLS verified, no word of it in the settings."""
    there = Access(port, access.dbname, access.owner, access.username, access.password)
    settings = {
        **local_settings(there),
        "ENVIRONMENT": "Dev",
        "DATABASE_CA_BUNDLE": str(ca),
        "READY_SECONDS": "0.3",
    }
    del settings["DATABASE_TLS"]
    return settings


def test_a_certificate_for_the_host_from_the_ca_is_accepted(
    access: Access, start: StartService, tmp_path: Path
) -> None:
    files = certificate(tmp_path / "own", LOOPBACK)
    with tls_front(access.port, files) as port:
        service = start(tls_settings(access, port, files.ca)).wait_ready()
        assert service.client.get("/").status_code == 200


@pytest.mark.parametrize("fault", ["other host", "other CA", "no TLS"])
def test_anything_less_is_refused_with_the_reason(
    access: Access, tmp_path: Path, fault: str
) -> None:
    name = x509.DNSName("db.example") if fault == "other host" else LOOPBACK
    files = certificate(tmp_path / "own", name)
    ca = certificate(tmp_path / "other", LOOPBACK).ca if fault == "other CA" else files.ca

    async def not_ready(environ: dict[str, str]) -> str:
        settings = load(environ)
        first = settings.secret_source.fetch()
        cache = SecretCache(settings.secret_source, first, minimum_interval=60)
        database = Database(settings.database, cache, name="test")
        await database.open()
        try:
            with pytest.raises(DatabaseUnavailable) as unavailable:
                await database.ready()
        finally:
            await database.close()
        return str(unavailable.value)

    with tls_front(access.port, files) as port:
        target = access.port if fault == "no TLS" else port
        reason = asyncio.run(not_ready(tls_settings(access, target, ca)))
    assert reason == "TLS to the database was not established"
