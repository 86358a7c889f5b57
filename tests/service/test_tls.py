"""TLS to the database: the certificate must be of the bundle's CA and of the secret's host."""

import asyncio
import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from storefront.database import Database, DatabaseUnavailable
from storefront.secrets import SecretCache
from storefront.settings import load

from tests.service.conftest import StartService
from tests.service.postgres import Access
from tests.service.running import local_settings

_SSL_REQUEST = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"


@dataclass(frozen=True)
class Certificate:
    """Files in PEM: the certificate of a CA, and certificate and key of a server."""

    ca: Path
    chain: Path
    key: Path


def certificate(folder: Path, name: x509.GeneralName) -> Certificate:
    """A CA and a server certificate for `name`, valid for a day."""
    folder.mkdir()
    now = datetime.datetime.now(datetime.UTC)
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test CA")])
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())

    def signed(
        subject: x509.Name, public: ec.EllipticCurvePublicKey, extension: x509.ExtensionType
    ) -> bytes:
        built = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(ca_name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
            .sign(ca_key, hashes.SHA256())
        )
        return built.public_bytes(serialization.Encoding.PEM)

    files = Certificate(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    constraints = x509.BasicConstraints(ca=True, path_length=0)
    files.ca.write_bytes(signed(ca_name, ca_key.public_key(), constraints))
    server = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")])
    alternative = x509.SubjectAlternativeName([name])
    files.chain.write_bytes(signed(server, key.public_key(), alternative))
    files.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


@contextmanager
def tls_front(port: int, files: Certificate) -> Iterator[int]:
    """PostgreSQL's way into TLS in front of the plain server on `port`; gives its own port.

    The PostgreSQL of the wheel is built without TLS.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.chain, files.key)

    def copy(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_RDWR)

    def serve(client: socket.socket) -> None:
        with suppress(OSError), client:
            if client.recv(8) != _SSL_REQUEST:
                return
            client.sendall(b"S")
            with (
                context.wrap_socket(client, server_side=True) as secured,
                socket.create_connection(("127.0.0.1", port)) as server,
            ):
                for each in (secured, server):
                    each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=copy, args=(server, secured), daemon=True).start()
                copy(secured, server)

    def accept(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(target=serve, args=(client,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, args=(listener,), daemon=True).start()
        yield listener.getsockname()[1]


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
    files = certificate(tmp_path / "own", x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    with tls_front(access.port, files) as port:
        service = start(tls_settings(access, port, files.ca)).wait_ready()
        assert service.client.get("/").status_code == 200


@pytest.mark.parametrize("fault", ["other host", "other CA", "no TLS"])
def test_anything_less_is_refused_with_the_reason(
    access: Access, tmp_path: Path, fault: str
) -> None:
    own = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    name: x509.GeneralName = x509.DNSName("db.example") if fault == "other host" else own
    files = certificate(tmp_path / "own", name)
    ca = certificate(tmp_path / "other", own).ca if fault == "other CA" else files.ca

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
