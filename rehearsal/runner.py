"""A deployment from its start to its success, one lifecycle event after the other.

https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-steps-ecs.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from botocore.exceptions import ClientError

from .deployment import Deployment, DeploymentEnded, Original, Wait
from .ecs_service import Service, TaskSet
from .lifecycle import Hook
from .stage import Stage
from .traffic import Listeners, steps, weights

HOOK_HOURS = 1
INSTALL_MINUTES = 60
SETTLE_MINUTES = 5


def forward(stage: Stage, deployment: Deployment) -> Iterator[Wait]:
    """Run the deployment; it waits at each value. Raises `DeploymentEnded` when it cannot go on."""
    start(stage, deployment)
    yield from _hook(stage, deployment, "BeforeInstall")
    yield from _install(stage, deployment)
    yield from _hook(stage, deployment, "AfterInstall")
    _allow_test_traffic(stage, deployment)
    yield from _hook(stage, deployment, "AfterAllowTestTraffic")
    yield from _approval(stage, deployment)
    yield from _hook(stage, deployment, "BeforeAllowTraffic")
    yield from _allow_traffic(stage, deployment)
    yield from _hook(stage, deployment, "AfterAllowTraffic")
    yield from _hot_standby(stage, deployment)
    succeed(stage, deployment)


def start(stage: Stage, deployment: Deployment) -> None:
    """The deployment is in progress."""
    deployment.status = "InProgress"
    deployment.started = stage.moment
    stage.announce(deployment, "START")


def succeed(stage: Stage, deployment: Deployment) -> None:
    """The deployment has succeeded."""
    deployment.status = "Succeeded"
    deployment.completed = stage.moment
    stage.announce(deployment, "SUCCESS")


def _hook(stage: Stage, deployment: Deployment, event: str) -> Iterator[Wait]:
    """Invoke the function and wait an hour for its answer. Without one the event just passes.

    Both error messages: https://docs.aws.amazon.com/codedeploy/latest/userguide/troubleshooting-ecs.html
    Not documented: the error code of a hook that stays silent.
    """
    deployment.lifecycle.begin(event, stage.moment)
    function = deployment.revision.hooks.get(event)
    if function:
        hook = deployment.hook = Hook(stage.new_id(), event, function)
        stage.call(deployment, hook)
        yield Wait(stage.moment + timedelta(hours=HOOK_HOURS), lambda: hook.ended)
        if hook.refused is not None:
            raise DeploymentEnded(
                "Failed",
                "IAM_ROLE_PERMISSIONS",
                f"The IAM role {deployment.group.role} does not give you permission to perform "
                f"operations in the following AWS service: AWSLambda. {hook.refused}",
                event="DEPLOYMENT_FAILURE",
            )
        if hook.answer is None:
            raise DeploymentEnded(
                "Failed",
                "TIMEOUT",
                "The deployment timed out while waiting for a status callback. CodeDeploy expects "
                "a status callback within one hour after a deployment hook is invoked.",
                event="DEPLOYMENT_FAILURE",
            )
        if hook.answer == "Failed":
            raise DeploymentEnded(
                "Failed",
                "HOOK_EXECUTION_FAILURE",
                "The deployment failed because one or more of the lifecycle event validation "
                "functions failed.",
                event="DEPLOYMENT_FAILURE",
            )
    deployment.lifecycle.succeed(event, stage.moment)


def _install(stage: Stage, deployment: Deployment) -> Iterator[Wait]:
    """Create the replacement task set on the other target group and wait until it is ready.

    The wait and its message: https://docs.aws.amazon.com/codedeploy/latest/userguide/troubleshooting-ecs.html
    In a canary or linear deployment the load balancer checks the set's health meanwhile, because
    its group is behind the production listener with weight 0; all at once, running is enough and
    the checks begin after the shift (same page).
    """
    deployment.lifecycle.begin("Install", stage.moment)
    service, original = _serving(stage, deployment)
    deployment.service = service
    group = _other_group(stage.listeners, deployment, original)
    _check_behind_listeners(stage, deployment, original)
    _clear(stage, deployment, service, original)
    gradual = deployment.routing["type"] != "AllAtOnce"
    if gradual:
        _share(stage, deployment, original.target_group, group, 0)
    replacement = deployment.replacement = _replacement(stage, deployment, service, group)
    deployment.scalings = service.scalings
    ready = stage.services.healthy if gradual else stage.services.running
    yield Wait(stage.moment + timedelta(minutes=INSTALL_MINUTES), lambda: ready(replacement))
    if not ready(replacement):
        raise DeploymentEnded(
            "Failed",
            "TIMEOUT",
            "The deployment timed out while waiting for the replacement task set to become "
            f"healthy. This time out period is {INSTALL_MINUTES} minutes.",
            event="DEPLOYMENT_FAILURE",
        )
    deployment.scalings = service.scalings
    deployment.lifecycle.succeed("Install", stage.moment)


def _serving(stage: Stage, deployment: Deployment) -> tuple[Service, TaskSet]:
    group = deployment.group
    service = stage.services.find(group.cluster, group.service)
    primary = service.primary if service else None
    if service is None or primary is None:
        raise DeploymentEnded(
            "Failed",
            "INVALID_ECS_SERVICE",
            f"The ECS service {group.service} of cluster {group.cluster} is not active or has no "
            "primary task set",
            event="DEPLOYMENT_FAILURE",
        )
    test = group.test
    deployment.original = Original(primary, stage.listeners.actions(test) if test else None)
    return service, primary


def _other_group(listeners: Listeners, deployment: Deployment, original: TaskSet) -> str:
    """The target group of the pair that the original task set is not associated with.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-steps-ecs.html
    """
    first, second = (listeners.group_arn(name) for name in deployment.group.target_groups)
    return second if original.target_group == first else first


def _check_behind_listeners(stage: Stage, deployment: Deployment, original: TaskSet) -> None:
    """https://docs.aws.amazon.com/codedeploy/latest/userguide/troubleshooting-ecs.html

    Not documented: the error code, and that it is found out before the task set is created.
    """
    for listener in (deployment.group.production, deployment.group.test):
        if listener is None:
            continue
        if not weights(stage.listeners.actions(listener)).get(original.target_group):
            raise DeploymentEnded(
                "Failed",
                "ELASTIC_LOAD_BALANCING_INVALID",
                "The ELB could not be updated due to the following error: Primary taskset target "
                "group must be behind listener",
                event="DEPLOYMENT_FAILURE",
            )


def _clear(stage: Stage, deployment: Deployment, service: Service, original: TaskSet) -> None:
    """Take away what a deployment left that ended without rollback.

    Not documented. Its task set keeps the target group that is needed now, and may still have a
    share of production: that goes back to the primary task set first.
    """
    left = [one for one in service.sets if one.status == "ACTIVE"]
    if left:
        other = _other_group(stage.listeners, deployment, original)
        _share(stage, deployment, original.target_group, other, 0)
    for task_set in left:
        stage.services.drain(service, task_set)


def _replacement(
    stage: Stage, deployment: Deployment, service: Service, target_group: str
) -> TaskSet:
    revision = deployment.revision
    try:
        return stage.services.create(
            service,
            deployment_id=deployment.id,
            target_group=target_group,
            task_definition=revision.task_definition,
            container=revision.container,
            port=revision.port,
            optional=revision.optional,
        )
    except ClientError as error:
        # Not documented: the message; the code is the one ErrorInformation has for it.
        raise DeploymentEnded(
            "Failed",
            "ECS_UPDATE_ERROR",
            "The ECS service cannot be updated due to an unexpected error: "
            f"{error.response['Error']['Message']} (Service: AmazonECS; Error Code: "
            f"{error.response['Error']['Code']})",
            event="DEPLOYMENT_FAILURE",
        ) from None


def _share(stage: Stage, deployment: Deployment, blue: str, green: str, percent: int) -> None:
    stage.listeners.split(deployment.group.production, {blue: 100 - percent, green: percent})


def _allow_test_traffic(stage: Stage, deployment: Deployment) -> None:
    """The test listener, when there is one, forwards to the replacement task set."""
    deployment.lifecycle.begin("AllowTestTraffic", stage.moment)
    if deployment.group.test and deployment.replacement:
        stage.listeners.point(deployment.group.test, deployment.replacement.target_group)
    deployment.lifecycle.succeed("AllowTestTraffic", stage.moment)


def _approval(stage: Stage, deployment: Deployment) -> Iterator[Wait]:
    """Wait for ContinueDeployment(READY_WAIT) where the group says so.

    https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_DeploymentReadyOption.html; the
    message: https://docs.aws.amazon.com/codedeploy/latest/userguide/troubleshooting-ecs.html
    Not documented: that the wait comes between AfterAllowTestTraffic and BeforeAllowTraffic (it
    precedes the rerouting, and the checks precede the decision), the error code, and that for
    automatic rollback it is a DEPLOYMENT_FAILURE.
    """
    action, minutes = deployment.group.ready_option
    if action != "STOP_DEPLOYMENT" or not minutes:
        return
    deployment.status = "Ready"
    stage.announce(deployment, "READY")
    yield Wait(stage.moment + timedelta(minutes=minutes), lambda: deployment.reroute)
    if not deployment.reroute:
        raise DeploymentEnded(
            "Stopped",
            "TIMEOUT",
            "The deployment timed out while waiting for a notification to continue. This time out "
            f"period is {minutes} minutes.",
            event="DEPLOYMENT_FAILURE",
        )
    deployment.status = "InProgress"


def _allow_traffic(stage: Stage, deployment: Deployment) -> Iterator[Wait]:
    """Production moves to the replacement task set, in the steps of the configuration.

    Not documented: when the replacement becomes PRIMARY. PRIMARY is the set that serves
    production (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskSet.html): here
    from the moment at which it serves all of it.
    """
    assert deployment.original is not None
    assert deployment.replacement is not None
    assert deployment.service is not None
    deployment.lifecycle.begin("AllowTraffic", stage.moment)
    blue, green = deployment.original.task_set, deployment.replacement
    for step in steps(deployment.routing):
        _share(stage, deployment, blue.target_group, green.target_group, step.percent)
        if step.seconds:
            yield Wait(stage.moment + timedelta(seconds=step.seconds))
    stage.services.make_primary(deployment.service, green)
    deployment.lifecycle.succeed("AllowTraffic", stage.moment)


def _hot_standby(stage: Stage, deployment: Deployment) -> Iterator[Wait]:
    """The original task set stays for a while, and the deployment stays in progress with it.

    Until https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_BlueInstanceTerminationOption.html
    or ContinueDeployment(TERMINATION_WAIT) ends it. Then the original set drains; the deployment
    has succeeded already.
    """
    assert deployment.original is not None
    assert deployment.service is not None
    deployment.terminating = True
    minutes = deployment.group.termination_minutes
    if minutes:
        yield Wait(stage.moment + timedelta(minutes=minutes), lambda: deployment.terminate)
    stage.services.drain(deployment.service, deployment.original.task_set)
