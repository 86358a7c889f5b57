"""Opens an environment to release in: moto, the models, and the stacks around the service's."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any

import boto3

from lambdas.common.aws import aws_client
from rehearsal.answers import Answers
from rehearsal.clock import ManualClock
from rehearsal.cloudformation import CloudFormation
from rehearsal.codedeploy import CodeDeploy
from rehearsal.state_machine import StateMachines
from rehearsal.wire import in_process
from tests.releases.fleet import FleetByDigest
from tests.releases.functions import Functions
from tests.releases.invariant import Invariant, weights
from tests.releases.platform import ACCOUNT, CLUSTER, REGION, Platform, stack_template
from tests.releases.site import Site, serving
from tests.releases.watchdog import WATCHDOG, Watchdog
from tests.support.mocked_aws import mocked_aws
from tests.support.templates import Templates

START = datetime(2031, 3, 5, 9, 0, tzinfo=UTC)
"""A Wednesday, later than any day on which this runs: functions also look at the real clock."""


@contextmanager
def opened(templates: Templates, stage: str) -> Iterator[Platform]:
    """An environment with its cluster and its releases' stack, and no service yet."""
    with ExitStack() as stack:
        stack.enter_context(mocked_aws(REGION))
        # Functions keep their clients, and those of another environment reach another AWS.
        aws_client.cache_clear()
        stack.callback(aws_client.cache_clear)
        site = stack.enter_context(serving())
        answers = stack.enter_context(Answers())
        yield _build(templates, stage, site=site, answers=answers, stack=stack)


def _build(
    templates: Templates, stage: str, *, site: Site, answers: Answers, stack: ExitStack
) -> Platform:
    clock = ManualClock(START)
    client: Any = boto3.client
    platform: Platform
    functions = Functions(
        clock=clock, adjust=lambda package, variables: _adjust(package, variables, site)
    )
    # Made before the functions' calls are watched: what the models do is not theirs.
    elbv2, ecs, cloudwatch = (boto3.client(name) for name in ("elbv2", "ecs", "cloudwatch"))
    stack.enter_context(functions.watching())
    fleet = FleetByDigest(clock=clock, elbv2=elbv2)
    machines = StateMachines(clock=clock, invoke=functions.invoke)
    stack.enter_context(in_process("stepfunctions", machines))
    codedeploy = CodeDeploy(
        clock=clock,
        ecs=ecs,
        elbv2=elbv2,
        cloudwatch=cloudwatch,
        fleet=fleet,
        invoke=functions.invoke_later,
        publish=lambda event: _publish(platform, event),
    )
    stack.enter_context(in_process("codedeploy", codedeploy))
    cloudformation = CloudFormation(
        clock=clock,
        client=client,
        answers=answers,
        invoke=functions.invoke_later,
        register_function=functions.register,
        register_state_machine=lambda _name, arn, definition, _role: machines.define(
            arn, definition
        ),
        account=ACCOUNT,
        region=REGION,
    )
    platform = Platform(
        stage=stage,
        templates=templates,
        clock=clock,
        fleet=fleet,
        codedeploy=codedeploy,
        machines=machines,
        functions=functions,
        cloudformation=cloudformation,
        invariant=Invariant(elbv2),
        watchdog=Watchdog(clock, lambda moment: _watch(platform, moment)),
        site=site,
        elbv2=elbv2,
    )
    functions.before_run = lambda package: _before(platform, package)
    boto3.client("ssm").put_parameter(
        Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String"
    )
    for name in ("Cluster", "Releases"):
        one = cloudformation.stack(f"{stage}-{name}")
        one.create(stack_template(templates, stage, name))
        platform.pass_time(1)
        assert one.status == "CREATE_COMPLETE", one.events[-1]
    # CloudFormation's model makes a topic's values only; messages need the topic.
    boto3.client("sns").create_topic(Name=f"{CLUSTER}-releases")
    platform.watchdog.due = clock.now() + WATCHDOG
    return platform


def _publish(platform: Platform, event: Mapping[str, Any]) -> None:
    platform.published.append(event)
    if platform.lose(event):
        return
    for _ in range(2 if platform.repeat(event) else 1):
        for package in ("scaling_guard", "release_notifications"):
            platform.functions.invoke_later(platform.functions.arn(package), event)


def _watch(platform: Platform, moment: datetime) -> None:
    event = {"watchdog": True, "time": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}
    platform.functions.invoke_later(platform.functions.arn("scaling_guard"), event)


def _adjust(package: str, variables: dict[str, str], site: Site) -> None:
    """The checks ask the site on this machine, and a busy machine is no reason to fail."""
    if package != "release_checks":
        return
    variables["TEST_URL"] = variables["PRODUCTION_URL"] = site.url
    checks = json.loads(variables["CHECKS"])
    for check in checks:
        check.pop("p95_ms", None)
    variables["CHECKS"] = json.dumps(checks)


def _before(platform: Platform, package: str) -> None:
    """The site behaves as the version that the test listener leads to."""
    if package != "release_checks":
        return
    (group,) = weights(platform.elbv2, platform.listener(8443))
    serving = {
        one["loadBalancers"][0]["targetGroupArn"]: platform.digest_of(one["taskDefinition"])
        for one in platform.service()["taskSets"]
        if one["status"] != "DRAINING"
    }
    platform.site.status = 500 if serving[group] in platform.bad_digests else 200
