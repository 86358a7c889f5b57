"""The live view on a real terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class Played:
    """`playing` as a process on a terminal of its own, and all that it writes."""

    def __init__(self, how: str, *, size: tuple[int, int] = (80, 24), **variables: str) -> None:
        self._terminal, inner = pty.openpty()
        columns, rows = size
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        kept = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS", "LINES")}
        self._before = termios.tcgetattr(inner)
        self._inner = inner
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.rehearsal.view.playing", how],
            cwd=ROOT,
            env={**kept, "TERM": "xterm-256color", **variables},
            stdin=inner,
            stdout=inner,
            stderr=inner,
        )
        self.written = ""

    def wait_for(self, text: str) -> None:
        """Read until the text has been written."""
        until = time.monotonic() + 30
        while text not in self.written and time.monotonic() < until:
            self._read()
        assert text in self.written, self.written

    def end(self) -> int:
        """The exit status, when everything has been read."""
        while self.process.poll() is None or self._ready():
            self._read()
        assert termios.tcgetattr(self._inner) == self._before
        os.close(self._inner)
        os.close(self._terminal)
        return self.process.returncode

    def _ready(self) -> bool:
        return bool(select.select([self._terminal], [], [], 0.05)[0])

    def _read(self) -> None:
        if self._ready():
            self.written += os.read(self._terminal, 65536).decode(errors="replace")

    @property
    def restored(self) -> bool:
        """Whether the cursor was hidden and is shown again, and everything else is left alone."""
        return (
            HIDE in self.written
            and self.written.rfind(SHOW) > self.written.rfind(HIDE)
            and "\x1b[?1049h" not in self.written
        )


def test_a_release_is_seen_live_and_the_verdict_stays() -> None:
    played = Played("end")
    assert played.end() == 0
    text = _COLOUR.sub("", played.written)
    assert "the set-up is told?]0;title?" in text
    assert "AllowTraffic in progress" in text
    assert "in ALARM: storefront-GreenErrorRate" in text
    assert "the database was restarted" in text
    last = text[text.rfind("\x1b[2K") :]
    assert "  FAILED  no request fails (12 of 9,300 failed)" in last
    assert "AllowTraffic in progress" not in last
    assert played.restored


def test_ctrl_c_leaves_the_terminal_as_it_was() -> None:
    played = Played("wait")
    played.wait_for("the database was restarted")
    played.process.send_signal(signal.SIGINT)
    assert played.end() != 0
    assert played.restored
    assert "left before its end" in played.written


def test_an_error_leaves_the_terminal_as_it_was_and_is_seen() -> None:
    played = Played("raise")
    assert played.end() == 1
    assert played.restored
    assert "RuntimeError: in the middle" in played.written


def test_without_colour_the_words_are_all_there() -> None:
    coloured, plain = Played("end"), Played("end", NO_COLOR="1")
    coloured.end()
    plain.end()
    assert re.search(r"\x1b\[[0-9;]*3[0-9]", coloured.written)
    assert not re.search(r"\x1b\[(?:[0-9;]*;)?[34][0-9]", plain.written)
    assert "  FAILED  no request fails" in plain.written


@pytest.mark.parametrize("size", [(20, 6), (200, 60)])
def test_small_and_large_terminals_are_used_and_restored(size: tuple[int, int]) -> None:
    played = Played("end", size=size)
    assert played.end() == 0
    assert played.restored


def test_a_terminal_that_cannot_move_its_cursor_gets_lines() -> None:
    played = Played("end", TERM="dumb")
    assert played.end() == 0
    assert "[  12.0 s  prod   ] v2 AllowTraffic in progress" in played.written
    assert "\x1b" not in played.written
