"""`watch`: follows a release until it ends, stays in hot standby, or has been taken back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from lambdas.rollback.ports import CallFailed

from .aws_errors import is_sign_in
from .context import Context
from .errors import FAILED, BadInput, CommandError, tells_aws, told
from .service_state import ServiceState
from .watch_show import Show, show_for
from .watching import Ending, Goal, ending, failure

# A release takes an hour, and an hour's network has gaps.
_FAILURES_IN_A_ROW = 10


class StoppedWatching(KeyboardInterrupt):
    """The caller has pressed Ctrl-C; the message says what goes on without them."""


@tells_aws
def watch(context: Context, service: str) -> int:
    """Show the service's release until it ends. Exit status 1 when it did not succeed.

    Raises `CommandError` when none runs.
    """
    state = context.reader.read(service)
    if state.progress is None:
        last = context.reader.history(service, limit=1)
        said = f"; the last, {last[0].id}, {last[0].status.lower()}" if last else ""
        raise CommandError(f"no release of {service} runs in {context.place.environment}{said}")
    deployment = state.progress.deployment
    watched = deployment.rollback_of if deployment.automatic else None
    return 0 if follow(context, service, watched or deployment.id).ok else FAILED


def follow(
    context: Context,
    service: str,
    deployment: str,
    *,
    goal: Goal = "release",
    each_look: Callable[[ServiceState], None] | None = None,
) -> Ending:
    """Show the deployment until it ends, and its rollback if there is one; return how it ended.

    `each_look` is called with every state before it is shown. Raises `StoppedWatching` on Ctrl-C,
    `BadInput` when the credentials expire, and `CommandError` when AWS does not answer for long;
    the deployment goes on in each case.
    """
    try:
        with show_for(context) as show:
            ended = _Follower(
                context=context,
                service=service,
                deployment=deployment,
                goal=goal,
                each_look=each_look,
                show=show,
            ).until_ended()
            show.end(ended)
            return ended
    except KeyboardInterrupt:
        raise StoppedWatching(f"stopped watching; {deployment} of {service} goes on") from None


@dataclass(frozen=True, kw_only=True)
class _Follower:
    context: Context
    service: str
    deployment: str
    goal: Goal
    each_look: Callable[[ServiceState], None] | None
    show: Show

    def until_ended(self) -> Ending:
        failures = 0
        while True:
            try:
                ended = self._look()
                failures = 0
            except CallFailed as error:
                failures += 1
                ended = None
                _tolerate(error, self.deployment, failures=failures)
                self.show.say(f"AWS did not answer ({failures}), asking again: {told(error)}")
            if ended is not None:
                return ended
            time.sleep(self.context.every_seconds)

    def _look(self) -> Ending | None:
        state = self._read(self.deployment)
        assert state.progress is not None
        if self.each_look is not None:
            self.each_look(state)
        now = self.context.time.now()
        taken_back_by = state.progress.deployment.rolled_back_by
        if taken_back_by is None or state.progress.deployment.active:
            self.show.update(state)
            environment = self.context.place.environment
            done = ending(state, goal=self.goal, environment=environment, now=now)
            return done or failure(state, rollback=None, now=now)
        rollback = self._read(taken_back_by)
        self.show.update(rollback)
        return failure(state, rollback=rollback, now=now)

    def _read(self, deployment: str) -> ServiceState:
        state = self.context.reader.read(self.service, deployment=deployment)
        if state.missing:
            raise CommandError(f"{self.service} has gone while it was watched: {state.missing}")
        return state


def _tolerate(error: CallFailed, deployment: str, *, failures: int) -> None:
    goes_on = f"; {deployment} goes on without being watched"
    if is_sign_in(error.cause):
        raise BadInput(f"{told(error)}{goes_on}") from error
    if failures >= _FAILURES_IN_A_ROW:
        raise CommandError(f"{told(error)}{goes_on}") from error
