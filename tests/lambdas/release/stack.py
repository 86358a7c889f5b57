"""CloudFormation and the state machine, as the tests against the model need them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3

from lambdas.release.handler import handler
from rehearsal.clock import play
from tests.lambdas.release.answers import Bucket
from tests.lambdas.release.given import event, properties
from tests.rehearsal.parts import HOOK
from tests.rehearsal.world import SERVICE, World

HOUR = 3600


class Stack:
    """CloudFormation, and the state machine between it and the function."""

    def __init__(self, world: World, bucket: Bucket) -> None:
        self._world = world
        self._bucket = bucket
        self._requests = 0
        self.serving = self._properties(world.service()["taskSets"][0]["taskDefinition"])

    def properties(self, image: str, **change: Any) -> dict[str, Any]:
        """The resource with a new task definition."""
        return self._properties(self._world.task_definition(image), **change)

    def request(self, kind: str, wanted: dict[str, Any]) -> dict[str, Any]:
        """Ask for `wanted`; the answer."""
        steps = self.steps(kind, wanted)
        while next(steps, None) is not None:
            pass
        return self._bucket.answers[-1]

    def steps(self, kind: str, wanted: dict[str, Any]) -> Iterator[str]:
        """The reasons for which one request waits."""
        self._requests += 1
        asked = event(
            kind,
            url=self._bucket.url,
            request_id=f"request-{self._requests}",
            wanted=wanted,
            old=self.serving,
        )
        started = self._world.clock.now()
        while True:
            given = {
                "request": asked,
                "startedAt": started.isoformat(),
                "enteredAt": self._world.clock.now().isoformat(),
            }
            answer = handler(json.loads(json.dumps(given)), None)
            assert answer is not None
            self.check()
            if not answer["wait"]:
                return
            assert (self._world.clock.now() - started).total_seconds() < HOUR
            yield answer["reason"]
            play(self._world.clock, [self._world.model], seconds=answer["seconds"])
            self.check()

    def reason(self) -> str:
        """What CloudFormation was told last."""
        assert self._bucket.answers[-1]["Status"] == "FAILED"
        return str(self._bucket.answers[-1]["Reason"])

    def check(self) -> None:
        """The invariant: users are only sent to groups with healthy targets."""
        elbv2 = boto3.client("elbv2")
        groups = {"blue": self._world.blue, "green": self._world.green}
        for colour, weight in self._world.weights().items():
            if weight:
                health = elbv2.describe_target_health(TargetGroupArn=groups[colour])
                assert health["TargetHealthDescriptions"], f"{weight} % of users go to nowhere"

    def primary(self) -> str:
        """The task definition that serves."""
        (found,) = (
            one["taskDefinition"]
            for one in self._world.service()["taskSets"]
            if one["status"] == "PRIMARY"
        )
        return str(found)

    def _properties(self, task_definition: str, **change: Any) -> dict[str, Any]:
        network = self._world.network["awsvpcConfiguration"]
        given = {
            "HookFunction": HOOK,
            "Capacity": "[]",
            "Subnets": list(network["subnets"]),
            "SecurityGroups": list(network["securityGroups"]),
        }
        return properties(task_definition, **given | change)


def name_hosts() -> None:
    """moto records tasks with the name of their network interface, which needs a VPC with names."""
    ec2 = boto3.client("ec2")
    for vpc in ec2.describe_vpcs()["Vpcs"]:
        ec2.modify_vpc_attribute(VpcId=vpc["VpcId"], EnableDnsHostnames={"Value": True})


def deployments(world: World) -> list[dict[str, Any]]:
    ids = world.codedeploy.list_deployments(applicationName=SERVICE, deploymentGroupName=SERVICE)
    return [world.info(id) for id in reversed(ids["deployments"])]
