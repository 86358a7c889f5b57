"""Ends the processes of a run and deletes its folder when the process that started it is gone.

Runs by itself, with nothing but the standard library. Its standard input is a pipe from the
parent: when that closes, the parent has ended, whatever ended it. All processes of the run are in
the guardian's process group, so nothing has to be registered in time to be ended.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

GRACE_SECONDS = 2.0
_ROUNDS = 50


def main(prefix: str) -> None:
    """Make the work folder and print it, wait for the parent, end everything.

    The parent writes a line ``<signal> <process id>`` for a process that is to be ended by
    another signal than SIGTERM.
    """
    # The group's SIGTERM comes here too. A closed terminal must not stop the guardian either.
    for ignored in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(ignored, signal.SIG_IGN)
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    folder.chmod(0o755)
    print(folder, flush=True)
    asked: dict[int, int] = {}
    try:
        for line in sys.stdin:
            number, process = line.split()
            asked[int(process)] = int(number)
    finally:
        end_group(os.getpgrp(), asked)
        remove(folder)


def remove(folder: Path) -> None:
    """Delete the folder with everything in it."""
    shutil.rmtree(folder, ignore_errors=True)


def end_group(group: int, asked: dict[int, int], *, grace: float = GRACE_SECONDS) -> None:
    """End all processes of the group but this one: SIGTERM, after ``grace`` seconds SIGKILL.

    ``asked``: the signal for a process that SIGTERM would not end fast.
    """
    for process, number in asked.items():
        with suppress(OSError):
            if os.getpgid(process) == group:
                os.kill(process, number)
    with suppress(OSError):
        os.killpg(group, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while members(group) and time.monotonic() < deadline:
        time.sleep(0.02)
    for _ in range(_ROUNDS):
        left = members(group)
        if not left:
            return
        for process in left:
            with suppress(OSError):
                os.kill(process, signal.SIGKILL)
        time.sleep(0.02)


def members(group: int) -> list[int]:
    """The other processes of the group that still run; zombies do not."""
    own = os.getpid()
    found = _from_proc() if Path("/proc/self/stat").exists() else _from_ps()
    return [
        process
        for process, its_group, state in found
        if its_group == group and process != own and state not in "ZX"
    ]


def _from_proc() -> Iterator[tuple[int, int, str]]:
    for name in os.listdir("/proc"):
        if not name.isdecimal():
            continue
        try:
            stat = Path("/proc", name, "stat").read_text(errors="replace")
        except OSError:
            continue
        # The name before it is in brackets and may hold anything.
        state, _parent, group, *_ = stat.rpartition(")")[2].split()
        yield int(name), int(group), state


def _from_ps() -> Iterator[tuple[int, int, str]]:
    done = subprocess.run(
        ["ps", "-A", "-o", "pid=,pgid=,stat="], capture_output=True, text=True, check=False
    )
    for line in done.stdout.splitlines():
        process, group, state = line.split(maxsplit=2)
        yield int(process), int(group), state[0]


if __name__ == "__main__":
    main(sys.argv[1])
