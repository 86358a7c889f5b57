"""A real HTTP(S) server on loopback whose behaviour a test chooses path by path."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Route = Callable[["Request"], None]


class Request(BaseHTTPRequestHandler):
    """A request as a route sees it, with one call to answer it."""

    server: Server

    def log_message(self, format: str, *args: object) -> None:
        """Keep the test's output free of an access log."""

    def answer(
        self, status: int = 200, body: bytes = b"ok", headers: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _route(self) -> None:
        with self.server.lock:
            self.server.seen.append((self.command, self.path))
            self.server.peers.add(self.client_address[1])
        # A client that gave up is the client's business.
        with suppress(ConnectionError, ssl.SSLError):
            route = self.server.routes.get(self.path)
            if route is None:
                self.answer(404, b"no such page")
            else:
                route(self)

    do_GET = do_HEAD = do_POST = _route


class Server(ThreadingHTTPServer):
    """Counts what it was asked: `seen` requests, from `peers` (client ports: connections)."""

    daemon_threads = True
    # So that closing does not wait for a route that is still sleeping.
    block_on_close = False

    def __init__(self, routes: Mapping[str, Route]) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        self.routes = dict(routes)
        self.lock = threading.Lock()
        self.seen: list[tuple[str, str]] = []
        self.peers: set[int] = set()
        self.scheme = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A refused handshake is what the test is about, not something to print."""


@contextmanager
def serve(routes: Mapping[str, Route], *, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(routes)
    if tls is not None:
        server.socket = tls.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        server.scheme = "https"
    # The handshake happens in the request's own thread, so the listener stays free.
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def write_certificate(folder: Path, *, name: str, days_valid: int = 1) -> Path:
    """Write a self-signed certificate for `name` with its key, and return the PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    end = now + datetime.timedelta(days=days_valid)
    try:
        alternative: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        alternative = x509.DNSName(name)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(now, end) - datetime.timedelta(days=2))
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}-{days_valid}.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


def tls_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
