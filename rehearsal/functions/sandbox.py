"""One execution environment: a process that runs one invocation at a time."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from ..errors import FunctionError

RUNTIME = Path(__file__).with_name("runtime.py")
# Lambda gives a function ten seconds to begin; a busy laptop is slower than Lambda.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
START_SECONDS = 60.0


class Start(Protocol):
    """Starts a child process that ends with this one (`host.processes.Processes.start`)."""

    def __call__(
        self,
        argv: list[str],
        *,
        name: str,
        environment: Mapping[str, str],
        folder: Path,
        stdin: int,
        stdout: int,
        nice: int,
    ) -> subprocess.Popen[bytes]:
        """Start it."""


class Sandbox:
    """A process with one function's package, handler and environment.

    ``layers``: their folders; as in Lambda the package comes before their ``python/``
    (https://docs.aws.amazon.com/lambda/latest/dg/python-layers.html).

    It runs with a lower priority than what users wait for: a real function has a machine of its
    own.
    """

    def __init__(
        self,
        *,
        start: Start,
        name: str,
        handler: str,
        folder: Path,
        environment: Mapping[str, str],
        layers: Sequence[Path] = (),
    ) -> None:
        path = os.pathsep.join(str(one) for one in (folder, *(one / "python" for one in layers)))
        self._process = start(
            [sys.executable, "-P", str(RUNTIME), handler],
            name=name,
            environment={**environment, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
            folder=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            nice=5,
        )
        self._begun = False
        self.idle_since = time.monotonic()

    def run(self, event: Any, *, seconds: float) -> Any:
        """The handler's answer. Raises `FunctionError` when it ended in an error or took longer.

        After a time-out, an end of the process and a failed start it cannot be used again
        (`alive`).
        """
        if not self._begun:
            self._begin()
        request = json.dumps({"event": event, "seconds": seconds}) + "\n"
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(request.encode())
            self._process.stdin.flush()
        except OSError:
            raise self._gone() from None
        answer = self._read(seconds, timed_out(seconds))
        self.idle_since = time.monotonic()
        return answer.get("answer")

    @property
    def alive(self) -> bool:
        """Whether it can run another invocation."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def kill(self) -> None:
        """End the process, at once, whoever waits for its answer: `run` raises there."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """End it, at once; nobody waits for an answer. Again: nothing."""
        self.kill()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                # What could not be written to a process that has ended cannot be written now.
                with suppress(OSError):
                    stream.close()

    def _begin(self) -> None:
        """Wait for the handler to be imported. A failed start is not tried again in this one."""
        self._begun = True
        try:
            late = FunctionError("Sandbox.Timedout", f"did not start in {START_SECONDS:g} seconds")
            self._read(START_SECONDS, late)
        except FunctionError:
            self.close()
            raise

    def _read(self, seconds: float, late: FunctionError) -> dict[str, Any]:
        line = self._line(time.monotonic() + seconds)
        if line is None:
            self.close()
            raise late
        if not line.endswith(b"\n"):
            raise self._gone()
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise FunctionError(answer["error"], answer["message"])
        return answer

    def _line(self, deadline: float) -> bytes | None:
        """A line of its answers, without its end when the process has; None: the time is up."""
        stream = self._process.stdout
        assert stream is not None
        with selectors.DefaultSelector() as selector:
            selector.register(stream, selectors.EVENT_READ)
            if not selector.select(max(0.0, deadline - time.monotonic())):
                return None
        return stream.readline()

    def _gone(self) -> FunctionError:
        status = self._process.wait()
        return FunctionError("Runtime.ExitError", f"Runtime exited with error: status {status}")


def timed_out(seconds: float) -> FunctionError:
    """As Lambda says it."""
    return FunctionError("Sandbox.Timedout", f"Task timed out after {seconds:.2f} seconds")
