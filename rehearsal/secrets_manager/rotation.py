"""Rotation: a request makes an AWSPENDING version, and the function is taken through its steps.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda.html. "If rotation
fails, Secrets Manager retries the entire rotation process multiple times"
(https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html): how often
and how long afterwards is not documented. Here it is tried again after `RETRY` until it succeeds,
and at once when RotateSecret is called. Not documented either: that a run whose steps all ended
well and left AWSCURRENT where it was counts as failed; what RotateSecret does with rules and no
function, or with a token that is a version's already.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..clock import Clock
from ..errors import ApiError, FunctionError, InvocationRefusedError
from .events import rotation_event
from .schedule import check_rules, next_window
from .secret import CURRENT, PENDING, Secret

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
RETRY = timedelta(minutes=15)
"""The model's own; AWS documents that it tries again, not after how long."""

Invoke = Callable[[str, Mapping[str, str]], Any]
"""(the function's ARN, event): runs it and waits. Raises `FunctionError`."""
Publish = Callable[[Mapping[str, Any]], None]


@dataclass(eq=False)
class _Run:
    """A rotation under way: the version it rotates to, and when it is tried next.

    A trial is of the configuration: RotateSecret with ``RotateImmediately`` false.
    """

    secret: Secret
    token: str
    due: datetime
    trial: bool = False
    taken: bool = False

    def event(self, outcome: str, now: datetime) -> Mapping[str, Any]:
        """``outcome``: Started, Succeeded or Failed."""
        kind = "TestRotation" if self.trial else "Rotation"
        return rotation_event(self.secret, kind + outcome, now)


class Rotations:
    """All rotations under way. `run_due` takes the steps, each with one call of the function."""

    def __init__(
        self,
        *,
        clock: Clock,
        secrets: Mapping[str, Secret],
        lock: AbstractContextManager[object],
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

    @property
    def under_way(self) -> bool:
        """Whether anything rotates, or is tried."""
        with self._lock:
            return bool(self._runs)

    def request(self, secret: Secret, given: Mapping[str, Any], *, token: str) -> str:
        """RotateSecret. Gives the version's id.

        https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html: an
        AWSPENDING that is on another version than AWSCURRENT means that a rotation is still in
        progress. That one "will be reattempted", as the refusal has it:
        https://github.com/aws/aws-cdk/issues/28539. Without ``RotateImmediately`` only testSecret
        is run, with an AWSPENDING version that is made for it and removed. What is in that version
        is not documented: here the current value, as the guard of AWS's own functions expects
        something to be there.
        """
        self._configure(secret, given)
        now = self._clock.now()
        if secret.rotating:
            run = self._runs.get(secret.arn)
            if run is None or run.token != secret.rotating:
                run = self._runs[secret.arn] = _Run(secret, secret.rotating, now)
            run.due = min(run.due, now)
            raise ApiError(
                "InvalidRequestException",
                "A previous rotation isn't complete. That rotation will be reattempted.",
            )
        self._begin(_Run(secret, token, now, trial=not given.get("RotateImmediately", True)))
        return token

    def cancel(self, secret: Secret) -> None:
        """CancelRotateSecret: labels stay where they are; a step that runs is not stopped.

        https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CancelRotateSecret.html
        """
        self._runs.pop(secret.arn, None)
        secret.rotation_enabled = False
        secret.window = None

    def forget(self, secret: Secret) -> None:
        """The secret is deleted."""
        self._runs.pop(secret.arn, None)

    def put_by_hand(self, secret: Secret) -> None:
        """A new version became AWSCURRENT as it was put: a rotation under way is abandoned.

        https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html:
        AWSPENDING is removed from the version that has it. With AutomaticallyAfterDays that is a
        valid rotation, and the next one is counted from it:
        https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotationRulesType.html
        """
        now = self._clock.now()
        if "AutomaticallyAfterDays" in secret.rules and secret.rotation_enabled:
            secret.window = next_window(secret.rules, after=now)
        run = self._runs.pop(secret.arn, None)
        if secret.rotating:
            secret.labels.pop(PENDING)
            if run is not None:
                self._publish(rotation_event(secret, "RotationAbandoned", now))

    def run_due(self) -> None:
        """Begin what the schedules say, and take every step that is due, up to the end of a run.

        The lock is free while a function runs: it, and others, may call the API.
        """
        now = self._clock.now()
        with self._lock:
            for secret in self._secrets.values():
                window = secret.window
                if window is not None and secret.deleted is None and window.opens <= now:
                    secret.window = next_window(secret.rules, after=now)
                    if secret.arn not in self._runs and not secret.rotating:
                        self._begin(_Run(secret, str(uuid.uuid4()), now))
            runs = [one for one in self._runs.values() if one.due <= now and not one.taken]
            for run in runs:
                run.taken = True
        for run in runs:
            if self._invoke is not None:
                self._take(run, self._invoke)
            run.taken = False

    def next_due(self) -> datetime | None:
        """When the next step or schedule is due; of the steps only when there is an ``invoke``."""
        with self._lock:
            dues = [one.due for one in self._runs.values() if self._invoke and not one.taken]
            dues += [
                one.window.opens
                for one in self._secrets.values()
                if one.window is not None and one.deleted is None
            ]
        return min(dues, default=None)

    def _configure(self, secret: Secret, given: Mapping[str, Any]) -> None:
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
        check_rules(rules)
        secret.function, secret.rules = str(function), dict(rules)
        secret.rotation_enabled = True
        secret.window = next_window(rules, after=self._clock.now())

    def _begin(self, run: _Run) -> None:
        secret = run.secret
        current = secret.versions[secret.labels[CURRENT]]
        secret.begin_rotation(run.token, now=run.due, content=current.content if run.trial else {})
        self._runs[secret.arn] = run
        self._publish(run.event("Started", run.due))

    def _take(self, run: _Run, invoke: Invoke) -> None:
        secret = run.secret
        for step in ("testSecret",) if run.trial else STEPS:
            if self._runs.get(secret.arn) is not run:
                return
            event = {"Step": step, "SecretId": secret.arn, "ClientRequestToken": run.token}
            try:
                invoke(secret.function, event)
            except (FunctionError, InvocationRefusedError) as error:
                self._end(run, f"{step}: {error}")
                return
        self._end(run, "")

    def _end(self, run: _Run, why: str) -> None:
        """``why``: empty when every step ended well."""
        secret, now = run.secret, self._clock.now()
        with self._lock:
            if self._runs.get(secret.arn) is not run:
                return
            if run.trial:
                secret.end_trial(run.token)
            elif not why and secret.labels.get(CURRENT) != run.token:
                why = "all steps ended well, but AWSCURRENT is another version"
            if run.trial or not why:
                del self._runs[secret.arn]
            if why:
                run.due = now + RETRY
                self.failures.append(f"{secret.name}: {why}")
            elif not run.trial:
                secret.rotated = now
                secret.window = next_window(secret.rules, after=now)
            self._publish(run.event("Failed" if why else "Succeeded", now))
