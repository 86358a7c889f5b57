"""Programs that run once a session, however many workers ask for what they made.

A synth takes seconds. The first worker that asks for one runs it; another that asks meanwhile does
not sit and wait but runs one that nobody has begun yet.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Run:
    """How a program ended, and the folder it was to write its assembly to."""

    status: int
    output: str
    assembly: Path


class SharedRuns:
    """The runs of one session by name. Each maker is given an empty folder of its own.

    ``folder`` is known to all workers. A lock goes with the process that holds it, so a worker that
    is killed blocks nobody.
    """

    def __init__(self, folder: Path, makers: Mapping[str, Callable[[Path], Run]]) -> None:
        self._folder = folder
        self._makers = makers

    def get(self, name: str) -> Run:
        """The run of that name, made now unless it has been made."""
        if not self._make(name, wait=False):
            self._use_the_time()
            self._make(name, wait=True)
        content = json.loads(self._result(name).read_text(encoding="utf-8"))
        return Run(
            status=content["status"], output=content["output"], assembly=Path(content["assembly"])
        )

    def _use_the_time(self) -> None:
        for name in self._makers:
            if not self._result(name).is_file() and self._make(name, wait=False):
                return

    def _make(self, name: str, *, wait: bool) -> bool:
        """Whether the run is there now; False when another worker is at it and ``wait`` is not."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / f"{name}.lock").open("w", encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                return False
            if not self._result(name).is_file():
                folder = self._folder / name
                folder.mkdir()
                run = asdict(self._makers[name](folder))
                run["assembly"] = str(run["assembly"])
                self._result(name).write_text(json.dumps(run), encoding="utf-8")
            return True

    def _result(self, name: str) -> Path:
        return self._folder / f"{name}.json"
