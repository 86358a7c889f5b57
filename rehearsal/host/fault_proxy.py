"""A task with faults: starts the service and stands between it and the load balancer.

``python -m rehearsal.host.fault_proxy`` reads its settings as JSON from standard input. It is the
task: it ends with the service's status when the service ends, and passes SIGTERM on to it. It
listens when the service does, so that a task with faults starts as one without. Everything but
the faults is passed through as it is, over one connection to the service for each one to it.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from http import HTTPStatus
from typing import Any

from .faults import Decisions, Fault, fault_from_json
from .http_messages import (
    LIMIT,
    Head,
    MalformedError,
    answer_has_body,
    pass_body,
    pass_to_end,
    read_head,
)
from .ports import HOST

CRASHED = 1
_POLL_SECONDS = 0.03
_FLUSH_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class Settings:
    """``port``: listened on; ``inner``: where the service listens; the rest: of the service."""

    port: int
    inner: int
    argv: Sequence[str]
    environment: Mapping[str, str]
    health_path: str
    faults: Sequence[Fault]

    def to_json(self) -> bytes:
        """For the standard input of the proxy. It holds the service's passwords."""
        return json.dumps(asdict(self)).encode()


def settings_from_json(text: str) -> Settings:
    """What `Settings.to_json` wrote."""
    value: dict[str, Any] = json.loads(text)
    return Settings(**{**value, "faults": [fault_from_json(one) for one in value["faults"]]})


class FaultProxy:
    """One task. `run` returns its exit status."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._decisions = Decisions(settings.faults, health_path=settings.health_path)
        self._began = time.monotonic()
        self._service: asyncio.subprocess.Process | None = None
        self._server: asyncio.Server | None = None
        self._stopping = False
        self._idle: set[asyncio.Task[Any]] = set()
        self._passing: set[asyncio.Task[Any]] = set()

    async def run(self) -> int:
        """Start the service, serve, and end when it has ended."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._stop)
        service = self._service = await asyncio.create_subprocess_exec(
            *self._settings.argv,
            env=dict(self._settings.environment),
            stdin=asyncio.subprocess.DEVNULL,
        )
        ended = asyncio.create_task(service.wait())
        listening = asyncio.create_task(self._listen())
        crashed = asyncio.create_task(self._crash())
        await asyncio.wait((ended, crashed), return_when=asyncio.FIRST_COMPLETED)
        listening.cancel()
        if not ended.done():
            service.kill()
            await ended
            return CRASHED
        if self._passing:
            await asyncio.wait(self._passing, timeout=_FLUSH_SECONDS)
        status = ended.result()
        return status if status >= 0 else 128 - status

    def _stop(self) -> None:
        self._stopping = True
        if self._server is not None:
            self._server.close()
        for task in self._idle:
            task.cancel()
        if self._service is not None:
            with suppress(ProcessLookupError):
                self._service.terminate()

    def _age(self) -> float:
        return time.monotonic() - self._began

    async def _listen(self) -> None:
        while not await self._service_listens():
            await asyncio.sleep(_POLL_SECONDS)
        await asyncio.sleep(max(0.0, self._decisions.listens_after - self._age()))
        if not self._stopping:
            self._server = await asyncio.start_server(
                self._connected, HOST, self._settings.port, limit=LIMIT
            )

    async def _service_listens(self) -> bool:
        try:
            _reader, writer = await asyncio.open_connection(HOST, self._settings.inner)
        except OSError:
            return False
        writer.close()
        return True

    async def _crash(self) -> None:
        after = self._decisions.crashes_after
        if after is None:
            await asyncio.Event().wait()
        else:
            await asyncio.sleep(max(0.0, after - self._age()))

    async def _connected(self, reader: StreamReader, writer: StreamWriter) -> None:
        service = _Service(self._settings.inner)
        with suppress(MalformedError, OSError, asyncio.CancelledError):
            while not self._stopping:
                head = await self._next_request(reader)
                if head is None or not await self._answer(head, reader, writer, service):
                    break
        service.close()
        writer.close()

    async def _next_request(self, reader: StreamReader) -> Head | None:
        task = asyncio.current_task()
        assert task is not None
        self._idle.add(task)
        try:
            return await read_head(reader)
        finally:
            self._idle.discard(task)

    async def _answer(
        self, head: Head, reader: StreamReader, writer: StreamWriter, service: _Service
    ) -> bool:
        """Whether the connection can be used again."""
        treatment = self._decisions.decide(head.path, age=self._age())
        if treatment.delay:
            await asyncio.sleep(treatment.delay)
        if treatment.hang:
            while await reader.read(LIMIT):
                pass
            return False
        if treatment.status is not None:
            await pass_body(head, reader, None)
            writer.write(_refusal(treatment.status, method=head.start[0], close=head.close))
            await writer.drain()
            return not head.close
        task = asyncio.current_task()
        assert task is not None
        self._passing.add(task)
        try:
            return await service.pass_on(head, reader, writer)
        finally:
            self._passing.discard(task)


class _Service:
    """The connection to the service that belongs to one connection to the proxy."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection: tuple[StreamReader, StreamWriter] | None = None

    async def pass_on(self, head: Head, reader: StreamReader, writer: StreamWriter) -> bool:
        """Pass a request on and its answer back; whether both connections stay usable."""
        kept = self._connection is not None
        answers, requests = await self._connect()
        requests.write(head.raw)
        if head.chunked or head.length:
            # Beside the answer: a client that asked may wait for "100 Continue" before it sends.
            body = asyncio.create_task(pass_body(head, reader, requests))
            try:
                answer = await self._pass_answer(head, answers, writer)
                await body
            finally:
                body.cancel()
        else:
            answer = await self._pass_answer(head, answers, writer)
            if answer is None and kept:
                # The service has closed the kept connection: it has not seen the request.
                self.close()
                return await self.pass_on(head, reader, writer)
        return answer is not None and not (answer.close or head.close)

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            self._connection[1].close()
            self._connection = None

    async def _connect(self) -> tuple[StreamReader, StreamWriter]:
        if self._connection is None:
            self._connection = await asyncio.open_connection(HOST, self._port, limit=LIMIT)
        return self._connection

    async def _pass_answer(
        self, request: Head, answers: StreamReader, writer: StreamWriter
    ) -> Head | None:
        while True:
            try:
                answer = await read_head(answers)
            except ConnectionError:
                return None
            if answer is None:
                return None
            writer.write(answer.raw)
            if answer.status >= 200:
                break
        if answer_has_body(answer, method=request.start[0]):
            if not answer.chunked and answer.length is None:
                await pass_to_end(answers, writer)
                return replace(answer, close=True)
            await pass_body(answer, answers, writer)
        await writer.drain()
        return answer


def _refusal(status: int, *, method: str, close: bool) -> bytes:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Fault"
    body = f"fault of the rehearsal: status {status}\n".encode()
    lines = [
        f"HTTP/1.1 {status} {phrase}",
        "content-type: text/plain",
        f"content-length: {len(body)}",
        "connection: close" if close else "connection: keep-alive",
    ]
    head = "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n"
    return head if method == "HEAD" else head + body


if __name__ == "__main__":
    sys.exit(asyncio.run(FaultProxy(settings_from_json(sys.stdin.read())).run()))
