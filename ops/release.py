"""`release`: releases again what the stack asked for last, for instance after a rollback."""

from __future__ import annotations

from lambdas.rollback.ports import Overtaken, Releases
from lambdas.rollback.served import short_revision
from lambdas.rollback.workflow import CannotRollBack, Starting, carry_out, plan_start

from .context import Context
from .errors import CommandError, tells_aws
from .phases import phase
from .render import print_json
from .service_state import ServiceState, short_image

RELEASE_DESCRIPTION = "pase release {to} by an operator"


@tells_aws
def release(context: Context, service: str) -> int:
    """Start a deployment of what the stack asked for, and return without awaiting it.

    Exit status 0 too when that serves already. Raises `CommandError` when it cannot be released.
    """
    environment = context.place.environment
    state = context.reader.read(service)
    releases = context.reader.releases
    _check(state, environment=environment, now_words=_where(context, state))
    assert state.serving is not None
    assert state.asked is not None
    if not state.mismatch:
        if context.json:
            print_json({"started": None, "service": service, "environment": environment})
        else:
            print(f"{short_image(state.serving)} serves {service} already; nothing is started")
        return 0
    try:
        planned = _plan(releases, state)
        if not context.json:
            for name, one in (("now", planned.serving), ("then", planned.to)):
                print(f"{name:<4}  {short_image(one)} ({short_revision(one.arn)})", flush=True)
        context.ask(f"Release {short_image(planned.to)} of {service} in {environment}?")
        deployment = carry_out(planned, releases=releases)
    except (CannotRollBack, Overtaken) as error:
        raise CommandError(str(error)) from error
    if context.json:
        print_json({"started": deployment, "service": service, "environment": environment})
    else:
        print(f"{deployment} started; to see it: python -m ops watch {environment} {service}")
    return 0


def _where(context: Context, state: ServiceState) -> str:
    where = phase(state, now=context.time.now())
    return where.words if where else ""


def _check(state: ServiceState, *, environment: str, now_words: str) -> None:
    service = state.service
    if state.missing:
        raise CommandError(f"{service} is {state.missing}; deploy its stack first")
    if state.progress is not None and state.mismatch:
        raise CommandError(
            f"{state.progress.deployment.id} of {service} is active ({now_words}); wait for its "
            f"end, or take it back: python -m ops rollback {environment} {service}"
        )
    if state.serving is None:
        raise CommandError(f"{service} has no PRIMARY task set; deploy its stack first")
    if state.asked is None:
        raise CommandError(
            f"it is not known what the stack of {service} asked for last: no release by it has "
            "ended yet. Deploy the stack"
        )
    if not state.asked.active:
        raise CommandError(
            f"{short_revision(state.asked.arn)}, which the stack of {service} asked for, is "
            "INACTIVE: somebody has deregistered it. Deploy the stack again"
        )


def _plan(releases: Releases, state: ServiceState) -> Starting:
    assert state.serving is not None
    assert state.asked is not None
    return plan_start(
        service=state.service,
        serving=state.serving,
        to=state.asked,
        deployments=releases.deployments(state.service),
        releases=releases,
        description=RELEASE_DESCRIPTION,
        despite_alarms=False,
    )
