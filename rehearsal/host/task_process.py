"""The process of a task, with the proxy before it when the task has faults."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

from . import fault_proxy
from .ports import Ports
from .processes import Processes
from .task_terms import Launch, LaunchRequest

_ROOT = Path(__file__).resolve().parents[2]


class Starter:
    """Starts tasks. ``launch`` says how."""

    def __init__(
        self, *, processes: Processes, ports: Ports, launch: Callable[[LaunchRequest], Launch]
    ) -> None:
        self._processes = processes
        self._ports = ports
        self._launch = launch

    def start(
        self, task_id: str, *, task_set: str, task_definition: str, health_path: str
    ) -> tuple[subprocess.Popen[bytes], int]:
        """The process that is the task, and the port that it is reached at.

        Raises `ProcessesError` and `PortError`.
        """
        inner = self._ports.take()
        launch = self._launch(
            LaunchRequest(
                task_id=task_id, task_set=task_set, task_definition=task_definition, port=inner
            )
        )
        environment = {"PATH": os.environ.get("PATH", os.defpath), **launch.environment}
        if not launch.faults:
            process = self._processes.start(
                launch.argv,
                name=log_name(task_id),
                environment=environment,
                folder=launch.folder,
            )
            return process, inner
        settings = fault_proxy.Settings(
            port=self._ports.take(),
            inner=inner,
            argv=launch.argv,
            environment=environment,
            health_path=health_path,
            faults=launch.faults,
        )
        return self._start_proxy(settings, task_id, launch.folder), settings.port

    def log(self, task_id: str) -> str:
        """The last lines that a task wrote."""
        return self._processes.log(log_name(task_id))

    def _start_proxy(
        self, settings: fault_proxy.Settings, task_id: str, folder: Path
    ) -> subprocess.Popen[bytes]:
        # A file without a name: the settings hold passwords.
        with tempfile.TemporaryFile() as file:
            file.write(settings.to_json())
            file.seek(0)
            return self._processes.start(
                (sys.executable, "-m", fault_proxy.__name__),
                name=log_name(task_id),
                environment={
                    "PATH": settings.environment["PATH"],
                    "PYTHONPATH": str(_ROOT),
                    "PYTHONDONTWRITEBYTECODE": "1",
                },
                folder=folder,
                stdin=file,
            )


def log_name(task_id: str) -> str:
    """Under which `Processes.log` has what a task wrote."""
    return f"task-{task_id[:8]}"


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the process and all that it started, none of which can react."""
    if process.poll() is not None:
        return
    with suppress(psutil.NoSuchProcess):
        started = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        for child in started:
            with suppress(psutil.NoSuchProcess):
                child.kill()


def exit_code(process: subprocess.Popen[bytes]) -> int | None:
    """As a container's: 128 and the signal's number for what a signal ended; None while it runs."""
    status = process.poll()
    return status if status is None or status >= 0 else 128 - status
