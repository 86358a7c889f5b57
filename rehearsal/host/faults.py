"""What may be wrong with a version: the faults of one of its tasks, as data and as decisions."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["errors", "latency", "hang", "unhealthy", "crash", "slow_start"]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault. All times are real ones.

    ``share``: of the requests that match, above 0 to 1 (errors, latency, hang). ``status``: of
    the answer (errors). ``milliseconds``: added (latency). ``seconds``: after the task's start it
    ends (crash) or begins to listen (slow_start). ``paths``: only these, without query; empty:
    all but the health check's. ``above_rate``: only while the task has got more requests than this
    in the last second; None: always. ``after_seconds``: after the task's start the fault begins
    (errors, latency, hang, unhealthy).
    """

    kind: Kind
    share: float = 1.0
    status: int = 500
    milliseconds: float = 0.0
    seconds: float = 0.0
    paths: tuple[str, ...] = ()
    above_rate: float | None = None
    after_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Treatment:
    """What one request gets: in this order a delay, then silence, or a status, or the service."""

    delay: float = 0.0
    hang: bool = False
    status: int | None = None


PASS = Treatment()


class Decisions:
    """Decides for each request of one task. ``age`` is the seconds since the task's start.

    A share is spread evenly, the same in every run: of half the requests it is every second one.
    """

    def __init__(self, faults: Sequence[Fault], *, health_path: str) -> None:
        self._faults = tuple(faults)
        self._health_path = health_path
        self._matched = [0] * len(self._faults)
        self._arrivals: deque[float] = deque()

    @property
    def listens_after(self) -> float:
        """The age at which the task begins to listen."""
        return max((one.seconds for one in self._faults if one.kind == "slow_start"), default=0.0)

    @property
    def crashes_after(self) -> float | None:
        """The age at which the task ends by itself."""
        return min((one.seconds for one in self._faults if one.kind == "crash"), default=None)

    def decide(self, path: str, *, age: float) -> Treatment:
        """What a request for ``path`` (without query) gets. Each request is asked about once."""
        if path == self._health_path:
            if any(one.kind == "unhealthy" and age >= one.after_seconds for one in self._faults):
                return Treatment(status=500)
        else:
            self._arrivals.append(age)
        while self._arrivals and self._arrivals[0] <= age - 1:
            self._arrivals.popleft()
        hit = [
            fault
            for index, fault in enumerate(self._faults)
            if self._matches(fault, path, age) and self._is_next(index)
        ]
        if not hit:
            return PASS
        return Treatment(
            delay=sum(one.milliseconds for one in hit if one.kind == "latency") / 1000,
            hang=any(one.kind == "hang" for one in hit),
            status=next((one.status for one in hit if one.kind == "errors"), None),
        )

    def _matches(self, fault: Fault, path: str, age: float) -> bool:
        if fault.kind not in ("errors", "latency", "hang") or age < fault.after_seconds:
            return False
        if fault.above_rate is not None and len(self._arrivals) <= fault.above_rate:
            return False
        return path in fault.paths if fault.paths else path != self._health_path

    def _is_next(self, index: int) -> bool:
        share = self._faults[index].share
        before = self._matched[index]
        self._matched[index] = before + 1
        return math.floor((before + 1) * share) > math.floor(before * share)


def fault_from_json(value: Mapping[str, Any]) -> Fault:
    """The fault that `dataclasses.asdict` made the value of."""
    return Fault(**{**value, "paths": tuple(value["paths"])})
