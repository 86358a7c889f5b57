"""Rotation: a request makes an AWSPENDING version, and the function is taken through its steps.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda.html. A rotation
whose function fails is tried again by AWS, which does not say when; here after `RETRY`, and at once
when RotateSecret is called.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..clock import Clock
from ..errors import ApiError, FunctionError
from .events import rotation_event
from .secret import CURRENT, PENDING, Secret

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
RETRY = timedelta(minutes=15)
"""The model's own; AWS documents that it tries again, not after how long."""

Invoke = Callable[[str, Mapping[str, str]], Any]
"""(the function's ARN, event): runs it and waits. Raises `FunctionError`."""
Publish = Callable[[Mapping[str, Any]], None]

_RATE = re.compile(r"rate\((\d+) (day|hour)s?\)")


@dataclass(eq=False)
class _Run:
    """A rotation under way: the version it rotates to, and which step is next when."""

    secret: Secret
    token: str
    due: datetime
    steps: tuple[str, ...] = STEPS
    trial: bool = False


class Rotations:
    """All rotations under way. `run_due` takes the steps, each with one call of the function."""

    def __init__(
        self,
        *,
        clock: Clock,
        secrets: Mapping[str, Secret],
        lock: threading.RLock,  # type: ignore[valid-type]
        invoke: Invoke | None,
        publish: Publish,
    ) -> None:
        self.failures: list[str] = []
        self._clock = clock
        self._secrets = secrets
        self._lock = lock
        self._invoke = invoke
        self._publish = publish
        self._runs: dict[str, _Run] = {}

    def request(self, secret: Secret, given: Mapping[str, Any], *, token: str) -> str:
        """RotateSecret. Gives the version's id.

        https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
        """
        function = given.get("RotationLambdaARN") or secret.function
        rules = given.get("RotationRules") or secret.rules
        if not function:
            raise ApiError(
                "InvalidRequestException",
                "You must provide a RotationLambdaARN: no Lambda rotation function is associated "
                "with this secret.",
            )
        if CURRENT not in secret.labels:
            raise ApiError("InvalidRequestException", "The secret has no AWSCURRENT version.")
        now = self._clock.now()
        secret.function, secret.rules = str(function), dict(rules)
        secret.rotation_enabled = True
        secret.next_rotation = _next(rules, now)
        if secret.rotating:
            run = self._runs.get(secret.arn)
            if run is None or run.token != secret.rotating:
                run = self._runs[secret.arn] = _Run(secret, secret.rotating, now)
            run.due = min(run.due, now)
            raise ApiError(
                "InvalidRequestException",
                "A previous rotation isn't complete. That rotation will be reattempted.",
            )
        if given.get("RotateImmediately", True):
            self._begin(secret, token)
        else:
            # AWS tries the configuration, with a version that it makes and removes.
            current = secret.versions[secret.labels[CURRENT]]
            secret.begin_rotation(token, now=now, content=current.content)
            self._runs[secret.arn] = _Run(secret, token, now, steps=("testSecret",), trial=True)
        return token

    def overtaken(self, secret: Secret) -> None:
        """A value that is AWSCURRENT was put by hand: a rotation under way is abandoned.

        https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieve-ct-entries.html
        """
        pending = secret.rotating
        if pending:
            secret.labels.pop(PENDING)
            self._runs.pop(secret.arn, None)
            self._publish(rotation_event(secret, "RotationAbandoned", self._clock.now()))

    def run_due(self) -> None:
        """Begin what the schedules say, and take every step that is due, up to the end of a run."""
        now = self._clock.now()
        with self._lock:
            for secret in self._secrets.values():
                due = secret.next_rotation
                if secret.rotation_enabled and due is not None and due <= now:
                    secret.next_rotation = _next(secret.rules, now)
                    if secret.arn not in self._runs and not secret.rotating:
                        self._begin(secret, _token_of(secret, now))
            runs = [one for one in self._runs.values() if one.due <= now]
        for run in runs:
            self._take(run)

    def next_due(self) -> datetime | None:
        """When the next step or schedule is due."""
        with self._lock:
            dues = [one.due for one in self._runs.values()]
            dues += [one.next_rotation for one in self._secrets.values() if one.next_rotation]
        return min(dues, default=None)

    def _begin(self, secret: Secret, token: str) -> None:
        now = self._clock.now()
        secret.begin_rotation(token, now=now)
        self._runs[secret.arn] = _Run(secret, token, now)
        self._publish(rotation_event(secret, "RotationStarted", now))

    def _take(self, run: _Run) -> None:
        if self._invoke is None:
            return
        secret = run.secret
        for step in run.steps:
            if self._runs.get(secret.arn) is not run or not secret.rotation_enabled:
                return
            event = {"Step": step, "SecretId": secret.arn, "ClientRequestToken": run.token}
            try:
                self._invoke(secret.function, event)
            except FunctionError as error:
                self._failed(run, f"{step} of {secret.name}: {error}")
                return
        self._ended(run)

    def _failed(self, run: _Run, why: str) -> None:
        with self._lock:
            self.failures.append(why)
            run.due = self._clock.now() + RETRY
            self._publish(rotation_event(run.secret, "RotationFailed", self._clock.now()))
            if run.trial:
                self._runs.pop(run.secret.arn, None)
                run.secret.drop(run.token)

    def _ended(self, run: _Run) -> None:
        secret, now = run.secret, self._clock.now()
        with self._lock:
            self._runs.pop(secret.arn, None)
            if run.trial:
                secret.drop(run.token)
                return
            if secret.labels.get(CURRENT) != run.token:
                self.failures.append(f"{secret.name}: all steps were taken, AWSCURRENT is another")
                return
            secret.rotated = now
            secret.next_rotation = _next(secret.rules, now)
            self._publish(rotation_event(secret, "RotationSucceeded", now))


def _next(rules: Mapping[str, Any], now: datetime) -> datetime | None:
    """When a rate is due next; a cron expression is not played."""
    match = _RATE.fullmatch(str(rules.get("ScheduleExpression", "")))
    if match:
        return now + timedelta(**{f"{match[2]}s": int(match[1])})
    days = rules.get("AutomaticallyAfterDays")
    return now + timedelta(days=int(days)) if days else None


def _token_of(secret: Secret, now: datetime) -> str:
    return f"{secret.name.replace('/', '-')}-{now.timestamp():.0f}".ljust(32, "0")[-64:]
