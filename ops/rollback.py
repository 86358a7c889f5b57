"""`rollback`: takes a service back to what served before, and waits until it does.

What there is to do is decided by `lambdas.rollback`, the same for the console.
"""

from __future__ import annotations

from lambdas.rollback.ports import Overtaken
from lambdas.rollback.served import READY, short_revision
from lambdas.rollback.workflow import (
    CannotRollBack,
    Plan,
    Starting,
    Stopping,
    Waiting,
    carry_out,
    plan,
)

from .approve import continue_ready
from .context import Context
from .errors import FAILED, CommandError, tells_aws
from .service_state import ServiceState, short_image
from .watch import follow


@tells_aws
def rollback(context: Context, service: str, *, to: str) -> int:
    """Roll the service back. Exit status 1 when it did not come to that.

    `to` is empty for what served before. Raises `CommandError` when there is nothing to do.
    """
    releases = context.reader.releases
    try:
        planned = plan(service=service, to=to, releases=releases)
        if isinstance(planned, Waiting):
            _note(context, planned.reason)
            return _wait(context, service, planned, planned.deployment.id)
        for line in _about(planned):
            _note(context, line)
        context.ask(f"Roll {service} in {context.place.environment} back?")
        deployment = carry_out(planned, releases=releases)
    except (CannotRollBack, Overtaken) as error:
        raise CommandError(str(error)) from error
    return _wait(context, service, planned, deployment)


def _wait(context: Context, service: str, planned: Plan, deployment: str) -> int:
    """Show it until what is rolled back to serves."""
    if isinstance(planned, Stopping):
        return _wait_for_codedeploys(context, service, deployment)
    if isinstance(planned, Waiting) and planned.deployment.automatic:
        stopped = planned.deployment.rollback_of
        if stopped is not None:
            return _wait_for_codedeploys(context, service, stopped)
    ended = follow(
        context, service, deployment, goal="moved", each_look=_Approving(context, deployment)
    )
    return 0 if ended.ok else FAILED


def _wait_for_codedeploys(context: Context, service: str, stopped: str) -> int:
    ended = follow(context, service, stopped, goal="back")
    return 0 if ended.result == "rolled back" else FAILED


class _Approving:
    """Approves the deployment when it waits: whoever rolls back has decided already."""

    def __init__(self, context: Context, deployment: str) -> None:
        self._context = context
        self._deployment = deployment
        self._done = False

    def __call__(self, state: ServiceState) -> None:
        if self._done or state.progress is None:
            return
        if state.progress.deployment.status == READY:
            self._done = True
            continue_ready(self._context, self._deployment)


def _about(planned: Stopping | Starting) -> list[str]:
    if isinstance(planned, Stopping):
        to = planned.to
        back = f"{short_image(to)} ({short_revision(to.arn)})" if to else "what served before"
        return [
            f"{planned.deployment.id} is active: it is stopped, and all traffic goes back to "
            f"{back}, whose tasks still run"
        ]
    return _about_start(planned)


def _about_start(planned: Starting) -> list[str]:
    serving, to = planned.serving, planned.to
    lines = [
        f"now   {short_image(serving)} ({short_revision(serving.arn)})",
        f"then  {short_image(to)} ({short_revision(to.arn)})",
        "A new deployment is started: green is built and checked, and traffic moves step by step; "
        "where releases wait for approval, this command gives it",
    ]
    if planned.left_out:
        guarded = "the others still do" if planned.alarms else "no other alarm is left"
        lines.append(
            f"Because they are in ALARM now, these do not stop it: {', '.join(planned.left_out)} "
            f"({guarded})"
        )
    return lines


def _note(context: Context, line: str) -> None:
    if not context.json:
        print(line, flush=True)
