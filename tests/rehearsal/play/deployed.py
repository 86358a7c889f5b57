"""The stacks of an environment, deployed to the models in moto as they were synthesized."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3

from rehearsal.codedeploy import CodeDeploy
from rehearsal.stack import Stack
from rehearsal.stack_state import Resource
from rehearsal.wire import in_process
from tests.support.mocked_aws import mocked_aws
from tests.support.simulated_fleet import SimulatedFleet
from tests.support.templates import Templates

from ..cloudformation.world import Account, Reply, success

ACCOUNT, REGION = "123456789012", "ap-southeast-1"


@contextmanager
def deployed(templates: Templates, *, stage: str, service: str) -> Iterator[Stack]:
    """The service's stack, on those of the cluster and the releases; its tasks are simulated."""
    with mocked_aws(REGION), Account.open(account=ACCOUNT, region=REGION) as account:
        account.function.reply = _live_is_blue
        model = CodeDeploy(
            clock=account.clock,
            ecs=_client("ecs"),
            elbv2=_client("elbv2"),
            cloudwatch=_client("cloudwatch"),
            fleet=SimulatedFleet(clock=account.clock, elbv2=_client("elbv2")),
            invoke=lambda *_: None,
            publish=lambda _: None,
        )
        with in_process("codedeploy", model):
            _client("ssm").put_parameter(
                Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String"
            )
            for name in ("Cluster", "Releases", f"{service}Service"):
                synthesized = templates[stage, name]
                stack = account.cloudformation.stack(synthesized.stack_name)
                stack.create(synthesized.template)
                assert stack.status == "CREATE_COMPLETE", [str(event) for event in stack.events]
            yield stack


def only(stack: Stack, type_: str) -> Resource:
    """The only resource of that type."""
    (found,) = (one for one in stack.resources.values() if one.type == type_)
    return found


def _live_is_blue(event: Mapping[str, Any]) -> Reply:
    blue = event["ResourceProperties"].get("BlueTargetGroup", "")
    return success(event["LogicalResourceId"], TargetGroupArn=blue)


def _client(service: str) -> Any:
    make: Any = boto3.client
    return make(service)
