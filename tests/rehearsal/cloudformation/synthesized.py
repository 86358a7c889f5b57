"""The stacks that would be deployed to Prod, in the model, as they were synthesized."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3

from rehearsal.codedeploy import CodeDeploy
from rehearsal.stack import Stack
from rehearsal.wire import in_process
from tests.support.mocked_aws import mocked_aws
from tests.support.simulated_fleet import SimulatedFleet
from tests.support.templates import Templates

from .world import Account, Reply, success

REGION = "ap-southeast-1"


@contextmanager
def bootstrapped() -> Iterator[tuple[Account, CodeDeploy]]:
    """A bootstrapped account with the model of CodeDeploy; blue is live."""
    with mocked_aws(REGION), Account.open(region=REGION) as account:
        account.function.reply = live_is_blue
        elbv2 = boto3.client("elbv2")
        codedeploy = CodeDeploy(
            clock=account.clock,
            ecs=boto3.client("ecs"),
            elbv2=elbv2,
            cloudwatch=boto3.client("cloudwatch"),
            fleet=SimulatedFleet(clock=account.clock, elbv2=elbv2),
            invoke=lambda *_: None,
            publish=lambda _: None,
        )
        with in_process("codedeploy", codedeploy):
            boto3.client("ssm").put_parameter(
                Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String"
            )
            yield account, codedeploy


def live_is_blue(event: Mapping[str, Any]) -> Reply:
    """Every function succeeds, and blue is live."""
    blue = event["ResourceProperties"].get("BlueTargetGroup", "")
    return success(event["LogicalResourceId"], TargetGroupArn=blue)


def deployed(account: Account, templates: Templates) -> Stack:
    """The cluster's, the releases' and the storefront's stack, created; the last of them."""
    for name in ("Cluster", "Releases", "StorefrontService"):
        synthesized = templates["Prod", name]
        stack = account.cloudformation.stack(synthesized.stack_name)
        stack.create(synthesized.template)
        assert stack.status == "CREATE_COMPLETE", [str(event) for event in stack.events]
    return stack
