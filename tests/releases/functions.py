"""Lambda for the tests: runs the real handlers in this process, as the templates deploy them.

Asynchronous invocations wait until the clock is turned, and one that ended in an error is run again
after a minute and once more after two
(https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html). Every call that
a handler makes to AWS is recorded, and a handler can be killed before or after any of them.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import boto3

from rehearsal.clock import Clock
from rehearsal.errors import FunctionError

Side = Literal["before", "after"]

RETRIES = (60, 120)


class Killed(BaseException):
    """The process is gone; nothing in it can catch that."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of AWS's API by a function (``package``), with its parameters."""

    package: str
    function: str
    service: str
    operation: str
    parameters: Mapping[str, Any]


ANSWER = "PUT answer"
"""CloudFormation's answer as an operation that a function can be killed before or after."""


@dataclass(kw_only=True)
class Kill:
    """Kills the function of ``package`` at its ``number``-th call of ``operation``, once.

    A call is one of AWS's API, by its name there, or ``ANSWER``.
    """

    package: str
    operation: str
    number: int
    side: Side
    seen: int = 0
    done: bool = False

    def strikes(self, package: str, operation: str, side: Side) -> bool:
        """Whether it is now. Counts the calls that it looks at."""
        if self.done or (package, operation, side) != (self.package, self.operation, self.side):
            return False
        self.seen += 1
        self.done = self.seen == self.number
        return self.done


@dataclass(eq=False)
class _Invocation:
    function: str
    event: Any
    due: datetime
    attempt: int = 0


class Context:
    """What a handler is told of its own invocation."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        """All of its time; the clock of the tests does not run while it does."""
        return int(self._seconds * 1000)


@dataclass(eq=False)
class Functions:
    """Registered functions by ARN. ``deaf``: packages that end in an error whenever they run."""

    clock: Clock
    adjust: Callable[[str, dict[str, str]], None]
    properties: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    kills: list[Kill] = field(default_factory=list)
    deaf: set[str] = field(default_factory=set)
    before_run: Callable[[str], None] = lambda _: None
    _waiting: list[_Invocation] = field(default_factory=list)
    _running: list[tuple[str, str]] = field(default_factory=list)
    _answered: bool = False

    def register(self, arn: str, properties: Mapping[str, Any]) -> None:
        """As CloudFormation creates or updates a function."""
        self.properties[arn] = properties

    def package(self, arn: str) -> str:
        """``lambdas/<package>``."""
        return str(self.properties[arn]["Handler"]).split(".")[1]

    def arn(self, package: str) -> str:
        """The only function of that package."""
        (found,) = [arn for arn in self.properties if self.package(arn) == package]
        return found

    def invoke_later(self, function: str, event: Any) -> None:
        """An asynchronous invocation: taken at once, run when the clock is next looked at."""
        self._waiting.append(_Invocation(function, event, self.clock.now()))

    def invoke(self, function: str, event: Any) -> Any:
        """A synchronous one. Raises ``FunctionError``."""
        try:
            return self._run(function, event)
        except Killed:
            raise FunctionError("Runtime.ExitError", "the process was killed") from None
        except Exception as error:
            raise FunctionError(type(error).__name__, str(error)) from error

    def run_due(self) -> None:
        """Run the asynchronous invocations that are due."""
        while True:
            due = [one for one in self._waiting if one.due <= self.clock.now()]
            if not due or self._running:
                return
            invocation = due[0]
            self._waiting.remove(invocation)
            try:
                self.invoke(invocation.function, invocation.event)
            except FunctionError:
                if invocation.attempt < len(RETRIES):
                    delay = timedelta(seconds=RETRIES[invocation.attempt])
                    invocation.due = self.clock.now() + delay
                    invocation.attempt += 1
                    self._waiting.append(invocation)

    def next_due(self) -> datetime | None:
        """When the next asynchronous invocation runs."""
        return min((one.due for one in self._waiting), default=None)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Record the calls of handlers. Clients that are made within are watched."""
        session = boto3.DEFAULT_SESSION
        assert session is not None
        hooks: dict[str, Callable[..., None]] = {
            "before-parameter-build": self._record,
            "before-call": self._before_call,
            "after-call": self._after_call,
        }
        for event, hook in hooks.items():
            session.events.register(event, hook)
        _requests.append(self._answers)
        try:
            yield
        finally:
            _requests.remove(self._answers)
            for event, hook in hooks.items():
                session.events.unregister(event, hook)

    def _run(self, function: str, event: Any) -> Any:
        package = self.package(function)
        self.before_run(package)
        if package in self.deaf:
            raise RuntimeError(f"{package} does not answer")
        properties = self.properties[function]
        variables = dict(properties.get("Environment", {}).get("Variables", {}))
        self.adjust(package, variables)
        handler = importlib.import_module(f"lambdas.{package}.handler").handler
        before = dict(os.environ)
        os.environ.update(variables)
        self._running.append((package, function))
        try:
            answer = handler(event, Context(float(properties["Timeout"])))
            if self._answered:
                self._strike(ANSWER, "after")
            return answer
        finally:
            self._answered = False
            self._running.pop()
            for name in variables:
                os.environ.pop(name, None)
            os.environ.update({name: before[name] for name in variables if name in before})

    def _record(self, params: Mapping[str, Any], model: Any, **_: Any) -> None:
        if self._running:
            package, function = self._running[-1]
            self.calls.append(
                Call(
                    package=package,
                    function=function,
                    service=model.service_model.service_name,
                    operation=model.name,
                    parameters=dict(params),
                )
            )

    def _before_call(self, model: Any, **_: Any) -> None:
        self._strike(model.name, "before")

    def _after_call(self, model: Any, **_: Any) -> None:
        self._strike(model.name, "after")

    def _answers(self) -> None:
        """A handler is about to PUT an answer; that is the last thing it does."""
        if self._running:
            self._strike(ANSWER, "before")
            self._answered = True

    def _strike(self, operation: str, side: Side) -> None:
        if not self._running:
            return
        package, _ = self._running[-1]
        if any(kill.strikes(package, operation, side) for kill in self.kills):
            raise Killed


_requests: list[Callable[[], None]] = []
"""Who wants to know of requests that urllib makes."""


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "urllib.Request" and arguments[3] == "PUT":
        for told in list(_requests):
            told()


# Python tells of every request before it is made; a hook cannot be taken away again.
sys.addaudithook(_audit)
