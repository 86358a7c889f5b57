"""How a deployment ends without success, and how it is taken back.

A rollback is a deployment of its own
(https://docs.aws.amazon.com/codedeploy/latest/userguide/deployments-rollback-and-redeploy.html)
that reroutes traffic to the original task set
(https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-steps-ecs.html#deployment-rollback-ecs).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from .appspec import appspec_of, revision_of
from .deployment import Deployment, DeploymentEnded, Wait
from .groups import ALL_AT_ONCE
from .runner import SETTLE_MINUTES, start, succeed
from .stage import Stage

# Not documented: how long a rollback takes. Published records show less than half a minute from
# an alarm to a deployment that is Stopped with its traffic back.
ROLLBACK_SECONDS = 15


def end(stage: Stage, deployment: Deployment, ended: DeploymentEnded) -> Deployment | None:
    """End the deployment and return the rollback that follows, None when there is none."""
    deployment.lifecycle.end(stage.moment, _diagnostics(deployment, ended))
    deployment.status = ended.status
    deployment.completed = stage.moment
    deployment.error = (ended.code, ended.message)
    deployment.run = None
    deployment.settle_until = None
    stage.announce(deployment, "STOP" if ended.status == "Stopped" else "FAILURE")
    if not _rolls_back(deployment, ended):
        return None
    rollback = deployment.rolled_back_by = _rollback_of(stage, deployment)
    return rollback


def back(stage: Stage, rollback: Deployment) -> Iterator[Wait]:
    """Run a rollback: traffic first and at once, then the replacement task set goes.

    Not documented: the lifecycle events of a rollback. Here AllowTraffic runs, the others do not.
    """
    failed = rollback.rollback_of
    assert failed is not None
    assert failed.original is not None
    assert failed.service is not None
    start(stage, rollback)
    events = rollback.lifecycle
    for event in events.events:
        event.status = "Skipped"
    events.begin("AllowTraffic", stage.moment)
    rollback.service, rollback.replacement = failed.service, failed.original.task_set
    blue = failed.original.task_set
    if failed.replacement:
        green = failed.replacement
        stage.listeners.split(
            failed.group.production, {blue.target_group: 100, green.target_group: 0}
        )
        if failed.group.test and failed.original.test_actions:
            stage.listeners.set_actions(failed.group.test, failed.original.test_actions)
        stage.services.make_primary(failed.service, blue)
        stage.services.drain(failed.service, green)
    yield Wait(stage.moment + timedelta(seconds=ROLLBACK_SECONDS))
    events.succeed("AllowTraffic", stage.moment)
    succeed(stage, rollback)


def stop_on_request() -> DeploymentEnded:
    """StopDeployment. Not documented: the message of a MANUAL_STOP."""
    return DeploymentEnded(
        "Stopped",
        "MANUAL_STOP",
        "The deployment was stopped on request",
        event="DEPLOYMENT_STOP_ON_REQUEST",
    )


def stop_on_alarm(active: tuple[str, ...]) -> DeploymentEnded:
    """An alarm stops a deployment, which is then Stopped:
    https://docs.aws.amazon.com/codedeploy/latest/userguide/monitoring-create-alarms.html

    The message is CodeDeploy's, as published records show it.
    """
    return DeploymentEnded(
        "Stopped",
        "ALARM_ACTIVE",
        "One or more alarms have been activated according to the Amazon CloudWatch metrics you "
        "selected, and the affected deployments have been stopped. Activated alarms: "
        + " ".join(f"<{name}>" for name in active),
        event="DEPLOYMENT_STOP_ON_ALARM",
    )


def stop_on_unreadable(names: tuple[str, ...]) -> DeploymentEnded:
    """Alarm states that cannot be retrieved stop a deployment unless ignorePollAlarmFailure:
    https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_AlarmConfiguration.html

    Not documented: the error code and the message, and which automatic rollback it is.
    """
    return DeploymentEnded(
        "Stopped",
        "ALARM_ACTIVE",
        "The state of alarms could not be retrieved from Amazon CloudWatch: "
        + " ".join(f"<{name}>" for name in names),
        event="DEPLOYMENT_STOP_ON_ALARM",
    )


def fail_unsettled() -> DeploymentEnded:
    """A service that scales during a deployment has five minutes to reach steady state:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-bluegreen.html

    Not documented: the error code and the message; no public record of it was found.
    """
    return DeploymentEnded(
        "Failed",
        "ECS_UPDATE_ERROR",
        "The ECS service was scaled during the deployment and did not reach steady state within "
        f"{SETTLE_MINUTES} minutes.",
        event="DEPLOYMENT_FAILURE",
    )


def _rolls_back(deployment: Deployment, ended: DeploymentEnded) -> bool:
    """By request, else by configuration; and not before anything was installed.

    "A rollback is not possible at this point": of BeforeInstall,
    https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html
    A rollback is never rolled back.
    """
    if deployment.is_rollback or deployment.original is None:
        return False
    requested = deployment.stop.rollback if deployment.stop else None
    if ended.event == "DEPLOYMENT_STOP_ON_REQUEST" and requested is not None:
        return requested
    configuration = deployment.auto_rollback
    return bool(configuration.get("enabled")) and ended.event in configuration.get("events", [])


def _rollback_of(stage: Stage, failed: Deployment) -> Deployment:
    """The rollback as a record of its own. It moves all at once and watches no alarms.

    Not documented: the revision of a rollback to the task set that CreateService made; here it is
    the AppSpec that would deploy it. Not documented: that alarms are not watched; the one that
    caused the rollback is still active.
    """
    assert failed.original
    blue = failed.original.task_set
    revision = failed.previous or revision_of(
        {
            "revisionType": "AppSpecContent",
            "appSpecContent": {
                "content": appspec_of(blue.task_definition, blue.container, blue.port)
            },
        }
    )
    return Deployment(
        id=f"d-{stage.new_id()}",
        group=failed.group,
        config=ALL_AT_ONCE,
        routing={"type": "AllAtOnce"},
        revision=revision,
        previous=failed.revision,
        description=None,
        creator="codeDeployRollback",
        created=stage.moment,
        auto_rollback={},
        alarms={},
        rollback_of=failed,
    )


def _diagnostics(deployment: Deployment, ended: DeploymentEnded) -> dict[str, str]:
    """Not documented: an ECS event's diagnostics; the shape is LifecycleEvent's."""
    hook = deployment.hook
    current = deployment.lifecycle.current
    if hook is None or current is None or hook.event != current.name:
        return {"errorCode": "UnknownError", "message": ended.message}
    timed_out = not hook.ended
    return {
        "errorCode": "ScriptTimedOut" if timed_out else "ScriptFailed",
        "scriptName": hook.function,
        "message": ended.message,
    }
