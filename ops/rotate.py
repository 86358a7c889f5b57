"""`rotate`: rotates a service's secrets now, and follows it until they are, or say why not."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from lambdas.rollback.adapters import calling, error_code
from lambdas.rollback.ports import CallFailed

from .context import Context
from .environment import unknown
from .errors import FAILED, CommandError, tells_aws
from .render import print_line
from .rotation_failure import why_not
from .secret_state import Kind, SecretState, kind
from .watch import StoppedWatching

# The message of RotateSecret's InvalidRequestException is all that tells it apart:
# https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot_rotation.html
_TRIED_AGAIN = "previous rotation isn't complete"


@dataclass(frozen=True, kw_only=True)
class _Begun:
    """A rotation to `version`, before which `before` was AWSCURRENT."""

    secret: SecretState
    version: str
    before: str


@tells_aws
def rotate(
    context: Context, service: str, *, secret: str, force: bool, wait: bool, minutes: float
) -> int:
    """Rotate the service's secrets, or the one named. Exit status 1 when one was not rotated.

    Without `wait` it returns once the rotations are begun. Raises `CommandError` when they cannot
    be, before any is begun.
    """
    secrets = _chosen(context.secrets.read(service), service, secret)
    _check(context, secrets, force=force)
    for one in secrets:
        _say(context, _about(context, one))
    names = ", ".join(one.name for one in secrets)
    context.ask(f"Rotate {names} in {context.place.environment}?")
    begun: list[_Begun] = []
    try:
        for one in secrets:
            begun.append(_begin(context, one))
            _tell(context, begun[-1], "begun", f"rotation begun, to version {begun[-1].version}")
        if wait:
            return _follow(context, service, begun, minutes=minutes)
    except KeyboardInterrupt:
        if not begun:
            raise
        names = ", ".join(one.secret.name for one in begun)
        raise StoppedWatching(f"stopped watching; the rotation of {names} goes on") from None
    command = f"python -m ops secrets status {context.place.environment} {service}"
    _say(context, f"to see what becomes of it: {command}")
    return 0


def _chosen(secrets: Sequence[SecretState], service: str, name: str) -> Sequence[SecretState]:
    if not secrets:
        raise CommandError(f"{service} has no secrets")
    if not name:
        return secrets
    short = {one.name.partition(f"/{service}/")[2]: one for one in secrets}
    chosen = short.get(name) or next((one for one in secrets if name in (one.name, one.arn)), None)
    if chosen is None:
        raise unknown(f"secret of {service} called", name, list(short))
    return [chosen]


def _check(context: Context, secrets: Sequence[SecretState], *, force: bool) -> None:
    """Raise unless every secret can be rotated: rather none is than half of them."""
    reasons = [
        reason for one in secrets if (reason := _refusal(context, one, force=force)) is not None
    ]
    if reasons:
        raise CommandError("\n".join(reasons))


def _refusal(context: Context, secret: SecretState, *, force: bool) -> str | None:
    reason = _REFUSED.get(kind(secret, now=context.time.now()))
    if reason is None and not secret.function:
        reason = "has no rotation configured; deploy its stack"
    if reason is None and not secret.enabled:
        reason = (
            "is not rotated: rotation is off, and to rotate it would switch it on. If that is "
            f"wanted: aws secretsmanager rotate-secret --secret-id {secret.name}"
        )
    if reason is None and secret.held_before and not force:
        reason = (
            f"has changed since tasks of {secret.service} started: they hold the login before, "
            "which another rotation would refuse to them. What serves is restarted by itself, and "
            "a hot standby ends by itself: python -m ops status "
            f"{context.place.environment} {secret.service}. With --force it is rotated all the same"
        )
    return None if reason is None else f"{secret.name} {reason}"


_REFUSED: Mapping[Kind, str] = {
    "missing": "is not there; deploy the environment's Secrets stack",
    "deleted": "was deleted; restore it first (aws secretsmanager restore-secret)",
    "empty": "has no AWSCURRENT version, from which a rotation could begin",
}


def _about(context: Context, secret: SecretState) -> str:
    now = context.time.now()
    last = secret.rotated or secret.created or now
    age = f"{(now - last) / timedelta(days=1):.1f} days ago"
    verb = "rotated" if secret.rotated else "never rotated, made"
    line = f"{secret.name}: {verb} {age}"
    if secret.pending:
        line += (
            f"; a rotation to version {secret.pending} was begun and has not ended: AWSCURRENT "
            "works as before, and that rotation is tried again"
        )
    return line


def _begin(context: Context, secret: SecretState) -> _Begun:
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html"""
    token = str(uuid.uuid4())
    action = "secretsmanager:RotateSecret"
    try:
        with calling(action, secret.name, doing=f"rotating {secret.name}"):
            answer = context.secretsmanager.rotate_secret(
                SecretId=secret.arn, ClientRequestToken=token
            )
        version = answer.get("VersionId") or token
    except CallFailed as error:
        if error_code(error) != "InvalidRequestException" or _TRIED_AGAIN not in str(error):
            raise
        version = secret.pending or context.secrets.describe(secret).pending
        if not version:
            raise
    return _Begun(secret=secret, version=version, before=secret.current)


def _follow(context: Context, service: str, begun: Sequence[_Begun], *, minutes: float) -> int:
    failed = [not _wait(context, one, minutes=minutes) for one in begun]
    if any(one.secret.injected for one in begun) and not all(failed):
        environment = context.place.environment
        _say(
            context,
            f"The tasks of {service} have it only once they are restarted, which is begun within "
            f"some minutes: python -m ops watch {environment} {service}",
        )
    return FAILED if any(failed) else 0


def _wait(context: Context, begun: _Begun, *, minutes: float) -> bool:
    """Return whether AWSCURRENT came to be the new version."""
    ends = context.time.now() + timedelta(minutes=minutes)
    while True:
        found = context.secrets.describe(begun.secret)
        if found.current == begun.version:
            _tell(context, begun, "rotated", f"rotated: AWSCURRENT is version {begun.version}")
            return True
        if found.current != begun.before:
            said = f"another version is AWSCURRENT by now: {found.current}"
        elif found.pending != begun.version:
            said = "it was given up: AWSPENDING is not on its version any more"
        elif context.time.now() >= ends:
            said = f"not rotated within {minutes:g} minutes; Secrets Manager goes on trying"
        else:
            time.sleep(context.every_seconds)
            continue
        _tell(context, begun, "failed", "\n".join([said, *why_not(context, found)]))
        return False


def _tell(context: Context, begun: _Begun, result: str, text: str) -> None:
    if context.json:
        document: dict[str, Any] = {
            "secret": begun.secret.name,
            "version": begun.version,
            "result": result,
            "text": text,
        }
        print_line(document)
    else:
        print(f"{begun.secret.name}: {text}", flush=True)


def _say(context: Context, line: str) -> None:
    if not context.json:
        print(line, flush=True)
