"""Who gets each turn, where Caddy looks it up: a small file for each turn of a listener.

A load balancer of AWS keeps its connections when weights or targets change. Caddy does not when
it is given a new configuration by its admin API: idle connections are closed and, as seen with
2.11.7 on a busy machine, new ones too, without an answer to what was asked on them. So the
configuration stays, and its upstreams are placeholders for the content of files
(https://caddyserver.com/docs/conventions#placeholders, `{file.*}`).

The files are mapped into memory: a change of all of them takes no system call, so neither a slow
disk nor another thread of this process holds it up. Caddy reads the old or the new address, not
something between: they differ within one aligned word of eight bytes.
"""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from pathlib import Path

from .shares import TURNS

# Nothing can listen there: the turn of a group without targets.
NOBODY = "127.0.0.1:0"


class Table:
    """The turns of one listener, in ``folder / turns / name``; Caddy runs in ``folder``."""

    def __init__(self, *, folder: Path, name: str) -> None:
        self._name = name
        self._folder = folder / "turns" / name
        self._turns: tuple[str | None, ...] = (None,) * TURNS
        self._files: list[mmap.mmap] = []

    def upstream(self, turn: int) -> str:
        """What Caddy's configuration has as the address of a turn."""
        return f"{{file.turns/{self._name}/{turn}}}"

    def open(self) -> None:
        """Make the files. All turns are nobody's."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for turn in range(TURNS):
            with (self._folder / str(turn)).open("w+b") as file:
                file.write(_content(self._turns[turn]))
                file.flush()
                self._files.append(mmap.mmap(file.fileno(), 0))

    def write(self, turns: Sequence[str | None]) -> bool:
        """Change all turns. Whether any was different before."""
        if tuple(turns) == self._turns:
            return False
        contents = {target: _content(target) for target in set(turns)}
        for file, target in zip(self._files, turns, strict=True):
            file[:] = contents[target]
        self._turns = tuple(turns)
        return True

    def close(self) -> None:
        """Forget the files; they stay as they are."""
        for file in self._files:
            file.close()
        self._files.clear()


def _content(target: str | None) -> bytes:
    """The address in sixteen bytes; Caddy leaves out the line's end."""
    host, _, port = (target or NOBODY).partition(":")
    return f"{host}:{int(port):05}\n".encode()
