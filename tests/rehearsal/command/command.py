"""The command as a process of its own, and all that it starts while it runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from rehearsal.host.guardian import members

from ..host.waiting import listens, runs, wait_until

ROOT = Path(__file__).resolve().parents[3]
COMMAND = ("-m", "rehearsal")
LONGEST = 60.0
"""Real seconds for anything that is waited for, on a machine that does a lot else."""

BAD_CHECKS = """
title = "Release checks stop a version"
description = "v2 is healthy, but what it depends on does not answer."
factor = 60
environments = ["staging"]

[users]
rate = 20

[[versions.v2.faults]]
kind = "errors"
status = 503
paths = ["/ready"]

[[steps]]
release = "v2"
"""
HOLDS = f"""{BAD_CHECKS}
outcome = "failed"
reason = "its dependencies answer"
failed_requests = 0
"""
DOES_NOT_HOLD = f"""{BAD_CHECKS}
outcome = "released"
"""
LONG = """
title = "A good version"
description = "Users are moved for so long that a test can end the run meanwhile."
factor = 60
environments = ["staging"]

[users]
rate = 20

[versions.v2]

[[steps]]
release = "v2"
outcome = "released"
"""
SET_UP = "the load balancers are up; creating the stacks"
RELEASING = "v2 AfterAllowTestTraffic in progress"


@dataclass(eq=False, kw_only=True)
class Command:
    """A command that runs. ``home``: what it may leave behind is there, in ``temporary`` nothing.

    ``written``: what it has written to standard output so far; ``said``: to standard error.
    """

    process: subprocess.Popen[bytes]
    home: Path
    written: Callable[[], str]
    said: Callable[[], str]
    groups: set[int] = field(default_factory=set)
    seen: set[psutil.Process] = field(default_factory=set)
    ports: set[int] = field(default_factory=set)

    @property
    def temporary(self) -> Path:
        """Its folder for temporary files."""
        return self.home / "tmp"

    @property
    def report(self) -> Path:
        """Where its report goes."""
        return self.home / "report.html"

    def wait_for(self, text: str) -> None:
        """Until standard output has the text; notes what runs then."""

        def found() -> bool:
            runs_still = self.process.poll() is None
            seen = text in self.written()
            assert seen or runs_still, self.everything()
            return seen

        wait_until(found, what=text, seconds=LONGEST)
        self.note()

    def note(self) -> None:
        """Note the processes that it has started and the ports that they listen on."""
        own = psutil.Process(self.process.pid)
        for one in [own, *own.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                self.seen.add(one)
                self.ports |= {
                    each.laddr.port
                    for each in one.net_connections(kind="tcp")
                    if each.status == psutil.CONN_LISTEN
                }
            with suppress(OSError):
                self.groups.add(os.getpgid(one.pid))
        # Its own group is that of the tests when it has been given none.
        self.groups -= {os.getpgrp()}

    def end(self) -> int:
        """The exit status; fails when anything is left."""
        wait_until(
            lambda: self.process.poll() is not None, what="the command ends", seconds=LONGEST
        )
        wait_until(lambda: not self.left(), what=f"processes end: {self.left()}")
        wait_until(
            lambda: not any(self.temporary.iterdir()),
            what=f"{self.temporary} is empty: {list(self.temporary.iterdir())}",
        )
        assert not [port for port in self.ports if listens(port)]
        return self.process.returncode

    def everything(self) -> str:
        """What it wrote, for a test that fails."""
        return f"status {self.process.poll()}\n{self.written()}\n{self.said()}"

    def left(self) -> set[psutil.Process]:
        """Those of its processes that still run, as far as they or their group were noted."""
        found = set(self.seen)
        for group in self.groups:
            for one in members(group):
                with suppress(psutil.NoSuchProcess):
                    found.add(psutil.Process(one))
        return {one for one in found if one.is_running() and runs(one.pid)}


@contextmanager
def started(
    home: Path, *arguments: str, program: Sequence[str] = COMMAND, **variables: str
) -> Iterator[Command]:
    """Start the command with its output in files of ``home``, and end it if it still runs."""
    with (home / "out").open("wb") as out, (home / "err").open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, *program, *arguments],
            cwd=ROOT,
            env=environment(home) | variables,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
        )
    command = Command(
        process=process,
        home=home,
        written=(home / "out").read_text,
        said=(home / "err").read_text,
    )
    with ended(command):
        yield command


@contextmanager
def ended(command: Command) -> Iterator[None]:
    """Whatever the test finds, neither the command nor what it started outlives the test."""
    try:
        yield
    finally:
        if command.process.poll() is None:
            command.process.send_signal(signal.SIGKILL)
            command.process.wait()
        for one in command.left():
            with suppress(psutil.NoSuchProcess):
                one.kill()


def environment(home: Path) -> dict[str, str]:
    """This process's, with a folder for temporary files that is the command's alone."""
    temporary = home / "tmp"
    temporary.mkdir(exist_ok=True)
    return {**os.environ, "TMPDIR": str(temporary), "PYTHONUNBUFFERED": "1"}


def play(home: Path, scenario: str, assembly: Path, *more: str) -> tuple[str, ...]:
    """The arguments that play a scenario of that text."""
    file = home / "mine.toml"
    file.write_text(scenario, encoding="utf-8")
    report = str(home / "report.html")
    return (str(file), "--assembly", str(assembly), "--report", report, *more)


def interrupt_again_and_again(process: subprocess.Popen[bytes]) -> None:
    """Ctrl-C, as a person who loses patience."""
    deadline = time.monotonic() + LONGEST
    while process.poll() is None and time.monotonic() < deadline:
        process.send_signal(signal.SIGINT)
        time.sleep(0.15)
