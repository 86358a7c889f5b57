"""A TCP connection and its TLS: always verified, and every way to fail told apart.

The certificate must be of one of the trusted authorities and for the host's name (libpq calls that
verify-full). There is no way to ask for less.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress

from .engine import Trust
from .errors import (
    BundleMissing,
    CertificateExpired,
    ConnectionRefused,
    DatabaseError,
    HostNameMismatch,
    HostUnknown,
    NoAnswer,
    TlsFailed,
    TlsNotOffered,
    UntrustedCertificate,
)

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 20.0
"""For one answer of the server; above the statements' own time limits, which say more."""

# X509_V_ERR_*: https://docs.openssl.org/master/man3/X509_STORE_CTX_get_error/
_NOT_YET_VALID, _EXPIRED, _HOST_NAME, _IP_ADDRESS = 9, 10, 62, 64


def open_socket(host: str, port: int) -> socket.socket:
    """A connection. Raises `HostUnknown`, `ConnectionRefused` or `NoAnswer`."""
    try:
        opened = socket.create_connection((host, port), timeout=CONNECT_SECONDS)
    except socket.gaierror:
        raise HostUnknown(f"{host} has no address") from None
    except TimeoutError:
        raise NoAnswer(
            f"{host}:{port} did not answer within {CONNECT_SECONDS:g} s: its security group or the "
            "function's may let nobody through"
        ) from None
    except OSError as error:
        raise ConnectionRefused(f"{host}:{port} takes no connection: {error.strerror}") from None
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return opened


def secured(plain: socket.socket, *, host: str, trust: Trust) -> ssl.SSLSocket:
    """TLS on a connection whose other side waits for it; ``plain`` is closed when it fails.

    Raises `UntrustedCertificate`, `CertificateExpired`, `HostNameMismatch`, `NoAnswer` or
    `TlsFailed`.
    """
    name = trust.server_name or host
    try:
        return context(trust).wrap_socket(plain, server_hostname=name)
    except (ssl.SSLError, OSError) as error:
        plain.close()
        raise typed(error, name) from None


def context(trust: Trust) -> ssl.SSLContext:
    """Verifies the chain up to one of the bundle's authorities, and the name.

    Raises `BundleMissing`.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        made.load_verify_locations(cafile=trust.bundle)
    except (ssl.SSLError, OSError) as error:
        raise BundleMissing(f"the CA bundle {trust.bundle} cannot be used: {error}") from None
    return made


def exchange(plain: socket.socket, message: bytes, *, host: str, size: int) -> bytes:
    """Send a message of the time before TLS and read an answer of ``size`` bytes."""
    try:
        plain.sendall(message)
        answer = plain.recv(size)
    except TimeoutError:
        plain.close()
        raise NoAnswer(f"{host} took the connection and did not answer") from None
    except OSError as error:
        plain.close()
        raise ConnectionRefused(f"{host} ended the connection: {error.strerror}") from None
    if not answer:
        plain.close()
        raise ConnectionRefused(f"{host} ended the connection at once")
    return answer


def not_offered(plain: socket.socket, host: str) -> TlsNotOffered:
    """Close the connection; the error to raise."""
    plain.close()
    return TlsNotOffered(
        f"{host} offers no TLS; nothing was sent in the clear. Switch it on at the server "
        "(rds.force_ssl)"
    )


def closing(close: Callable[[], None]) -> None:
    """Close, whatever state the connection is in."""
    with suppress(Exception):
        close()


def typed(error: Exception, name: str) -> DatabaseError:
    """The error that a failed handshake with the server of that name is."""
    if isinstance(error, ssl.SSLCertVerificationError):
        code, why = error.verify_code, error.verify_message
        if code in (_HOST_NAME, _IP_ADDRESS):
            return HostNameMismatch(
                f"the certificate is not for {name}: {why}. When the host is an alias, name the "
                "server as TLS_SERVER_NAME"
            )
        if code in (_EXPIRED, _NOT_YET_VALID):
            return CertificateExpired(f"the certificate of {name}: {why}")
        return UntrustedCertificate(
            f"the certificate of {name} is of no trusted authority: {why}. Does the server use an "
            "authority that is newer than the bundle of the function?"
        )
    if isinstance(error, TimeoutError):
        return NoAnswer(f"{name} did not answer during the TLS handshake")
    reason = getattr(error, "reason", None) or getattr(error, "strerror", None)
    return TlsFailed(f"TLS with {name} failed: {reason or type(error).__name__}")
