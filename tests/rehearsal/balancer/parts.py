"""Real targets, and processes that are started the simple way."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import IO, Any

from rehearsal.host.ports import Ports

PORTS = Ports()
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


class Processes:
    """Starts processes that nobody ends but their owners, and remembers them."""

    def __init__(self) -> None:
        self.started: list[subprocess.Popen[bytes]] = []

    def start(
        self,
        argv: Sequence[str],
        *,
        name: str,  # noqa: ARG002
        environment: Mapping[str, str],
        folder: Path,
        stdin: int | IO[bytes],
        stdout: int | IO[bytes],
        stderr: int | IO[bytes],
    ) -> subprocess.Popen[bytes]:
        """Start a process."""
        self.started.append(
            subprocess.Popen(
                argv, env=dict(environment), cwd=folder, stdin=stdin, stdout=stdout, stderr=stderr
            )
        )
        return self.started[-1]

    @property
    def ended(self) -> bool:
        """Whether none is left, of at least one."""
        return bool(self.started) and all(one.returncode is not None for one in self.started)


def wait_until(ready: Callable[[], bool], *, seconds: float = 20.0) -> None:
    """Return when it is so; fail when it is not so long after."""
    until = monotonic() + seconds
    while not ready():
        assert monotonic() < until, "it did not come"
        sleep(0.005)


def refused_address() -> str:
    """An address at which nothing listens."""
    return f"127.0.0.1:{PORTS.take()}"


class Server:
    """A server on a loopback port that talks as a coroutine says, in a thread."""

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self._loop = asyncio.new_event_loop()
        self.connections = 0
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self.socket.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.address}"
        self._stop: Future[None] = Future()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),))

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set_result(None)
        self._thread.join()
        self._loop.close()

    async def _run(self) -> None:
        tasks: set[asyncio.Task[None]] = set()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.connections += 1
            tasks.add(asyncio.ensure_future(self._talk(reader, writer)))

        server = await asyncio.start_server(connected, sock=self.socket)
        await asyncio.wrap_future(self._stop)
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def read_request(reader: asyncio.StreamReader) -> str:
    """The next request's path."""
    head = await reader.readuntil(b"\r\n\r\n")
    return head.split(b" ", 2)[1].decode().partition("?")[0]


async def answer_all(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer each request with 200; `/status/503` with that, `/slow/0.5` so many seconds later."""
    while True:
        _, kind, *value = (await read_request(reader)).split("/")
        if kind == "slow":
            await asyncio.sleep(float(value[0]))
        status = value[0].encode() if kind == "status" else b"200"
        writer.write(OK.replace(b"200 OK", status + b" -"))


@contextmanager
def targets(count: int) -> Iterator[tuple[str, ...]]:
    """Addresses of targets that answer."""
    servers = [Server(answer_all) for _ in range(count)]
    for server in servers:
        server.__enter__()
    try:
        yield tuple(server.address for server in servers)
    finally:
        for server in servers:
            server.__exit__()
