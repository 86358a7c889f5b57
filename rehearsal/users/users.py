"""The users of a rehearsal, from the parent's side."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from ..balancer import Start
from .visitors import (
    FINISHING_SECONDS,
    STOP,
    Answered,
    Visitors,
    read_answers,
    written_visitors,
)

_ROOT = Path(__file__).resolve().parents[2]
# To end after the last answer, and to end a process that does not.
_GRACE_SECONDS = 5.0


class UsersError(Exception):
    """The users' process has ended by itself."""


class Users:
    """A process of users at a steady rate, who do not wait for one answer to ask the next.

    A GET on a kept connection that closes before any of the answer is sent once more on a fresh
    one, as browsers and HTTP libraries do, and noted as `retried`
    (https://www.rfc-editor.org/rfc/rfc9110.html#section-9.2.2,
    https://www.rfc-editor.org/rfc/rfc9112.html#section-9.3.1). Everything else that goes wrong is
    a failure with its reason. A request has 10 real seconds. With 500 requests of one visitors'
    name under way the next is not sent: "overloaded".

    ``on_answers`` is called in a thread of its own, ten times a second when there is something.
    """

    def __init__(
        self, *, start: Start, folder: Path, on_answers: Callable[[Sequence[Answered]], None]
    ) -> None:
        self._start = start
        self._folder = folder
        self._on_answers = on_answers
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._error: Exception | None = None

    def open(self) -> None:
        """Start the process. Nobody visits anything yet."""
        with self._words().open("wb") as words:
            self._process = self._start(
                [sys.executable, "-m", "rehearsal.users"],
                name="users",
                environment={"PYTHONPATH": str(_ROOT), "PATH": os.defpath},
                folder=self._folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=words,
            )
        self._thread = threading.Thread(
            target=self._read, args=(self._process,), name="users", daemon=True
        )
        self._thread.start()

    def visit(self, visitors: Sequence[Visitors]) -> None:
        """Replace who visits what. Requests under way go on to their end.

        Whoever is not named, or has the rate 0, stops. Raises `ValueError` when a name comes
        twice and `UsersError` when the process has ended.
        """
        names = [one.name for one in visitors]
        if len(set(names)) < len(names):
            raise ValueError(f"visitors named twice among {', '.join(names)}")
        self._order(written_visitors(visitors))

    def close(self) -> None:
        """Stop, wait at most 2 real seconds for outstanding answers, end the process.

        What is not answered by then is told as "unfinished". Raises what `on_answers` raised.
        """
        process, thread = self._process, self._thread
        self._process = self._thread = None
        if process is None or thread is None:
            return
        assert process.stdin is not None
        with suppress(OSError):
            process.stdin.write(STOP)
            process.stdin.close()
        thread.join(FINISHING_SECONDS + _GRACE_SECONDS)
        try:
            process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        thread.join()
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def _order(self, line: bytes) -> None:
        if self._process is None:
            raise UsersError("the users' process is not open")
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line)
            self._process.stdin.flush()
        except OSError as error:
            raise UsersError(
                f"the users' process has ended by itself ({error.strerror}); see {self._words()}"
            ) from None

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                try:
                    self._on_answers(read_answers(line))
                except Exception as error:
                    self._error = self._error or error

    def _words(self) -> Path:
        return self._folder / "users.log"
