"""The load balancer's health checks: real requests in a thread of their own, and what they mean.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
"""

from __future__ import annotations

import asyncio
import threading
from asyncio import AbstractEventLoop
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from .http_messages import LIMIT, MalformedError, read_head
from .ports import HOST
from .task_terms import Check

LEAST_INTERVAL = 0.2
LEAST_TIMEOUT = 2.0
# How long a process may take to listen, in real time: that does not run faster than on AWS.
START_SECONDS = 10.0


@dataclass(kw_only=True)
class TargetHealth:
    """What the checks of one target add up to.

    A new target is healthy after one passed check; after that, the thresholds count checks in a
    row (the page above). Until it listens, for `START_SECONDS` at most, checks do not count.
    """

    check: Check
    state: Literal["initial", "healthy", "unhealthy"] = "initial"
    detail: str = ""
    _reached: bool = False
    _passed: int = 0
    _failed: int = 0

    def note(self, result: Result, *, age: float) -> None:
        """Count one check. ``age``: real seconds since the task was started."""
        self._reached = self._reached or not result.refused
        if not self._reached and age < START_SECONDS:
            return
        if result.passed:
            self._passed, self._failed = self._passed + 1, 0
            needed = 1 if self.state == "initial" else self.check.healthy_threshold
            if self._passed >= needed:
                self.state = "healthy"
        else:
            self._passed, self._failed = 0, self._failed + 1
            self.detail = result.detail
            if self._failed >= self.check.unhealthy_threshold:
                self.state = "unhealthy"


@dataclass(frozen=True, kw_only=True)
class Result:
    """One check of one target. ``detail``: why it failed; ``refused``: because nothing listened."""

    target: str
    passed: bool
    detail: str = ""
    refused: bool = False


@dataclass(kw_only=True)
class HealthChecks:
    """Checks targets from `watch` to `forget`. Only notes results; `results` hands them out.

    ``factor``: how much faster than the templates' seconds the checks follow each other, though
    not below `LEAST_INTERVAL`. A check lasts as long as it lasts and does not move the next one
    (as on AWS), so a target that hangs delays neither its own checks nor others'.
    """

    factor: float
    _results: deque[Result] = field(default_factory=deque)
    _watched: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _loop: AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="health checks", daemon=True
        )
        self._thread.start()

    def watch(self, target: str, *, port: int, check: Check) -> None:
        """Begin to check a target at once."""
        self._loop.call_soon_threadsafe(self._begin, target, port, check)

    def forget(self, target: str) -> None:
        """Check no more. Results that have been noted may still be handed out."""
        self._loop.call_soon_threadsafe(self._end, target)

    def results(self) -> list[Result]:
        """What was noted since the last call, in order."""
        taken = []
        with suppress(IndexError):
            while True:
                taken.append(self._results.popleft())
        return taken

    def close(self) -> None:
        """End all checks. Again: nothing."""
        if not self._loop.is_closed():
            asyncio.run_coroutine_threadsafe(_cancel_all(), self._loop).result(LEAST_TIMEOUT)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def _begin(self, target: str, port: int, check: Check) -> None:
        self._watched[target] = self._loop.create_task(self._repeat(target, port, check))

    def _end(self, target: str) -> None:
        if (task := self._watched.pop(target, None)) is not None:
            task.cancel()

    async def _repeat(self, target: str, port: int, check: Check) -> None:
        interval = max(check.interval / self.factor, LEAST_INTERVAL)
        running: set[asyncio.Task[None]] = set()
        due = self._loop.time()
        try:
            while True:
                task = self._loop.create_task(self._note(target, port, check))
                running.add(task)
                task.add_done_callback(running.discard)
                due = max(due + interval, self._loop.time())
                await asyncio.sleep(due - self._loop.time())
        finally:
            for task in running:
                task.cancel()

    async def _note(self, target: str, port: int, check: Check) -> None:
        self._results.append(await _check(target, port, check))


async def _check(target: str, port: int, check: Check) -> Result:
    timeout = max(check.timeout, LEAST_TIMEOUT)
    try:
        async with asyncio.timeout(timeout):
            status = await _status(port, check.path)
    except TimeoutError:
        return Result(target=target, passed=False, detail=f"no answer within {timeout:g} s")
    except ConnectionRefusedError:
        return Result(target=target, passed=False, detail="connection refused", refused=True)
    except (OSError, MalformedError) as error:
        return Result(target=target, passed=False, detail=str(error) or type(error).__name__)
    if check.accepts(status):
        return Result(target=target, passed=True)
    return Result(target=target, passed=False, detail=f"status {status}, not {check.codes}")


async def _status(port: int, path: str) -> int:
    reader, writer = await asyncio.open_connection(HOST, port, limit=LIMIT)
    try:
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\n"
            "User-Agent: ELB-HealthChecker/2.0\r\nConnection: close\r\n\r\n".encode()
        )
        head = await read_head(reader)
        if head is None:
            raise MalformedError("closed without an answer")
        return head.status
    finally:
        writer.close()


async def _cancel_all() -> None:
    own = asyncio.current_task()
    others = [task for task in asyncio.all_tasks() if task is not own]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
