"""The lifecycle events of a deployment and their hooks.

https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-steps-ecs.html
https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html
"""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from rehearsal.errors import InvocationRefusedError
from tests.support.simulated_fleet import Behaviour

from .parts import HOOK, standby
from .world import World

ORDER = [
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "AllowTestTraffic",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AllowTraffic",
    "AfterAllowTraffic",
]


def test_a_deployment_is_created_first_and_starts_when_its_time_has_come(world: World) -> None:
    world.group()
    id = world.deploy()
    assert world.info(id)["status"] == "Created"
    assert "startTime" not in world.info(id)
    world.pass_time(0)
    assert world.info(id)["status"] == "InProgress"
    assert world.info(id)["creator"] == "user"


def test_the_events_of_an_ecs_deployment_come_in_aws_order_without_gaps(world: World) -> None:
    world.group()
    id = world.deploy()
    world.pass_time(31 + 300)
    events = world.target(id)["lifecycleEvents"]
    assert [event["lifecycleEventName"] for event in events] == ORDER
    assert {event["status"] for event in events} == {"Succeeded"}
    times = [moment for event in events for moment in (event["startTime"], event["endTime"])]
    assert times == sorted(times)


def test_an_event_without_a_hook_succeeds_at_once(world: World) -> None:
    world.group()
    id = world.deploy()
    world.pass_time(31)
    event = world.target(id)["lifecycleEvents"][4]
    assert event["status"] == "Succeeded"
    assert event["startTime"] == event["endTime"]
    assert world.outside.invoked == []


def test_a_hook_is_invoked_with_the_two_documented_ids_when_test_traffic_is_allowed(
    world: World,
) -> None:
    world.group()
    id = world.deploy(hooks=True)
    weights_at_hook = []
    world.outside.on_hook = lambda: weights_at_hook.append(world.weights(world.test))
    world.pass_time(31)
    [(function, payload)] = world.outside.invoked
    assert function == HOOK
    assert set(payload) == {"DeploymentId", "LifecycleEventHookExecutionId"}
    assert payload["DeploymentId"] == id
    assert weights_at_hook == [{"green": 100}]


def test_a_hook_may_answer_while_it_is_invoked(world: World) -> None:
    world.group()
    world.outside.on_hook = lambda: world.answer_hook("Succeeded")
    id = world.deploy(hooks=True)
    world.pass_time(31)
    assert world.events(id)["AfterAllowTestTraffic"] == "Succeeded"
    assert world.weights() == {"blue": 80, "green": 20}


def test_nothing_goes_on_while_a_hook_is_being_invoked(world: World) -> None:
    seen = []

    def answer_and_run() -> None:
        world.answer_hook("Succeeded")
        world.model.run_due()
        seen.append(world.weights())

    world.group()
    world.outside.on_hook = answer_and_run
    world.deploy(hooks=True)
    world.pass_time(31)
    assert seen == [{"blue": 100, "green": 0}]
    assert world.weights() == {"blue": 80, "green": 20}


def test_a_caller_that_breaks_off_while_a_hook_is_invoked_leaves_a_model_that_goes_on(
    world: World,
) -> None:
    def break_off() -> None:
        raise KeyboardInterrupt

    world.group()
    world.outside.on_hook = break_off
    id = world.deploy(hooks=True)
    with pytest.raises(KeyboardInterrupt):
        world.pass_time(31)
    world.answer_hook("Succeeded")
    world.pass_time(0)
    assert world.events(id)["AfterAllowTestTraffic"] == "Succeeded"


def test_no_production_traffic_moves_before_the_hook_has_answered(world: World) -> None:
    world.group()
    world.deploy(hooks=True)
    world.pass_time(3000)
    assert world.weights() == {"blue": 100, "green": 0}


def test_a_hook_that_says_failed_fails_the_deployment_with_the_documented_message(
    world: World,
) -> None:
    world.group()
    id = world.deploy(hooks=True)
    world.pass_time(31)
    world.answer_hook("Failed")
    world.pass_time(0)
    info = world.info(id)
    assert info["status"] == "Failed"
    assert info["errorInformation"] == {
        "code": "HOOK_EXECUTION_FAILURE",
        "message": "The deployment failed because one or more of the lifecycle event validation "
        "functions failed.",
    }
    events = world.events(id)
    assert events["AllowTestTraffic"] == "Succeeded"
    assert events["AfterAllowTestTraffic"] == "Failed"
    assert {events[name] for name in ORDER[5:]} == {"Skipped"}
    diagnostics = world.target(id)["lifecycleEvents"][4]["diagnostics"]
    assert diagnostics["scriptName"] == HOOK
    assert diagnostics["errorCode"] == "ScriptFailed"


def test_a_hook_that_stays_silent_fails_the_deployment_after_one_hour(world: World) -> None:
    world.group()
    id = world.deploy(hooks=True)
    world.pass_time(30 + 3599)
    assert world.info(id)["status"] == "InProgress"
    world.pass_time(1)
    info = world.info(id)
    assert info["status"] == "Failed"
    assert info["errorInformation"]["message"] == (
        "The deployment timed out while waiting for a status callback. CodeDeploy expects a "
        "status callback within one hour after a deployment hook is invoked."
    )
    diagnostics = world.target(id)["lifecycleEvents"][4]["diagnostics"]
    assert diagnostics["errorCode"] == "ScriptTimedOut"


