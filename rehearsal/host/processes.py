"""The child processes of a rehearsal, which end with it whatever ends it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from signal import Signals
from types import TracebackType
from typing import IO, Self

from . import guardian

_CLOSE_SECONDS = guardian.GRACE_SECONDS + 10
_LOG_LINES = 20
_LOG_BYTES = 8192
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}")

File = int | IO[bytes]


class ProcessesError(Exception):
    """A process cannot be started; the text says which and why."""


class Processes:
    """Starts processes in the group of a guardian, and ends them all.

    They end, and ``folder`` is deleted, on `close` and when this process ends in any way, SIGKILL
    included. Not reached: a process that makes a session or a group of its own and outlives the
    one that started it. Thread-safe.

    ``folder`` is for the run's files, readable by every user, because PostgreSQL may run as
    another one.
    """

    def __init__(self, *, prefix: str = "pase-rehearsal-") -> None:
        self._lock = threading.Lock()
        self._closed = False
        self._children: list[subprocess.Popen[bytes]] = []
        self._asked: dict[int, int] = {}
        # A group of its own: Ctrl-C in the terminal does not reach it.
        self._guardian = subprocess.Popen(
            [sys.executable, "-I", "-S", guardian.__file__, prefix],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,
        )
        assert self._guardian.stdout is not None
        with self._guardian.stdout as output:
            made = output.readline().decode().rstrip("\n")
        if not made:
            raise ProcessesError("the guardian of the processes did not make a work folder")
        self.folder = Path(made)
        self._logs = self.folder / "logs"
        self._logs.mkdir()

    def start(
        self,
        argv: Sequence[str],
        *,
        name: str,
        environment: Mapping[str, str],
        folder: Path | None = None,
        stdin: File = subprocess.DEVNULL,
        stdout: File | None = None,
        stderr: File | None = None,
        user: tuple[int, int] | None = None,
        nice: int = 0,
        end_signal: Signals = Signals.SIGTERM,
    ) -> subprocess.Popen[bytes]:
        """Start a process with this environment and no other variables.

        ``name``: of its log, which several processes may share. ``folder``: where it runs,
        default the work folder. ``stdout`` and ``stderr``: default the log. ``user``: ids of user
        and group. ``nice``: added to the parent's. ``end_signal``: what asks it to end when the
        run ends. Raises `ProcessesError`.
        """
        if not _NAME.fullmatch(name):
            raise ProcessesError(
                f"{name!r} cannot name a log: use letters, digits, '.', '_' and '-', at most 81"
            )
        identity: dict[str, int | list[int]] = (
            {} if user is None else {"user": user[0], "group": user[1], "extra_groups": []}
        )
        with self._lock:
            if self._closed:
                raise ProcessesError(f"{name} cannot be started: the run has been closed")
            try:
                with self._log_path(name).open("ab") as log:
                    child: subprocess.Popen[bytes] = subprocess.Popen(
                        list(argv),
                        env=dict(environment),
                        cwd=folder or self.folder,
                        stdin=stdin,
                        stdout=log if stdout is None else stdout,
                        stderr=log if stderr is None else stderr,
                        process_group=self._guardian.pid,
                        **identity,  # type: ignore[call-overload]
                    )
            except (OSError, subprocess.SubprocessError) as error:
                raise ProcessesError(f"{name} cannot be started: {error}") from error
            self._children = [one for one in self._children if one.poll() is None]
            self._children.append(child)
            self._note(child, nice=nice, end_signal=end_signal)
        return child

    def log(self, name: str) -> str:
        """The last lines that the processes of that name wrote, for error texts."""
        try:
            with self._log_path(name).open("rb") as log:
                log.seek(max(0, log.seek(0, os.SEEK_END) - _LOG_BYTES))
                text = log.read().decode(errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-_LOG_LINES:])

    def close(self) -> None:
        """End all processes and delete the folder. Again: nothing."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        assert self._guardian.stdin is not None
        with suppress(OSError):
            self._guardian.stdin.close()
        try:
            ended_well = self._guardian.wait(_CLOSE_SECONDS) == 0
        except subprocess.TimeoutExpired:
            self._guardian.kill()
            ended_well = False
        if not ended_well:
            self._end_without_guardian()
        for child in self._children:
            if child.poll() is None:
                child.kill()  # It has left the group.
            child.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _note(self, child: subprocess.Popen[bytes], *, nice: int, end_signal: Signals) -> None:
        if nice:
            with suppress(ProcessLookupError):
                priority = os.getpriority(os.PRIO_PROCESS, child.pid)
                os.setpriority(os.PRIO_PROCESS, child.pid, priority + nice)
        if end_signal != Signals.SIGTERM:
            self._asked[child.pid] = end_signal
            assert self._guardian.stdin is not None
            with suppress(OSError):
                self._guardian.stdin.write(f"{end_signal.value} {child.pid}\n".encode())
                self._guardian.stdin.flush()

    def _end_without_guardian(self) -> None:
        """What the guardian would have done, had nobody ended it."""
        guardian.end_group(self._guardian.pid, self._asked)
        guardian.remove(self.folder)

    def _log_path(self, name: str) -> Path:
        return self._logs / f"{name}.log"
