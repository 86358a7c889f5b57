"""The command on a terminal, and with a reader that goes away."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from tests.support.templates import Templates

from .command import LONG, RELEASING, ROOT, Command, ended, environment, play

HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"
CTRL_C = b"\x03"


class Terminal:
    """A terminal, which is read all the time."""

    def __init__(self) -> None:
        self._outer, self.inner = pty.openpty()
        fcntl.ioctl(self.inner, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self.before = termios.tcgetattr(self.inner)
        self.written = ""
        self._closed = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def press(self, keys: bytes) -> None:
        """As a person does."""
        os.write(self._outer, keys)

    def close(self) -> None:
        """Close the window. Again: nothing."""
        if not self._closed.is_set():
            self._closed.set()
            self._reader.join()
            os.close(self.inner)
            os.close(self._outer)

    @property
    def restored(self) -> bool:
        """Whether the terminal is as it was, and its cursor is seen."""
        return (
            termios.tcgetattr(self.inner) == self.before
            and HIDE in self.written
            and self.written.rfind(SHOW) > self.written.rfind(HIDE)
        )

    def _read(self) -> None:
        while not self._closed.is_set():
            if select.select([self._outer], [], [], 0.05)[0]:
                with suppress(OSError):
                    self.written += os.read(self._outer, 65536).decode(errors="replace")


@contextmanager
def on_terminal(home: Path, terminal: Terminal, *arguments: str) -> Iterator[Command]:
    """The command with that terminal as its own."""
    kept = {k: v for k, v in environment(home).items() if k not in ("COLUMNS", "LINES")}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.rehearsal.command.on_terminal", *arguments],
        cwd=ROOT,
        env={**kept, "TERM": "xterm-256color"},
        stdin=terminal.inner,
        stdout=terminal.inner,
        stderr=terminal.inner,
        start_new_session=True,
    )
    command = Command(process=process, home=home, written=lambda: terminal.written, said=lambda: "")
    with ended(command):
        yield command


def test_ctrl_c_on_a_terminal_leaves_it_as_it_was_and_the_report_says_so(
    home: Path, templates: Templates
) -> None:
    with (
        closing(Terminal()) as terminal,
        on_terminal(home, terminal, *play(home, LONG, templates.root)) as command,
    ):
        command.wait_for("AfterAllowTestTraffic in progress")
        terminal.press(CTRL_C)
        assert command.end() == 130, command.everything()
        assert terminal.restored
        last = terminal.written[terminal.written.rfind(SHOW) :]
        assert "left before its end" in last
        assert "interrupted; everything that was started has been ended" in last
    assert "interrupted" in command.report.read_text("utf-8")
    assert f"the report is {command.report}" in command.written()


def test_a_terminal_that_is_closed_leaves_nothing(home: Path, templates: Templates) -> None:
    with (
        closing(Terminal()) as terminal,
        on_terminal(home, terminal, *play(home, LONG, templates.root, "--plain")) as command,
    ):
        command.wait_for(RELEASING)
        assert "\x1b" not in terminal.written
        terminal.close()
        command.end()
    assert command.report.exists()


def test_a_reader_that_goes_away_ends_it_without_a_traceback(
    home: Path, templates: Templates
) -> None:
    with (home / "err").open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "rehearsal", *play(home, LONG, templates.root)],
            cwd=ROOT,
            env=environment(home),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=err,
        )
    assert process.stdout is not None
    command = Command(process=process, home=home, written=lambda: "", said=(home / "err").read_text)
    with ended(command), process.stdout as output:
        assert output.readline() == b"mine: A good version\n"
        output.close()
        assert command.end() == 130, command.everything()
    assert command.said() == "interrupted: the output cannot be written any more\n"