def test_a_hook_that_cannot_be_invoked_fails_the_deployment_naming_the_role(world: World) -> None:
    def refuse() -> None:
        raise InvocationRefusedError("Function not found")

    world.group()
    world.outside.on_hook = refuse
    id = world.deploy(hooks=True)
    world.pass_time(31)
    error = world.info(id)["errorInformation"]
    assert error["code"] == "IAM_ROLE_PERMISSIONS"
    assert "role/deployment does not give you permission" in error["message"]


@pytest.mark.parametrize("status", ["Pending", "InProgress", "Skipped", "Unknown"])
def test_a_hook_may_only_say_succeeded_or_failed(world: World, status: str) -> None:
    world.group()
    world.deploy(hooks=True)
    world.pass_time(31)
    with pytest.raises(ClientError, match="InvalidLifecycleEventHookExecutionStatusException"):
        world.answer_hook(status)


def test_a_hook_answers_once(world: World) -> None:
    world.group()
    world.deploy(hooks=True)
    world.pass_time(31)
    world.answer_hook("Succeeded")
    with pytest.raises(ClientError, match="LifecycleEventAlreadyCompletedException"):
        world.answer_hook("Failed")
    world.pass_time(0)
    with pytest.raises(ClientError, match="LifecycleEventAlreadyCompletedException"):
        world.answer_hook("Failed")


def test_a_hook_execution_id_that_was_never_given_out_is_refused(world: World) -> None:
    world.group()
    id = world.deploy(hooks=True)
    world.pass_time(31)
    with pytest.raises(ClientError, match="InvalidLifecycleEventHookExecutionIdException"):
        world.codedeploy.put_lifecycle_event_hook_execution_status(
            deploymentId=id, lifecycleEventHookExecutionId="other", status="Succeeded"
        )


def test_install_waits_until_the_replacement_is_healthy(world: World) -> None:
    world.group()
    id = world.deploy()
    world.pass_time(29)
    assert world.events(id)["Install"] == "InProgress"
    world.pass_time(1)
    assert world.events(id)["Install"] == "Succeeded"


def test_a_replacement_that_never_gets_healthy_fails_install_after_sixty_minutes(
    world: World,
) -> None:
    world.group()
    id = world.deploy()
    definition = world.latest_definition()
    world.fleet.behaviours[definition] = Behaviour(healthy_after=None)
    world.pass_time(3599)
    assert world.events(id)["Install"] == "InProgress"
    world.pass_time(1)
    info = world.info(id)
    assert info["status"] == "Failed"
    assert info["errorInformation"] == {
        "code": "TIMEOUT",
        "message": "The deployment timed out while waiting for the replacement task set to become "
        "healthy. This time out period is 60 minutes.",
    }
    assert world.events(id)["Install"] == "Failed"
    assert world.weights() == {"blue": 100, "green": 0}


def test_health_is_not_waited_for_when_all_traffic_moves_at_once(world: World) -> None:
    """Health checks begin after the shift then:
    https://docs.aws.amazon.com/codedeploy/latest/userguide/troubleshooting-ecs.html
    """
    world.group(deploymentConfigName="CodeDeployDefault.ECSAllAtOnce")
    world.deploy()
    world.fleet.behaviours[world.latest_definition()] = Behaviour(healthy_after=None)
    world.pass_time(10)
    assert world.weights() == {"blue": 0, "green": 100}
    assert world.healthy(world.green) == 0


def test_a_primary_group_that_is_not_behind_a_listener_fails_the_deployment(world: World) -> None:
    """https://docs.aws.amazon.com/codedeploy/latest/userguide/troubleshooting-ecs.html"""
    world.group()
    world.point(world.test, world.green)
    id = world.deploy()
    world.pass_time(0)
    assert world.info(id)["errorInformation"]["message"] == (
        "The ELB could not be updated due to the following error: Primary taskset target group "
        "must be behind listener"
    )


def test_a_task_definition_that_ecs_does_not_know_fails_install(world: World) -> None:
    world.group()
    id = world.deploy(definition="storefront:99")
    world.pass_time(0)
    assert world.info(id)["errorInformation"]["code"] == "ECS_UPDATE_ERROR"
    assert world.events(id)["Install"] == "Failed"


def test_a_service_that_was_deleted_fails_the_deployment(world: World) -> None:
    world.group()
    world.ecs.delete_service(cluster="pase", service="storefront", force=True)
    id = world.deploy()
    world.pass_time(0)
    assert world.info(id)["errorInformation"]["code"] == "INVALID_ECS_SERVICE"


def test_a_deployment_in_hot_standby_is_in_progress_with_every_event_succeeded(
    world: World,
) -> None:
    world.group(blueGreenDeploymentConfiguration=standby(60))
    id = world.deploy()
    world.pass_time(30 + 300 + 3599)
    info = world.info(id)
    assert info["status"] == "InProgress"
    assert info["instanceTerminationWaitTimeStarted"] is True
    assert set(world.events(id).values()) == {"Succeeded"}
    world.pass_time(1)
    assert world.info(id)["status"] == "Succeeded"
