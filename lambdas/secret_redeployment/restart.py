"""Looks at a service, and does what was decided. Knows no boto3: AWS is a port."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import assert_never

from ..rollback.ports import Overtaken, TaskDefinition
from ..rollback.served import short_revision
from ..rollback.workflow import CannotRollBack, Starting, carry_out, plan_start
from .decision import (
    Approve,
    Decision,
    NeedsPerson,
    Start,
    State,
    UpToDate,
    Wait,
    decide,
    due,
)
from .ports import Primary, World


class RestartDue(Exception):
    """A service has to be restarted, and a person has to see to it; the message says why."""


def look_after(service: str, secrets: Sequence[str], *, world: World) -> str:
    """Do what is to be done for the service and the secrets' ARNs, and return it in a sentence.

    Raises `RestartDue`, `injected.NoCurrentVersion` and `CallFailed`.
    """
    primary = world.primary(service)
    if primary is None:
        return "nothing: no task set of it serves"
    read = [world.secret(arn) for arn in secrets]
    # Mostly there is nothing to be done, and that is known without any deployment.
    if not due(read, primary.serving, ()):
        return "nothing: its tasks have what its secrets say"
    deployments = world.releases.deployments(service)
    breaching, _ = world.releases.alarms(service)
    state = State(
        service=service,
        serving=primary.serving,
        secrets=read,
        deployments=deployments,
        breaching=breaching,
        now=world.now(),
    )
    return _do(decide(state), state, primary, world=world)


def _do(decision: Decision, state: State, primary: Primary, *, world: World) -> str:
    match decision:
        case UpToDate():
            return "nothing: its tasks have what its secrets say"
        case Wait(reason=reason):
            return f"nothing yet: {reason}"
        case NeedsPerson(reason=reason):
            raise RestartDue(reason)
        case Approve(deployment=deployment):
            world.approve(deployment.id)
            return f"approved the restart {deployment.id}: its version serves already"
        case Start(secrets=secrets):
            planned = _plan(decision, state, primary, world=world)
            try:
                started = carry_out(planned, releases=world.releases)
            except Overtaken:
                return "nothing yet: another deployment began at this moment"
            names = ", ".join(one.name for one in secrets)
            return f"started the restart {started} for {names}"
        case _:
            assert_never(decision)


def _plan(start: Start, state: State, primary: Primary, *, world: World) -> Starting:
    serving = world.releases.task_definition(primary.serving.task_definition)
    if serving is None or not serving.active:
        revision = short_revision(primary.serving.task_definition)
        raise RestartDue(
            f"{state.service} is to be restarted, and {revision}, which serves, was deregistered: "
            "ECS starts no tasks from it. Release another version"
        )
    if not any(one.appspec for one in state.deployments):
        return _first(start, state, serving, primary)
    try:
        return plan_start(
            service=state.service,
            serving=serving,
            to=serving,
            deployments=state.deployments,
            releases=world.releases,
            description=start.description,
            despite_alarms=False,
        )
    except CannotRollBack as error:
        raise RestartDue(f"{state.service} cannot be restarted: {error}") from error


def _first(start: Start, state: State, serving: TaskDefinition, primary: Primary) -> Starting:
    """The restart of a service that CodeDeploy has never deployed.

    Its AppSpec is the least there can be; what it leaves out is as the service has it
    (https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-resources.html).
    The release checks are not asked: no AppSpec is there that names them.
    """
    properties = {
        "TaskDefinition": serving.arn,
        "LoadBalancerInfo": {"ContainerName": primary.container, "ContainerPort": primary.port},
    }
    target = {"Type": "AWS::ECS::Service", "Properties": properties}
    return Starting(
        service=state.service,
        serving=serving,
        to=serving,
        appspec=json.dumps({"version": "0.0", "Resources": [{"TargetService": target}]}),
        description=start.description,
        alarms=None,
        left_out=(),
    )
