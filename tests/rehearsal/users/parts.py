"""Servers that users meet, and users with what they saw."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from rehearsal.users import Answered, Users, Visitors

from ..balancer.parts import Processes, wait_until


class Street:
    """Users and all that they saw."""

    def __init__(self, folder: Path) -> None:
        self.processes = Processes()
        self.seen: list[Answered] = []
        self.users = Users(start=self.processes.start, folder=folder, on_answers=self.seen.extend)

    def visit(
        self,
        url: str,
        *,
        rate: float = 100,
        keep_alive: float = 1.0,
        paths: Sequence[str] = ("/",),
        name: str = "prod",
    ) -> None:
        """Let visitors of one address come, and nobody else."""
        self.users.visit(
            [Visitors(name=name, url=url, paths=tuple(paths), rate=rate, keep_alive=keep_alive)]
        )

    def await_answers(self, count: int) -> None:
        """Return when so many requests have ended."""
        wait_until(lambda: len(self.seen) >= count)

    def leave(self) -> list[Answered]:
        """Send no more and return all that was seen."""
        self.users.close()
        return self.seen


class Script:
    """Serves connections one after the other as the lines of a script say.

    Each line has a word for each request of a connection: "ok", "close" (without an answer),
    "break" (within the answer). After its words, and with no line left, a connection answers "ok".
    """

    def __init__(self, *lines: str) -> None:
        self._lines = [line.split() for line in lines]
        self.asked: list[list[bytes]] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        words = self._lines.pop(0) if self._lines else []
        requests: list[bytes] = []
        self.asked.append(requests)
        while True:
            requests.append(await reader.readuntil(b"\r\n\r\n"))
            word = words.pop(0) if words else "ok"
            if word == "close":
                return
            whole = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Rehearsal-Target: me\r\n\r\nok"
            writer.write(whole[:-1] if word == "break" else whole)
            if word == "break":
                return
