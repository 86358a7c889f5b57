"""Certificates of a moment: an authority and a server's, as files."""

from __future__ import annotations

import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LOOPBACK = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))


@dataclass(frozen=True)
class Certificate:
    """Files in PEM: the certificate of a CA, and certificate and key of a server."""

    ca: Path
    chain: Path
    key: Path


def certificate(folder: Path, name: x509.GeneralName, *, expired: bool = False) -> Certificate:
    """A CA and a server certificate for `name`, valid for a day; ``expired``: until an hour ago."""
    folder.mkdir()
    now = datetime.datetime.now(datetime.UTC)
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test CA")])
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())

    def signed(
        subject: x509.Name,
        public: ec.EllipticCurvePublicKey,
        extension: x509.ExtensionType,
        *,
        end: datetime.timedelta = datetime.timedelta(days=1),
    ) -> bytes:
        built = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(ca_name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=2))
            .not_valid_after(now + end)
            .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
            .sign(ca_key, hashes.SHA256())
        )
        return built.public_bytes(serialization.Encoding.PEM)

    files = Certificate(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    constraints = x509.BasicConstraints(ca=True, path_length=0)
    files.ca.write_bytes(signed(ca_name, ca_key.public_key(), constraints))
    server = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")])
    end = datetime.timedelta(hours=-1) if expired else datetime.timedelta(days=1)
    alternative = x509.SubjectAlternativeName([name])
    files.chain.write_bytes(signed(server, key.public_key(), alternative, end=end))
    files.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files
