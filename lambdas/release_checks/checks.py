"""What a check is and what makes an answer pass: types and rules, without I/O."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

SHOWN_CHARACTERS = 120


class InvalidInput(ValueError):
    """Something given from outside cannot be used; the message is meant for its author."""


class Gate(StrEnum):
    """A point of the release at which checks are run."""

    SMOKE = "smoke"
    ACCEPTANCE = "acceptance"
    RELEASE = "release"

    @classmethod
    def parse(cls, value: object) -> Gate:
        """Return the gate called `value`, or raise `InvalidInput` naming the gates there are."""
        try:
            return cls(str(value))
        except ValueError:
            allowed = ", ".join(cls)
            raise InvalidInput(f"unknown gate {value!r}; allowed: {allowed}") from None


@dataclass(frozen=True, kw_only=True)
class Check:
    """One request and what its answer must be.

    `status` is compared exactly, redirects included: none is followed. `json` maps a dotted path
    (`items.0.id`; a number is a list index) to the value expected there. `response_headers` maps
    a header's name (any case) to a text its value must contain. The request is made
    `repetitions` times, each on a connection of its own. `p95_ms` bounds the 95th percentile
    (`p95`) of the milliseconds from connecting to the last byte read, TLS included.
    `timeout_seconds` bounds one whole request.
    """

    name: str
    gates: frozenset[Gate]
    path: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    request_body: str | None = None
    status: int = 200
    body_contains: str | None = None
    json: Mapping[str, Any] = field(default_factory=dict)
    response_headers: Mapping[str, str] = field(default_factory=dict)
    repetitions: int = 5
    p95_ms: float | None = None
    timeout_seconds: float = 5.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A complete HTTP answer.

    `headers` has lower-case names; a repeated header's values are joined by ", ". `truncated`
    tells that the body went on after the bytes kept in `body`.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    truncated: bool
    elapsed_ms: float


@dataclass(frozen=True, kw_only=True)
class NoAnswer:
    """A request that ended without a complete HTTP answer, and why."""

    reason: str


def p95(samples: Sequence[float]) -> float:
    """Return the 95th percentile of `samples` by the nearest-rank method.

    It is the smallest sample such that at least 95 % of the samples are not above it: the
    ceil(0.95 n)-th of the n sorted samples. So it is always a value that was measured, and with
    fewer than 20 samples it is the largest one. `samples` must not be empty.
    """
    if not samples:
        raise ValueError("p95 of no samples")
    # In whole numbers: 0.95 * 20 is not exactly 19 in binary floating point for every n.
    rank = -(-95 * len(samples) // 100)
    return sorted(samples)[rank - 1]


def reasons_to_reject(check: Check, answer: Answer) -> list[str]:
    """Return why `answer` does not satisfy `check`, latency aside; empty when it does.

    With a wrong status that is the only reason: the rest then describes another answer than the
    one the check is about.
    """
    if answer.status != check.status:
        return [_wrong_status(check, answer)]
    return [
        *_wrong_headers(check, answer),
        *_wrong_body(check, answer),
        *_wrong_json(check, answer),
    ]


def over_budget(check: Check, samples: Sequence[float]) -> str | None:
    """Return why the latencies break the check's budget, or None. No samples break nothing."""
    if check.p95_ms is None or not samples:
        return None
    measured = p95(samples)
    if measured <= check.p95_ms:
        return None
    return (
        f"too slow: p95 {measured:.0f} ms over {len(samples)} answers, allowed {check.p95_ms:g} ms"
    )


def _wrong_status(check: Check, answer: Answer) -> str:
    reason = f"expected status {check.status}, got {answer.status}"
    location = answer.headers.get("location")
    if location is not None and 300 <= answer.status < 400:
        reason += f", a redirect to {_shown(location)} (redirects are not followed)"
    return reason


def _wrong_headers(check: Check, answer: Answer) -> list[str]:
    reasons = []
    for name, expected in check.response_headers.items():
        got = answer.headers.get(name.lower())
        if got is None:
            reasons.append(f"no header {name}; expected one containing {_shown(expected)}")
        elif expected not in got:
            reasons.append(f"header {name}: expected {_shown(expected)} in it, got {_shown(got)}")
    return reasons


def _wrong_body(check: Check, answer: Answer) -> list[str]:
    if check.body_contains is None:
        return []
    text = answer.body.decode("utf-8", errors="replace")
    if check.body_contains in text:
        return []
    part = f"the first {len(answer.body)} bytes of the body" if answer.truncated else "the body"
    return [f"{part} does not contain {_shown(check.body_contains)}; it begins {_shown(text)}"]


def _wrong_json(check: Check, answer: Answer) -> list[str]:
    if not check.json:
        return []
    if answer.truncated:
        return [f"the body is larger than {len(answer.body)} bytes; it was not read as JSON"]
    try:
        document = json.loads(answer.body)
    except ValueError:
        text = answer.body.decode("utf-8", errors="replace")
        return [f"the body is not JSON; it begins {_shown(text)}"]
    reasons = []
    for path, expected in check.json.items():
        found, got = _look_up(document, path)
        if not found:
            reasons.append(f"JSON {path}: expected {_as_json(expected)}, but there is no such path")
        elif not _same_json(got, expected):
            reasons.append(f"JSON {path}: expected {_as_json(expected)}, got {_as_json(got)}")
    return reasons


def _look_up(document: Any, path: str) -> tuple[bool, Any]:
    here = document
    for step in path.split("."):
        if isinstance(here, dict) and step in here:
            here = here[step]
        elif isinstance(here, list) and step.isdecimal() and int(step) < len(here):
            here = here[int(step)]
        else:
            return False, None
    return True, here


def _same_json(left: Any, right: Any) -> bool:
    """Compare as JSON does: `true` is not 1 (in Python it is), while 1 and 1.0 are one number."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same_json(left[k], right[k]) for k in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same_json, left, right))
    return bool(left == right)


def _shown(text: str) -> str:
    return repr(text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…")


def _as_json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"


def is_number(value: object) -> bool:
    """Tell whether `value` is a finite JSON number; booleans are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
