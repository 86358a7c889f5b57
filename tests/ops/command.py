"""The operator's commands as a test runs them: in this process, as a process, or on a terminal."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ops.command_line import main
from tests.config.example import PROD, copy_example

from .world import ACCOUNT, World

ROOT = Path(__file__).parents[2]


def write_configuration(folder: Path) -> Path:
    """The shipped example, its Prod in moto's account."""
    example = copy_example(folder)
    example.edit(PROD, 'account = "444444444444"', f'account = "{ACCOUNT}"')
    return example.root


class Commands:
    """Runs commands in this process, and keeps what they printed."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self._capsys = capsys
        self.out = self.err = ""

    def __call__(self, *arguments: str) -> int:
        self._capsys.readouterr()
        status = main(command(self.root, *arguments))
        self.out, self.err = self._capsys.readouterr()
        assert "Traceback" not in self.out + self.err
        return status

    def document(self) -> Any:
        return json.loads(self.out)

    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


def command(root: Path, *arguments: str, every: str = "0.001") -> list[str]:
    """The arguments, with the test's configuration and quick looks at AWS."""
    quick = ["--every", every] if arguments[0] in ("watch", "rollback", "rotate") else []
    return [*arguments, "--root", str(root), *quick]


def start(world: World, *arguments: str) -> subprocess.Popen[str]:
    """`python -m ops` as a process that listens to Ctrl-C."""
    # A run in the background ignores SIGINT, and every child would inherit that.
    listening = (
        "import os, signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    )
    return subprocess.Popen(
        [sys.executable, "-c", listening, "-m", "ops", *command(world.root, *arguments)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A run on a terminal: its exit status, and all that was drawn, without colours."""

    status: int
    drawn: str


def on_terminal(
    world: World,
    *arguments: str,
    columns: int = 80,
    answers: Sequence[tuple[str, str]] = (),
    before_answer: Callable[[], None] | None = None,
) -> Ended:
    """Run `python -m ops` on a terminal, typing each answer when its text has appeared.

    `before_answer` is what happens while the person thinks.
    """
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(ROOT)
        environment = {**os.environ, "TERM": "xterm-256color"}
        # Slowly enough that each look is drawn.
        words = [sys.executable, "-m", "ops", *command(world.root, *arguments, every="0.3")]
        os.execve(sys.executable, words, environment)
    size = struct.pack("HHHH", 50, columns, 0, 0)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, size)
    seen = ""
    waiting = list(answers)
    while (more := _read(terminal)) is not None:
        seen += more
        if waiting and waiting[0][0] in seen:
            if before_answer is not None:
                before_answer()
            os.write(terminal, waiting.pop(0)[1].encode())
    os.close(terminal)
    _, status = os.waitpid(process, 0)
    # Where a drawing is erased the next one begins.
    seen = seen.replace("\x1b[2K", "\n")
    drawn = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen).replace("\r", "")
    return Ended(status=os.waitstatus_to_exitcode(status), drawn=drawn)


def _read(terminal: int) -> str | None:
    try:
        return os.read(terminal, 65536).decode(errors="replace") or None
    except OSError:
        # Linux ends a terminal whose last process has gone with EIO.
        return None
