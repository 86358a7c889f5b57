"""The answer that a gate gives: for programs as JSON, for people as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NotRequired, TypedDict

from .checks import Gate
from .runner import CheckResult


class CheckReport(TypedDict):
    """One check of a report. `p95_ms` is null when nothing answered."""

    name: str
    passed: bool
    requests: int
    repetitions: int
    failures: list[str]
    p95_ms: float | None
    budget_ms: float | None


class Report(TypedDict):
    """What a gate answers. `gate` is null and `error` is there when it could not be run at all."""

    service: str
    environment: str
    gate: str | None
    passed: bool
    checks: list[CheckReport]
    summary: str
    error: NotRequired[str]


def report(*, service: str, environment: str, gate: Gate, results: Sequence[CheckResult]) -> Report:
    """Return the report of a gate that was run. A gate without checks passes and says so."""
    return {
        "service": service,
        "environment": environment,
        "gate": gate.value,
        "passed": all(result.passed for result in results),
        "checks": [_check(result) for result in results],
        "summary": f"{service} {gate} in {environment}: {_outcome(results)}",
    }


def refusal(*, service: str, environment: str, error: str) -> Report:
    """Return the report of a request that could not be understood: not passed, nothing run."""
    return {
        "service": service,
        "environment": environment,
        "gate": None,
        "passed": False,
        "checks": [],
        "summary": f"{service} in {environment}: no check was run: {error}",
        "error": error,
    }


def as_text(document: Report) -> str:
    """Return the report for a terminal: a line a check, its failures below it, then the summary."""
    lines = []
    for check in document["checks"]:
        mark = "pass" if check["passed"] else "FAIL"
        latency = "no answer" if check["p95_ms"] is None else f"p95 {check['p95_ms']:.0f} ms"
        asked = f"{check['requests']}/{check['repetitions']} requests"
        lines.append(f"{mark}  {check['name']}  ({asked}, {latency})")
        lines += [f"        {failure}" for failure in check["failures"]]
    return "\n".join([*lines, document["summary"]])


def _check(result: CheckResult) -> CheckReport:
    return {
        "name": result.name,
        "passed": result.passed,
        "requests": result.requests,
        "repetitions": result.repetitions,
        "failures": list(result.failures),
        "p95_ms": result.p95_ms,
        "budget_ms": result.budget_ms,
    }


def _outcome(results: Sequence[CheckResult]) -> str:
    if not results:
        return "no checks for this gate"
    failed = [result for result in results if not result.passed]
    if not failed:
        return f"all {len(results)} checks passed"
    first = failed[0]
    more = f", and {len(failed) - 1} more" if len(failed) > 1 else ""
    return (
        f"{len(failed)} of {len(results)} checks failed: {first.name} ({first.failures[0]}){more}"
    )
