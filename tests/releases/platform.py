"""An environment to release in: its stacks as synthesized, on moto and the models, without AWS.

Everything is driven by one clock. Nothing here decides anything about a release: what happens is
done by the functions under test, by CodeDeploy's model, or by the test.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import boto3
from moto.sns.models import sns_backends

from rehearsal.clock import Actor, ManualClock, play
from rehearsal.cloudformation import CloudFormation
from rehearsal.codedeploy import CodeDeploy
from rehearsal.stack import Stack
from rehearsal.state_machine import StateMachines
from tests.releases.fleet import FleetByDigest
from tests.releases.functions import Functions
from tests.releases.invariant import Invariant, weights
from tests.releases.site import Site
from tests.releases.watchdog import Watchdog
from tests.support.simulated_fleet import Behaviour
from tests.support.templates import Json, Templates

ACCOUNT = "123456789012"
REGION = "ap-southeast-1"
CLUSTER = "pase"
SERVICE = "storefront"
SYNTHESIZED_DIGEST = "sha256:" + "5e" * 32


def digest(version: int) -> str:
    """The digest of a version's image."""
    return f"sha256:{version:064x}"


def stack_template(templates: Templates, stage: str, name: str) -> Json:
    """A stack's template as it would be in moto's account."""
    stack = templates[stage, name]
    content: Json = json.loads(json.dumps(stack.template).replace(stack.account, ACCOUNT))
    return content


