"""Lambda for a rehearsal: invokes registered functions in processes, synchronously or not.

An environment is kept for further invocations and ends when it has been idle for a while; what runs
at the same time runs in environments of its own
(https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html). What a function does takes
real time, and its time-out counts real seconds: only AWS's own waiting is faster here.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ..clock import Clock
from ..errors import FunctionError, InvocationRefusedError
from .sandbox import Sandbox, Start, timed_out

# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
RETRIES = (60, 120)
IDLE_SECONDS = 15.0
# Threads that only wait. Of Lambda it is 1000 an account and Region, unless more were asked for.
_AT_ONCE = 100

Environment = Callable[[Mapping[str, Any]], Mapping[str, str]]
"""A function's resolved properties -> the environment variables of its process."""


@dataclass(eq=False, kw_only=True)
class _Invocation:
    function: str
    event: Any
    due: datetime
    attempt: int = 0


class FunctionPool:
    """The functions of one account and Region.

    ``code``: a function's or a layer's properties -> the folder of its package. ``on_error`` is
    told of every invocation that ended in an error (package, why). ``silent`` packages hang: they
    take events and do not answer until their time-out. ``idle_seconds`` are real.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        start: Start,
        code: Callable[[Mapping[str, Any]], Path],
        environment: Environment,
        on_error: Callable[[str, str], None],
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self.silent: set[str] = set()
        self._clock = clock
        self._start = start
        self._code = code
        self._environment = environment
        self._on_error = on_error
        self._idle_seconds = idle_seconds
        self._failure: Exception | None = None
        self._properties: dict[str, Mapping[str, Any]] = {}
        self._layers: dict[str, Mapping[str, Any]] = {}
        self._idle: dict[str, list[Sandbox]] = {}
        self._busy: set[Sandbox] = set()
        self._waiting: list[_Invocation] = []
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._threads = ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="function")

    def register(self, arn: str, properties: Mapping[str, Any]) -> None:
        """As CloudFormation creates or updates a function. What runs goes on as it is."""
        with self._lock:
            self._properties[arn] = properties
            old = self._idle.pop(arn, [])
        for one in old:
            one.close()

    def register_layer(self, arn: str, properties: Mapping[str, Any]) -> None:
        """A version of a layer, for functions that name it."""
        self._layers[arn] = properties

    def package(self, arn: str) -> str:
        """``lambdas/<package>`` of a function."""
        return str(self._properties[arn]["Handler"]).split(".")[1]

    def arn(self, package: str) -> str:
        """The function of that package. Raises `KeyError`."""
        for arn in self._properties:
            if self.package(arn) == package:
                return arn
        raise KeyError(package)

    def variables(self, package: str) -> Mapping[str, str]:
        """The environment variables of the template, of the function of that package."""
        found = self._properties[self.arn(package)]
        variables: Mapping[str, str] = found.get("Environment", {}).get("Variables", {})
        return variables

    def invoke(self, function: str, event: Any) -> Any:
        """Wait for its answer. Raises `FunctionError`."""
        properties = self._known(function)
        try:
            self._hang(function, seconds=_time_out(properties))
            return self._run(function, properties, event)
        except FunctionError as error:
            if not self._closed.is_set():
                self._on_error(self.package(function), str(error))
            raise

    def invoke_later(self, function: str, event: Any) -> None:
        """An asynchronous invocation, which begins when `run_due` is called next.

        Raises `InvocationRefusedError` for an unknown function.
        """
        self._known(function)
        invocation = _Invocation(function=function, event=event, due=self._clock.now())
        with self._lock:
            self._waiting.append(invocation)

    def run_due(self) -> None:
        """Begin what is due, what failed among it; end environments that are idle.

        Raises what kept an asynchronous invocation from being run at all.
        """
        if self._failure is not None:
            raise self._failure
        now = self._clock.now()
        with self._lock:
            due = [one for one in self._waiting if one.due <= now]
            self._waiting = [one for one in self._waiting if one.due > now]
            stale = self._take_stale()
        for one in due:
            self._submit(one)
        for sandbox in stale:
            sandbox.close()

    def next_due(self) -> datetime | None:
        """When the next invocation is tried again."""
        with self._lock:
            return min((one.due for one in self._waiting), default=None)

    def close(self) -> None:
        """End every environment, busy or not."""
        self._closed.set()
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            busy = list(self._busy)
            idle = [one for many in self._idle.values() for one in many]
            self._idle.clear()
        for one in busy:
            one.kill()
        for one in idle:
            one.close()
        self._threads.shutdown(wait=True)

    def _known(self, function: str) -> Mapping[str, Any]:
        properties = self._properties.get(function)
        if properties is None:
            raise InvocationRefusedError(f"Function not found: {function}")
        return properties

    def _submit(self, invocation: _Invocation) -> None:
        if not self._closed.is_set():
            self._threads.submit(self._run_once, invocation)

    def _run_once(self, invocation: _Invocation) -> None:
        try:
            self.invoke(invocation.function, invocation.event)
        except FunctionError:
            if invocation.attempt < len(RETRIES) and not self._closed.is_set():
                delay = timedelta(seconds=RETRIES[invocation.attempt])
                invocation.attempt += 1
                invocation.due = self._clock.now() + delay
                with self._lock:
                    self._waiting.append(invocation)
        except Exception as error:
            if not self._closed.is_set():
                self._failure = self._failure or error

    def _hang(self, function: str, *, seconds: float) -> None:
        """As long as the function's package is silent, at most so long."""
        until = time.monotonic() + seconds
        while self.package(function) in self.silent:
            if self._closed.wait(0.05):
                raise _ended()
            if time.monotonic() >= until:
                raise timed_out(seconds)

    def _run(self, function: str, properties: Mapping[str, Any], event: Any) -> Any:
        sandbox = self._take(function, properties)
        try:
            return sandbox.run(event, seconds=_time_out(properties))
        finally:
            self._give_back(function, properties, sandbox)

    def _take(self, function: str, properties: Mapping[str, Any]) -> Sandbox:
        with self._lock:
            if self._closed.is_set():
                raise _ended()
            idle = self._idle.get(function, [])
            found = idle.pop() if idle else None
            if found is not None and found.alive:
                self._busy.add(found)
                return found
        if found is not None:
            found.close()
        sandbox = Sandbox(
            start=self._start,
            name=f"function-{self.package(function)}",
            handler=str(properties["Handler"]),
            folder=self._code(properties),
            environment=self._environment(properties),
            layers=[self._code(self._layers[one]) for one in properties.get("Layers", [])],
        )
        with self._lock:
            self._busy.add(sandbox)
            if not self._closed.is_set():
                return sandbox
        self._give_back(function, properties, sandbox)
        raise _ended()

    def _give_back(self, function: str, properties: Mapping[str, Any], sandbox: Sandbox) -> None:
        with self._lock:
            self._busy.discard(sandbox)
            current = self._properties.get(function) is properties
            if sandbox.alive and current and not self._closed.is_set():
                self._idle.setdefault(function, []).append(sandbox)
                return
        sandbox.close()

    def _take_stale(self) -> list[Sandbox]:
        limit = time.monotonic() - self._idle_seconds
        stale = []
        for function, idle in self._idle.items():
            stale += [one for one in idle if one.idle_since < limit]
            self._idle[function] = [one for one in idle if one.idle_since >= limit]
        return stale


def _time_out(properties: Mapping[str, Any]) -> float:
    """Real seconds; three unless the template says otherwise.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
    """
    return float(properties.get("Timeout", 3))


def _ended() -> FunctionError:
    return FunctionError("Sandbox.Closed", "the rehearsal has ended")
