"""A process in front of PostgreSQL servers that have no TLS, for clients that insist on it.

Started as a file: ``tls_front.py CHAIN KEY PORT=TARGET...``. It answers a SSLRequest and ends TLS
(https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL); whatever begins with
anything else is passed on as it comes. It says ``ready`` on standard output.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
from typing import Any, cast

HOST = "127.0.0.1"
SSL_REQUEST = (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")
_MOST_WAITING = 1 << 20


class _Side(asyncio.Protocol):
    """One side of a connection: what it gets goes to the other one."""

    def __init__(self, other: _Side | None = None) -> None:
        self.transport: asyncio.Transport | None = None
        self.other = other

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(high=_MOST_WAITING)
        connected: Any = transport.get_extra_info("socket")
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.write(data)

    def connection_lost(self, _error: Exception | None) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.close()

    def pause_writing(self) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.resume_reading()


class _Client(_Side):
    """A client: its first bytes say whether it wants TLS; the server is asked after that."""

    def __init__(self, target: int, context: ssl.SSLContext) -> None:
        super().__init__()
        self._target = target
        self._context = context
        self._asked = False
        self._held = b""
        self._task: asyncio.Task[None] | None = None

    def data_received(self, data: bytes) -> None:
        if self.other is not None:
            super().data_received(data)
            return
        # In TLS 1.3 the first data may come with the end of the handshake.
        self._held += data
        if self._asked or len(self._held) < len(SSL_REQUEST):
            return
        self._asked = True
        secure = self._held == SSL_REQUEST
        if secure:
            self._held = b""
        self._task = asyncio.get_running_loop().create_task(self._go_on(secure))

    async def _go_on(self, secure: bool) -> None:
        assert self.transport is not None
        try:
            if secure:
                self.transport.write(b"S")
                secured = await asyncio.get_running_loop().start_tls(
                    self.transport, self, self._context, server_side=True
                )
                if secured is None:
                    return
                self.transport = secured
            await self._connect()
        except (OSError, ssl.SSLError):
            # The client does not trust the certificate, or one of the two has gone.
            assert self.transport is not None
            self.transport.close()

    async def _connect(self) -> None:
        assert self.transport is not None
        self.transport.pause_reading()
        server = _Side(self)
        await asyncio.get_running_loop().create_connection(lambda: server, HOST, self._target)
        assert server.transport is not None
        self.other = server
        if self.transport.is_closing():
            server.transport.close()
            return
        server.transport.write(self._held)
        self._held = b""
        self.transport.resume_reading()


async def _serve(chain: str, key: str, routes: dict[int, int]) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    loop = asyncio.get_running_loop()

    async def listen(port: int, target: int) -> asyncio.Server:
        return await loop.create_server(lambda: _Client(target, context), HOST, port)

    servers = [await listen(port, target) for port, target in routes.items()]
    print("ready", flush=True)
    await asyncio.gather(*(one.serve_forever() for one in servers))


def main(argv: list[str]) -> None:
    """Serve until the process is ended."""
    chain, key, *routes = argv
    pairs = (one.split("=") for one in routes)
    asyncio.run(_serve(chain, key, {int(port): int(target) for port, target in pairs}))


if __name__ == "__main__":
    main(sys.argv[1:])
