"""TLS in front of a PostgreSQL that was built without it."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.support.certificates import Certificate

_SSL_REQUEST = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"


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
