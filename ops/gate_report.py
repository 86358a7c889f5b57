"""What a gate is run at, and what its function's report means: types and rules, without I/O."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class GateTarget:
    """One service in one region: the function that checks it, and the role that may invoke it."""

    account: str
    region: str
    role_arn: str
    service: str
    function_name: str


@dataclass(frozen=True, kw_only=True)
class CheckOutcome:
    """A check as its function reported it. `p95_ms` is None when nothing answered."""

    name: str
    passed: bool
    requests: int
    p95_ms: float | None
    failures: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class TargetResult:
    """What one target came to. `error` is set when its checks could not be run or understood."""

    target: GateTarget
    summary: str
    checks: tuple[CheckOutcome, ...] = ()
    error: str | None = None

    @property
    def passed(self) -> bool:
        """Whether the checks were run and every one passed. An error never passes."""
        return self.error is None and all(check.passed for check in self.checks)


class NotRun(Exception):
    """A target's checks could not be run; the message says why."""


def understand(document: Any, target: GateTarget, *, environment: str, gate: str) -> TargetResult:
    """Read a report strictly: what is not surely a pass of this gate, here, is no pass."""
    try:
        if document.get("error"):
            raise NotRun(f"the checks were not run: {document['error']}")
        asked = {"service": target.service, "environment": environment, "gate": gate}
        for key, expected in asked.items():
            if document[key] != expected:
                raise NotRun(
                    f"function {target.function_name} answered for the {key} {document[key]!r}, "
                    f"asked was {expected!r}; the targets name the wrong function"
                )
        checks = tuple(_check(check) for check in document["checks"])
        result = TargetResult(target=target, summary=str(document["summary"]), checks=checks)
        if document["passed"] is not result.passed:
            raise NotRun(f"the report contradicts itself: {json.dumps(document)[:300]}")
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise NotRun(
            f"function {target.function_name} answered something that is no report "
            f"({type(error).__name__} {error}): {json.dumps(document)[:300]}"
        ) from error
    return result


def _check(check: Any) -> CheckOutcome:
    return CheckOutcome(
        name=str(check["name"]),
        passed=check["passed"] is True,
        requests=int(check["requests"]),
        p95_ms=None if check["p95_ms"] is None else float(check["p95_ms"]),
        failures=tuple(str(reason) for reason in check["failures"]),
    )


def not_run(target: GateTarget, error: str) -> TargetResult:
    """Return the result of a target whose checks could not be run."""
    return TargetResult(target=target, summary=error, error=error)
