"""How a command ends that could not do what it was asked."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from lambdas.rollback.ports import CallFailed

from .aws_errors import AwsError, explain, is_sign_in

FAILED = 1
BAD_INPUT = 2
INTERRUPTED = 130

P = ParamSpec("P")
T = TypeVar("T")


class CommandError(Exception):
    """It did not work; the message says why and what to do. `status` is the exit status."""

    status = FAILED


class BadInput(CommandError):
    """What was given cannot be used, or the caller is nobody to AWS."""

    status = BAD_INPUT


def told(failure: CallFailed) -> CommandError:
    """Return the failed call as an error for a person, with what to do about it."""
    cause = failure.cause
    if not isinstance(cause, AwsError):
        return CommandError(str(failure))
    message = explain(cause, doing=failure.doing, action=failure.action, on=failure.resource)
    return BadInput(message) if is_sign_in(cause) else CommandError(message)


@contextmanager
def aws_told() -> Iterator[None]:
    """Raise what AWS refuses inside as `CommandError`."""
    try:
        yield
    except CallFailed as failure:
        raise told(failure) from failure


def tells_aws(function: Callable[P, T]) -> Callable[P, T]:
    """As `aws_told`, around a whole function."""

    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        with aws_told():
            return function(*args, **kwargs)

    return wrapped
