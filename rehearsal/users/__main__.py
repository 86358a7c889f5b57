"""The users' process: `python -m rehearsal.users`, told on standard input, telling on the output.

A process of its own, so that what the parent is busy with does not count as the service's latency.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Callable, Iterable

from .crowd import Crowd
from .visitors import FINISHING_SECONDS, Answered, Visitors, read_visitors, written_answers

_TICK_SECONDS = 0.1


class Town:
    """All crowds by name, and what they have seen and not yet told."""

    def __init__(self, out: asyncio.WriteTransport) -> None:
        self._out = out
        self._crowds: dict[str, Crowd] = {}
        self._leaving: list[Crowd] = []
        self._seen: list[Answered] = []

    def visit(self, visitors: Iterable[Visitors]) -> None:
        """Replace who visits what."""
        wanted = {one.name: one for one in visitors}
        for name, crowd in list(self._crowds.items()):
            if name not in wanted or wanted[name].url != crowd.url:
                crowd.stop()
                self._leaving.append(self._crowds.pop(name))
        for name, one in wanted.items():
            if name in self._crowds:
                self._crowds[name].change(one)
            else:
                self._crowds[name] = Crowd(one, self._seen.append)

    async def tell(self) -> None:
        """Write down what ended, ten times a second, for ever."""
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            self._write()

    async def finish(self) -> None:
        """Send no more, wait for answers, end what is left, tell the last of it."""
        self.visit(())
        await _within_time(lambda: not any(one.busy for one in self._leaving))
        for crowd in self._leaving:
            crowd.end()
        self._write()
        await _within_time(lambda: self._out.get_write_buffer_size() == 0)

    def _write(self) -> None:
        for crowd in [*self._crowds.values(), *self._leaving]:
            crowd.end_late()
        self._leaving = [one for one in self._leaving if one.busy]
        if self._seen:
            self._out.write(written_answers(self._seen))
            self._seen.clear()


async def _within_time(ready: Callable[[], bool]) -> None:
    until = time.monotonic() + FINISHING_SECONDS
    while not ready() and time.monotonic() < until:
        await asyncio.sleep(0.01)


async def _run() -> None:
    loop = asyncio.get_running_loop()
    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin.buffer)
    out, _ = await loop.connect_write_pipe(asyncio.Protocol, sys.stdout.buffer)
    town = Town(out)
    telling = loop.create_task(town.tell())
    while line := await orders.readline():
        visitors = read_visitors(line)
        if visitors is None:
            break
        town.visit(visitors)
    telling.cancel()
    await town.finish()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(_run())
