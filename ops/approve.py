"""`approve`: lets a release that waits for approval move traffic."""

from __future__ import annotations

from lambdas.rollback.adapters import calling, error_code
from lambdas.rollback.ports import CallFailed
from lambdas.rollback.served import READY

from .context import Context
from .errors import CommandError, tells_aws
from .phases import clock_time, phase
from .render import print_json
from .service_state import ServiceState, short_image

_LATE = (
    "DeploymentIsNotInReadyStateException",
    "DeploymentAlreadyCompletedException",
    "InvalidDeploymentStatusException",
)


@tells_aws
def approve(context: Context, service: str) -> int:
    """Continue the service's deployment. Raises `CommandError` when none waits."""
    state = context.reader.read(service)
    now = context.time.now()
    where = phase(state, now=now)
    environment = context.place.environment
    if state.progress is None or where is None:
        raise CommandError(
            f"nothing waits for approval: no release of {service} runs in {environment}"
        )
    deployment = state.progress.deployment
    if deployment.status != READY:
        raise CommandError(
            f"nothing waits for approval: {deployment.id} of {service}: {where.words}"
        )
    if not context.json:
        for line in _about(context, state):
            print(line)
        if where.until is not None:
            print(f"  without approval  by {clock_time(where.until, now=now)}: it is stopped")
    context.ask(f"Let {deployment.id} move the traffic of {service} in {environment}?")
    continue_ready(context, deployment.id)
    if context.json:
        print_json({"approved": deployment.id, "service": service, "environment": environment})
    else:
        print(f"approved; to see it: python -m ops watch {environment} {service}")
    return 0


def continue_ready(context: Context, deployment: str) -> None:
    """Let traffic move. Raises `CommandError` when the deployment does not wait any more.

    https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_ContinueDeployment.html
    """
    try:
        doing = f"approving {deployment}"
        with calling("codedeploy:ContinueDeployment", "*", doing=doing):
            context.codedeploy.continue_deployment(
                deploymentId=deployment, deploymentWaitType="READY_WAIT"
            )
    except CallFailed as error:
        if error_code(error) in _LATE:
            raise CommandError(
                f"{deployment} does not wait for approval any more: somebody else has approved "
                "it, or it was stopped"
            ) from error
        raise


def _about(context: Context, state: ServiceState) -> list[str]:
    assert state.progress is not None
    new = state.progress.deployment
    lines = [
        f"{new.id} of {state.service}",
        f"  serves now        {short_image(state.serving)}",
        f"  would serve       {short_image(context.reader.definition(new.task_definition))}",
    ]
    report = state.report
    if report is not None and report.deployment == new.id:
        lines.append(f"  release checks    {report.summary}")
    lines += [
        f"  {colour.name:<16}  {colour.weight} % of traffic, "
        f"{colour.healthy} of {colour.targets} targets healthy"
        for colour in state.colours
    ]
    lines.append(f"  alarms            {', '.join(state.breaching) or 'none in ALARM'}")
    return lines
