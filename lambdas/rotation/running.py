"""From Lambda's event to a step taken: what every rotation function does around its own part."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from .errors import InvalidSettings
from .events import RotationEvent, parse_event
from .log import Log


class Steps(Protocol):
    """What takes steps, such as `protocol.Rotation`."""

    def take(self, event: RotationEvent) -> str:
        """Take the step and say in a sentence what was done."""


class RotationFailed(Exception):
    """What Lambda and Secrets Manager are told: the error's kind and text, without a secret."""


def secret_name(secret_arn: str) -> str:
    """``.../secret:pase/storefront/database-AbCdEf`` -> ``pase/storefront/database``."""
    return secret_arn.rsplit(":", 1)[-1].rpartition("-")[0] or secret_arn


def setting(environ: Mapping[str, str], name: str) -> str:
    """A variable of the function's environment. Raises `InvalidSettings` when it is not there."""
    value = environ.get(name, "")
    if not value:
        raise InvalidSettings(f"the function's environment has no {name}")
    return value


def run(event: Any, *, secret_arn: str, compose: Callable[[Log, RotationEvent], Steps]) -> None:
    """Take the event's step, and log what came of it. Raises `RotationFailed`.

    ``compose`` makes the rotation; what it raises is a failure as any other.
    """
    log = Log(secret=secret_name(secret_arn))
    started = time.monotonic()
    step = str(event.get("Step", "")) if isinstance(event, Mapping) else ""
    version = str(event.get("ClientRequestToken", "")) if isinstance(event, Mapping) else ""
    try:
        parsed = parse_event(event, secret_arn=secret_arn)
        done = compose(log, parsed).take(parsed)
    except Exception as error:
        kind = getattr(error, "kind", None)
        text = log.strike(str(error))
        if not isinstance(kind, str):
            kind, where = f"Unexpected{type(error).__name__}", traceback.format_exc()
            log.write("unexpected error", step=step, version=version, traceback=where)
        milliseconds = round((time.monotonic() - started) * 1000)
        log.failure(kind, text, step=step, version=version, milliseconds=milliseconds)
        # From None: the cause's own text may hold what this one must not.
        raise RotationFailed(f"{kind}: {text}") from None
    milliseconds = round((time.monotonic() - started) * 1000)
    log.write(done, step=step, version=version, milliseconds=milliseconds)