@dataclass(eq=False)
class Platform:
    """The environment. ``lose`` says which events get lost, ``repeat`` which come twice."""

    stage: str
    templates: Templates
    clock: ManualClock
    fleet: FleetByDigest
    codedeploy: CodeDeploy
    machines: StateMachines
    functions: Functions
    cloudformation: CloudFormation
    invariant: Invariant
    watchdog: Watchdog
    site: Site
    elbv2: Any
    published: list[Mapping[str, Any]] = field(default_factory=list)
    lose: Callable[[Mapping[str, Any]], bool] = lambda _: False
    repeat: Callable[[Mapping[str, Any]], bool] = lambda _: False
    bad_digests: set[str] = field(default_factory=set)
    change: Callable[[Json], object] = lambda _: None
    version: int = 1

    @property
    def stack(self) -> Stack:
        """The service's stack."""
        return self.cloudformation.stack(f"{self.stage}-StorefrontService")

    @property
    def status(self) -> str:
        """The stack's status in CloudFormation's words."""
        return str(self.stack.status)

    def template(self, version: int) -> Json:
        """The service's stack with that version's image, and the scenario's ``change`` made."""
        content = stack_template(self.templates, self.stage, "StorefrontService")
        text = json.dumps(content).replace(SYNTHESIZED_DIGEST, digest(version))
        changed: Json = json.loads(text)
        self.change(changed)
        return changed

    def deploy(self, version: int) -> None:
        """Start to deploy the service's stack with that version."""
        self.version = version
        self.stack.deploy(self.template(version))

    def release(self, version: int, *, hours: float = 1.1) -> str:
        """Deploy and wait until CloudFormation is done; its status."""
        self.deploy(version)
        self.wait(lambda: not self.stack.status.in_progress, hours=hours)
        return self.status

    def pass_time(self, seconds: float) -> None:
        """Turn the clock, stopping wherever something is due."""
        actors: list[Actor] = [
            self.codedeploy,
            self.functions,
            self.machines,
            self.cloudformation,
            self.watchdog,
            self.invariant,
        ]
        play(self.clock, actors, seconds=seconds)

    def wait(self, until: Callable[[], bool], *, hours: float = 1.1, step: float = 15) -> None:
        """Turn the clock until something is so; an error when it is not within ``hours``."""
        end = self.clock.now() + timedelta(hours=hours)
        while not until():
            assert self.clock.now() < end, f"not within {hours} hours; {self.describe()}"
            self.pass_time(step)

    def describe(self) -> str:
        """Where everything stands, for a failed assertion."""
        events = [f"{e.logical_id} {e.status} {e.reason}" for e in self.stack.events[-3:]]
        return json.dumps(
            {
                "now": self.clock.now().isoformat(),
                "stack": self.status,
                "events": events,
                "deployments": [(one["deploymentId"], one["status"]) for one in self.deployments()],
                "weights": self.shares(),
                "scaling": self.suspended(),
            },
            indent=1,
        )

    # What the world looks like.

    def client(self, service: str) -> Any:
        """A client of moto or of a model."""
        make: Any = boto3.client
        return make(service)

    def deployments(self) -> list[dict[str, Any]]:
        """Every deployment so far, oldest first."""
        client = self.client("codedeploy")
        ids = client.list_deployments(applicationName=SERVICE, deploymentGroupName=SERVICE)
        return [
            client.get_deployment(deploymentId=one)["deploymentInfo"]
            for one in reversed(ids["deployments"])
        ]

    def event(self) -> str:
        """The lifecycle event in which the newest deployment is; empty between two."""
        newest = self.deployments()[-1:]
        if not newest:
            return ""
        target = self.client("codedeploy").get_deployment_target(
            deploymentId=newest[0]["deploymentId"], targetId=f"{CLUSTER}:{SERVICE}"
        )
        for one in target["deploymentTarget"]["ecsTarget"]["lifecycleEvents"]:
            if one["status"] == "InProgress":
                return str(one["lifecycleEventName"])
        return ""

    def service(self) -> dict[str, Any]:
        """DescribeServices."""
        answer = self.client("ecs").describe_services(cluster=CLUSTER, services=[SERVICE])
        found: dict[str, Any] = answer["services"][0]
        return found

    def task_sets(self) -> dict[str, str]:
        """Digest -> status of the task sets that there are."""
        return {
            self.digest_of(one["taskDefinition"]): one["status"]
            for one in self.service()["taskSets"]
        }

    def primary(self) -> str:
        """The digest that serves."""
        (found,) = [d for d, status in self.task_sets().items() if status == "PRIMARY"]
        return found

    def digest_of(self, task_definition: str) -> str:
        """The digest that a revision runs."""
        answer = self.client("ecs").describe_task_definition(taskDefinition=task_definition)
        image: str = answer["taskDefinition"]["containerDefinitions"][0]["image"]
        return image.partition("@")[2]

    def listener(self, port: int) -> str:
        """The ARN of the listener on that port."""
        (found,) = [
            one.physical_id
            for one in self.stack.resources.values()
            if one.type == "AWS::ElasticLoadBalancingV2::Listener"
            and int(one.properties["Port"]) == port
        ]
        return found

    def shares(self, port: int = 443) -> dict[str, int]:
        """Colour -> share of the listener's requests, the ones without any left out."""
        return {
            group.split("/")[1].rpartition("-")[2]: weight
            for group, weight in weights(self.elbv2, self.listener(port)).items()
            if weight
        }

    def suspended(self) -> bool | None:
        """Whether scaling is suspended; None when only a part of it is."""
        (target,) = self.client("application-autoscaling").describe_scalable_targets(
            ServiceNamespace="ecs", ResourceIds=[f"service/{CLUSTER}/{SERVICE}"]
        )["ScalableTargets"]
        flags = set(target["SuspendedState"].values())
        return flags.pop() if len(flags) == 1 else None

    def bounds(self) -> tuple[int, int]:
        """The scalable target's bounds."""
        (target,) = self.client("application-autoscaling").describe_scalable_targets(
            ServiceNamespace="ecs", ResourceIds=[f"service/{CLUSTER}/{SERVICE}"]
        )["ScalableTargets"]
        return target["MinCapacity"], target["MaxCapacity"]

    def marker(self) -> bool:
        """Whether the guard's marker is there."""
        names = self.client("ssm").describe_parameters()["Parameters"]
        return any(one["Name"] == f"/{CLUSTER}/{SERVICE}/scaling-suspended" for one in names)

    def asked_for(self) -> str:
        """The digest that the stack asked for last, by its parameter."""
        name = f"/{CLUSTER}/{SERVICE}/task-definition"
        value = self.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
        return self.digest_of(value)

    def messages(self) -> list[tuple[str, str]]:
        """Subject and text of every notification so far."""
        topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:{CLUSTER}-releases"
        sent = sns_backends[ACCOUNT][REGION].topics[topic].sent_notifications
        return [(str(subject), str(text)) for _, text, subject, *_ in sent]

    def answers(self) -> list[str]:
        """Why the release resource failed, each time it did."""
        return [
            event.reason
            for event in self.stack.events
            if event.status.endswith("_FAILED") and self._is_release(event.logical_id)
        ]

    # What a person or AWS does.

    def behave(self, version: int, behaviour: Behaviour) -> None:
        """How the tasks of a version that is not yet deployed behave."""
        self.fleet.by_digest[digest(version)] = behaviour

    def alarm(self, name: str, state: str) -> None:
        """Set an alarm's state."""
        self.client("cloudwatch").set_alarm_state(
            AlarmName=f"{SERVICE}-{name}", StateValue=state, StateReason="the test says so"
        )

    def rollback(self) -> dict[str, Any]:
        """One click: the function behind the Automation document."""
        arn = self.functions.arn("rollback")
        answer: dict[str, Any] = self.functions.invoke(arn, {"service": SERVICE, "to": ""})
        return answer

    def approve(self) -> None:
        """ContinueDeployment of the newest deployment."""
        self.client("codedeploy").continue_deployment(
            deploymentId=self.deployments()[-1]["deploymentId"], deploymentWaitType="READY_WAIT"
        )

    def scheduled_action(self, minimum: int) -> bool:
        """What Application Auto Scaling does when a peak begins; whether it did anything.

        https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-suspend-resume-scaling.html
        """
        if self.suspended() is not False:
            return False
        self.client("application-autoscaling").register_scalable_target(
            ServiceNamespace="ecs",
            ResourceId=f"service/{CLUSTER}/{SERVICE}",
            ScalableDimension="ecs:service:DesiredCount",
            MinCapacity=minimum,
            MaxCapacity=40,
        )
        self.follow_bounds()
        return True

    def follow_bounds(self) -> None:
        """Application Auto Scaling brings the count within the target's bounds."""
        minimum, maximum = self.bounds()
        count = min(max(self.service()["desiredCount"], minimum), maximum)
        self.client("ecs").update_service(cluster=CLUSTER, service=SERVICE, desiredCount=count)

    def _is_release(self, logical_id: str) -> bool:
        resource = self.stack.resources.get(logical_id)
        return resource is not None and resource.type == "Custom::Release"
