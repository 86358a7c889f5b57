"""The load balancers of one environment: a Caddy that looks up whose turn it is."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from .access_log import AccessLog
from .caddy import executable
from .configuration import configuration
from .parts import Access, BalancerError, Group, Listener, Start
from .shares import turns
from .table import Table

_STARTING_SECONDS = 20.0
_STOPPING_SECONDS = 3.0


class Balancer:
    """Listeners on 127.0.0.1 that forward each request to a target, as an AWS load balancer does.

    What it answers by itself: 502 when the target refuses the connection or breaks it, 503 when
    the group whose turn it is has no target, 504 when the target has not begun to answer within
    ``idle_seconds`` (real, default 60, which is an Application Load Balancer's default).
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html

    An answer of a target names it in the header `X-Rehearsal-Target`. ``on_access`` is called in a
    thread of its own with each request that ended. Files are only written in ``folder``, which is
    this balancer's own.

    Different from AWS: a GET that a target drops together with a kept connection, before any of
    the answer, is sent to it once more (Go's http.Transport) where AWS answers 502; an answer
    that stalls after it has begun is not cut.
    """

    def __init__(
        self,
        *,
        start: Start,
        folder: Path,
        name: str,
        listeners: Sequence[Listener],
        on_access: Callable[[Access], None],
        idle_seconds: float = 60.0,
    ) -> None:
        self._start = start
        self._folder = folder
        self._name = name
        self._listeners = tuple(listeners)
        self._on_access = on_access
        self._idle_seconds = idle_seconds
        self._tables = {one.name: Table(folder=folder, name=one.name) for one in listeners}
        self._process: subprocess.Popen[bytes] | None = None
        self._log: AccessLog | None = None

    def open(self) -> None:
        """Start, and return when all listeners answer; they answer 503 until they are routed.

        Raises `BalancerError` when Caddy is missing, a port is taken or Caddy ends by itself.
        """
        caddy = executable()
        for listener in self._listeners:
            self._refuse_taken(listener)
        for table in self._tables.values():
            table.open()
        self._process = self._run(caddy)
        assert self._process.stdout is not None
        with self._process.stdout as requests:
            self._log = AccessLog(
                os.dup(requests.fileno()), name=self._name, on_access=self._on_access
            )
        self._await_listeners(self._process)

    def route(self, routes: Mapping[str, Sequence[Group]]) -> bool:
        """Let each listener forward to its groups; one that is not named answers 503.

        Returns whether that is a change. When it returns, every new request goes where it was
        told, whatever connection it comes on; requests under way go on to their end. It takes
        about a millisecond. Raises `BalancerError` when a name is unknown or Caddy has ended.
        """
        if self._process is None:
            raise BalancerError(f"load balancer {self._name} is not open")
        if self._process.poll() is not None:
            raise BalancerError(f"load balancer {self._name} has ended: {self._last_words()}")
        unknown = sorted(routes.keys() - self._tables.keys())
        if unknown:
            raise BalancerError(
                f"load balancer {self._name}: no listener {', '.join(unknown)}; "
                f"it has {', '.join(self._tables)}"
            )
        changes = [table.write(turns(routes.get(name, ()))) for name, table in self._tables.items()]
        return any(changes)

    def close(self) -> None:
        """End the process; requests under way get 3 seconds. Raises what `on_access` raised."""
        process, log = self._process, self._log
        self._process = self._log = None
        if process is not None:
            process.terminate()
            try:
                process.wait(_STOPPING_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for table in self._tables.values():
            table.close()
        if log is not None:
            log.finish(_STOPPING_SECONDS)

    def _run(self, caddy: Path) -> subprocess.Popen[bytes]:
        file = self._folder / "caddy.json"
        told = configuration(
            listeners=self._listeners, tables=self._tables, idle_seconds=self._idle_seconds
        )
        file.write_text(json.dumps(told, indent=1), encoding="utf-8")
        home = str(self._folder)
        with self._words().open("wb") as words:
            return self._start(
                [str(caddy), "run", "--config", str(file)],
                name=self._name,
                # Nothing of this process's own: Caddy knows variables for proxies and settings.
                environment={"HOME": home, "XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home},
                folder=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=words,
            )

    def _refuse_taken(self, listener: Listener) -> None:
        """Caddy would share a port with another Caddy (SO_REUSEPORT) and not say so."""
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", listener.port))
            except OSError as error:
                raise BalancerError(
                    f"load balancer {self._name}: listener {listener.name} cannot have port "
                    f"{listener.port}: {error.strerror}. End what listens there, or give "
                    "another port"
                ) from None

    def _await_listeners(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + _STARTING_SECONDS
        while not all(_answers(one.port) for one in self._listeners):
            problem = ""
            if process.poll() is not None:
                problem = self._last_words()
            elif time.monotonic() > until:
                problem = f"Caddy does not listen after {_STARTING_SECONDS:g} s"
            if problem:
                self.close()
                raise BalancerError(f"load balancer {self._name}: {problem}; see {self._words()}")
            time.sleep(0.02)

    def _words(self) -> Path:
        return self._folder / "caddy.log"

    def _last_words(self) -> str:
        """Why Caddy ended, in its own words."""
        lines = self._words().read_text(encoding="utf-8", errors="replace").split("\n")
        for line in reversed(lines):
            with suppress(ValueError, KeyError):
                entry = json.loads(line)
                if entry["level"] in ("error", "fatal"):
                    return str(entry["msg"])
        return "Caddy ended without a word"


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
