"""Writes down the rotations of secrets, from the events that Secrets Manager publishes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..recording import EnvironmentRecord, RotationRecord, RotationResult
from .recorder import Recorder

_ENDS: Mapping[str, RotationResult] = {
    "RotationSucceeded": "succeeded",
    "RotationFailed": "failed",
    "RotationAbandoned": "abandoned",
}


class RotationLog:
    """``why`` says why the latest run failed. Tests of a configuration are not written down."""

    def __init__(
        self, *, record: EnvironmentRecord, recorder: Recorder, why: Callable[[], str]
    ) -> None:
        self._record = record
        self._recorder = recorder
        self._why = why

    def published(self, event: Mapping[str, Any]) -> None:
        """An event, of which those of rotations are looked at."""
        name = str(event["detail"].get("eventName", ""))
        arn = str(event["detail"].get("additionalEventData", {}).get("SecretId", ""))
        if name == "RotationStarted":
            self._begin(_name(arn))
        elif name in _ENDS:
            self._end(_name(arn), _ENDS[name])

    def _begin(self, secret: str) -> None:
        start = round(max(0.0, self._recorder.now()), 2)
        with self._recorder.lock:
            self._record.rotations.append(RotationRecord(secret=secret, start=start))
        self._recorder.mark("rotation", f"{secret} begins to rotate", at=start)

    def _end(self, secret: str, result: RotationResult) -> None:
        """A run that failed goes on when it is tried again: its record ends anew."""
        now = round(max(0.0, self._recorder.now()), 2)
        found = [one for one in self._record.rotations if one.secret == secret]
        if not found:
            return
        latest = found[-1]
        with self._recorder.lock:
            latest.end, latest.result = now, result
            latest.reason = self._why() if result == "failed" else ""
        text = f"{secret} {_SAID[result]} after {now - latest.start:.1f} s"
        self._recorder.mark("rotation", f"{text}: {latest.reason}" if latest.reason else text)


_SAID: Mapping[RotationResult, str] = {
    "running": "rotates",
    "succeeded": "has rotated",
    "failed": "failed to rotate",
    "abandoned": "was changed by hand, its rotation abandoned",
}


def _name(arn: str) -> str:
    """The secret's name: the end of its ARN without what makes it unique."""
    return arn.rpartition(":")[2].rpartition("-")[0]
