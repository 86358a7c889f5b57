"""A small package like those of `lambdas`, and a pool that runs it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rehearsal.clock import Clock, ManualClock
from rehearsal.functions.pool import IDLE_SECONDS, FunctionPool

ARN = "arn:aws:lambda:eu-central-1:222222222222:function:pase-small"
HANDLER = "lambdas.small.handler.handler"

CODE = """
import json, os, sys, time
from pathlib import Path

class Refused(Exception):
    pass

calls = 0

def handler(event, context):
    global calls
    calls += 1
    match event["do"]:
        case "tell":
            return {"pid": os.getpid(), "calls": calls, "event": event}
        case "environment":
            return dict(os.environ)
        case "where":
            return {"folder": os.getcwd(), "path": sys.path, "here": os.listdir()}
        case "raise":
            raise Refused("not " + event["what"])
        case "print":
            print("printed by the handler")
            os.write(1, b"written to the descriptor\\n")
            return "answered"
        case "remaining":
            return context.get_remaining_time_in_millis()
        case "meet":
            Path(event["own"]).touch()
            while not Path(event["other"]).exists():
                time.sleep(0.01)
            return os.getpid()
        case "hang":
            Path(event["file"]).write_text(str(os.getpid()))
            time.sleep(600)
        case "exit":
            os._exit(event["status"])
        case "large":
            return "x" * event["size"]
        case "no JSON":
            return {1, 2}
        case "fail until":
            with open(event["file"], "a") as file:
                file.write("tried\\n")
            if len(Path(event["file"]).read_text().splitlines()) < event["tries"]:
                raise Refused("not yet")
"""


def write_package(folder: Path, *, code: str = CODE) -> Path:
    """The package as an asset's folder holds it."""
    package = folder / "lambdas" / "small"
    package.mkdir(parents=True)
    (folder / "lambdas" / "__init__.py").touch()
    (package / "__init__.py").touch()
    (package / "handler.py").write_text(code, encoding="utf-8")
    return folder


class Started:
    """Starts plain child processes and remembers them; their standard error goes to a file."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.processes: list[subprocess.Popen[bytes]] = []
        self.names: list[str] = []

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
        assert nice > 0, "functions give way to what users wait for"
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                argv, env=dict(environment), cwd=folder, stdin=stdin, stdout=stdout, stderr=log
            )
        self.processes.append(process)
        self.names.append(name)
        return process

    @property
    def alive(self) -> list[int]:
        """The ids of those that run."""
        return [one.pid for one in self.processes if one.poll() is None]


class Pool:
    """A pool with one registered function in its package; `close` it, or use it in `with`."""

    def __init__(
        self,
        folder: Path,
        *,
        clock: Clock | None = None,
        time_out: float = 30,
        idle_seconds: float = IDLE_SECONDS,
        code: str = CODE,
    ) -> None:
        self.folder = folder
        self.asset = write_package(folder / "asset", code=code)
        self.started = Started(folder / "log")
        self.errors: list[tuple[str, str]] = []
        self.pool = FunctionPool(
            clock=clock or ManualClock(datetime(2026, 3, 2, tzinfo=UTC)),
            start=self.started,
            code=lambda properties: Path(properties.get("Content", self.asset)),
            environment=lambda properties: properties["Environment"]["Variables"],
            on_error=lambda package, why: self.errors.append((package, why)),
            idle_seconds=idle_seconds,
        )
        self.register(time_out=time_out)

    def register(
        self,
        *,
        handler: str = HANDLER,
        time_out: float = 30,
        layers: Sequence[str] = (),
        **variables: str,
    ) -> None:
        """The function, with these environment variables and layers' ARNs."""
        self.pool.register(
            ARN,
            {
                "Handler": handler,
                "Timeout": time_out,
                "Environment": {"Variables": variables},
                "Layers": list(layers),
            },
        )

    def __call__(self, do: str, **event: Any) -> Any:
        """Invoke it and wait."""
        return self.pool.invoke(ARN, {"do": do, **event})

    def later(self, do: str, **event: Any) -> None:
        """Invoke it asynchronously, and let it begin."""
        self.pool.invoke_later(ARN, {"do": do, **event})
        self.pool.run_due()

    @property
    def log(self) -> str:
        """What its processes wrote."""
        return self.started.log.read_text(encoding="utf-8")

    def tries(self) -> int:
        """How often "fail until" was run with the file `file`."""
        file = self.file
        return len(file.read_text(encoding="utf-8").splitlines()) if file.exists() else 0

    @property
    def file(self) -> Path:
        """A file for the handler to write."""
        return self.folder / "file"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.pool.close()
        assert not self.started.alive, "close left processes"


def inherited() -> set[str]:
    """Variables of this process that a function must not see."""
    return set(os.environ) - {"LC_CTYPE", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PWD"}
