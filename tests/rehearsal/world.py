"""What the model's tests play in: a service, its listeners and a deployment group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import boto3

from rehearsal.clock import ManualClock, play
from rehearsal.codedeploy import CodeDeploy
from rehearsal.wire import in_process
from tests.support.simulated_fleet import SimulatedFleet

from .load_balancer import load_balancer
from .parts import Outside, appspec, standby

CLUSTER = "pase"
SERVICE = "storefront"
ALARM = "storefront-5xx-green"
START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@dataclass
class World:
    """The model and everything around it."""

    clock: ManualClock
    fleet: SimulatedFleet
    model: CodeDeploy
    production: str
    test: str
    blue: str
    green: str
    network: Mapping[str, Any]
    outside: Outside

    @classmethod
    @contextmanager
    def open(cls) -> Iterator[World]:
        """A service of two tasks, not yet running."""
        elbv2 = boto3.client("elbv2")
        clock = ManualClock(START)
        outside = Outside()
        fleet = SimulatedFleet(clock=clock, elbv2=elbv2)
        network, groups, listeners = load_balancer(elbv2, name=SERVICE)
        model = CodeDeploy(
            clock=clock,
            ecs=boto3.client("ecs"),
            elbv2=elbv2,
            cloudwatch=boto3.client("cloudwatch"),
            fleet=fleet,
            invoke=outside.invoke,
            publish=outside.publish,
        )
        world = cls(clock, fleet, model, *listeners, *groups, network, outside)
        with in_process("codedeploy", model):
            world._build()
            yield world

    @cached_property
    def codedeploy(self) -> Any:
        """A client of the model."""
        return boto3.client("codedeploy")

    @cached_property
    def elbv2(self) -> Any:
        """A client of moto's load balancers."""
        return boto3.client("elbv2")

    @cached_property
    def ecs(self) -> Any:
        """A client of moto's ECS."""
        return boto3.client("ecs")

    def pass_time(self, seconds: float) -> None:
        """Turn the clock, stopping wherever something is due."""
        play(self.clock, [self.model], seconds=seconds)

    def group(self, **changes: Any) -> None:
        """Create the deployment group: canary 20 % for 5 minutes, 60 minutes of hot standby."""
        given: dict[str, Any] = {
            "applicationName": SERVICE,
            "deploymentGroupName": SERVICE,
            "deploymentConfigName": "canary",
            "serviceRoleArn": "arn:aws:iam::123456789012:role/deployment",
            "deploymentStyle": {
                "deploymentType": "BLUE_GREEN",
                "deploymentOption": "WITH_TRAFFIC_CONTROL",
            },
            "ecsServices": [{"clusterName": CLUSTER, "serviceName": SERVICE}],
            "loadBalancerInfo": self.pair(),
            "blueGreenDeploymentConfiguration": standby(60),
            "autoRollbackConfiguration": {
                "enabled": True,
                "events": [
                    "DEPLOYMENT_FAILURE",
                    "DEPLOYMENT_STOP_ON_ALARM",
                    "DEPLOYMENT_STOP_ON_REQUEST",
                ],
            },
            "alarmConfiguration": {"enabled": True, "alarms": [{"name": ALARM}]},
        }
        self.codedeploy.create_deployment_group(**{**given, **changes})

    def task_definition(self, image: str) -> str:
        """Register a revision of the service's family."""
        answer = self.ecs.register_task_definition(
            family=SERVICE,
            networkMode="awsvpc",
            containerDefinitions=[{"name": "app", "image": image, "memory": 64}],
        )
        arn: str = answer["taskDefinition"]["taskDefinitionArn"]
        return arn

    def deploy(
        self,
        *,
        hooks: bool = False,
        image: str = "app@sha256:2",
        definition: str | None = None,
        **given: Any,
    ) -> str:
        """CreateDeployment of a new revision; its id. Capitalised names go into the AppSpec."""
        properties = {name: given.pop(name) for name in list(given) if name[0].isupper()}
        wanted = definition or self.task_definition(image)
        answer = self.codedeploy.create_deployment(
            applicationName=SERVICE,
            deploymentGroupName=SERVICE,
            revision={
                "revisionType": "AppSpecContent",
                "appSpecContent": {"content": appspec(wanted, hooks=hooks, **properties)},
            },
            **given,
        )
        id: str = answer["deploymentId"]
        return id

    def info(self, id: str) -> dict[str, Any]:
        """GetDeployment."""
        found: dict[str, Any] = self.codedeploy.get_deployment(deploymentId=id)["deploymentInfo"]
        return found

    def target(self, id: str) -> dict[str, Any]:
        """The deployment's one ECS target."""
        client = self.codedeploy
        targets = client.list_deployment_targets(deploymentId=id)["targetIds"]
        answer = client.batch_get_deployment_targets(deploymentId=id, targetIds=targets)
        found: dict[str, Any] = answer["deploymentTargets"][0]["ecsTarget"]
        return found

    def events(self, id: str) -> dict[str, str]:
        """The lifecycle events' statuses by name."""
        events = self.target(id)["lifecycleEvents"]
        return {event["lifecycleEventName"]: event["status"] for event in events}

    def weights(self, listener: str | None = None) -> dict[str, int]:
        """Where a listener, production by default, sends its requests, in percent."""
        arn = listener or self.production
        answer = self.elbv2.describe_listeners(ListenerArns=[arn])
        action = answer["Listeners"][0]["DefaultActions"][0]
        names = {self.blue: "blue", self.green: "green"}
        if "ForwardConfig" in action:
            groups = action["ForwardConfig"]["TargetGroups"]
            return {names[one["TargetGroupArn"]]: one["Weight"] for one in groups}
        return {names[action["TargetGroupArn"]]: 100}

    def point(self, listener: str, group: str) -> None:
        """ModifyListener: everything to one group."""
        self.elbv2.modify_listener(
            ListenerArn=listener, DefaultActions=[{"Type": "forward", "TargetGroupArn": group}]
        )

    def healthy(self, group: str) -> int:
        """The healthy targets of a group."""
        answer = self.elbv2.describe_target_health(TargetGroupArn=group)
        targets = answer["TargetHealthDescriptions"]
        return sum(one["TargetHealth"]["State"] == "healthy" for one in targets)

    def latest_definition(self) -> str:
        """The task definition registered last."""
        arns = self.ecs.list_task_definitions(familyPrefix=SERVICE)["taskDefinitionArns"]
        latest: str = arns[-1]
        return latest

    def service(self) -> dict[str, Any]:
        """DescribeServices."""
        answer = self.ecs.describe_services(cluster=CLUSTER, services=[SERVICE])
        found: dict[str, Any] = answer["services"][0]
        return found

    def sets(self) -> dict[str, str]:
        """The service's task sets: status by external id, "" for the first one."""
        return {one.get("externalId", ""): one["status"] for one in self.service()["taskSets"]}

    def states(self) -> list[str]:
        """The states published so far."""
        return [event["detail"]["state"] for event in self.outside.published]

    def alarm(self, state: str, name: str = ALARM) -> None:
        """Set an alarm's state."""
        boto3.client("cloudwatch").set_alarm_state(
            AlarmName=name, StateValue=state, StateReason="test"
        )

    def desire(self, count: int) -> None:
        """UpdateService."""
        self.ecs.update_service(cluster=CLUSTER, service=SERVICE, desiredCount=count)

    def answer_hook(self, status: str) -> None:
        """PutLifecycleEventHookExecutionStatus for the hook invoked last."""
        payload = self.outside.invoked[-1][1]
        self.codedeploy.put_lifecycle_event_hook_execution_status(
            deploymentId=payload["DeploymentId"],
            lifecycleEventHookExecutionId=payload["LifecycleEventHookExecutionId"],
            status=status,
        )

    def pair(self) -> dict[str, Any]:
        """The group's loadBalancerInfo."""
        pair = {
            "targetGroups": [{"name": f"{SERVICE}-blue"}, {"name": f"{SERVICE}-green"}],
            "prodTrafficRoute": {"listenerArns": [self.production]},
            "testTrafficRoute": {"listenerArns": [self.test]},
        }
        return {"targetGroupPairInfoList": [pair]}

    def create_service(self) -> None:
        """CreateService."""
        self.ecs.create_service(
            cluster=CLUSTER,
            serviceName=SERVICE,
            taskDefinition=self.task_definition("app@sha256:1"),
            desiredCount=2,
            deploymentController={"type": "CODE_DEPLOY"},
            loadBalancers=[
                {"targetGroupArn": self.blue, "containerName": "app", "containerPort": 8080}
            ],
            networkConfiguration=self.network,
        )

    def _build(self) -> None:
        self.ecs.create_cluster(clusterName=CLUSTER)
        self.create_service()
        boto3.client("cloudwatch").put_metric_alarm(
            AlarmName=ALARM,
            Namespace="AWS/ApplicationELB",
            MetricName="HTTPCode_Target_5XX_Count",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )
        client = self.codedeploy
        client.create_application(applicationName=SERVICE, computePlatform="ECS")
        client.create_deployment_config(
            deploymentConfigName="canary",
            computePlatform="ECS",
            trafficRoutingConfig={
                "type": "TimeBasedCanary",
                "timeBasedCanary": {"canaryPercentage": 20, "canaryInterval": 5},
            },
        )
