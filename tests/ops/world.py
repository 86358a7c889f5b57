"""A platform that releases: moto's server, and the model of CodeDeploy beside it over HTTP.

Its time is the model's clock, which the model's answers carry as their Date.
"""

from __future__ import annotations

import functools
import json
import os
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3

from lambdas.common.appspec import with_task_definition
from rehearsal.clock import Actor, ManualClock, play
from rehearsal.codedeploy import CodeDeploy
from tests.support.simulated_fleet import Behaviour, SimulatedFleet

from .rotated import Secrets, TaskSetTimes

REGION = "ap-southeast-1"
ACCOUNT = "123456789012"
CLUSTER = "pase"
SERVICE = "storefront"
HOOK = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{CLUSTER}-{SERVICE}-checks"
ALARMS = (f"{SERVICE}-BlueErrorRate", f"{SERVICE}-GreenErrorRate")
START = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)


def digest(number: int) -> str:
    return f"sha256:{f'{number:x}' * 64}"


class World:
    """Storefront in Prod: task definition 1 serves on blue, with two tasks, nothing released yet.

    `hook` is what the release checks answer. The deployment group waits for approval only after
    `ask_for_approval`. Time passes in `turn`, and `each_look` seconds of it whenever somebody has
    asked for a deployment: who watches a release thereby drives it.
    """

    def __init__(self, *, root: Path) -> None:
        self.root = root
        self.lock = threading.RLock()
        self.clock = ManualClock(START)
        self.hook = "Succeeded"
        self.each_look = 0.0
        self.published: list[Mapping[str, Any]] = []
        self.elb = self.client("elbv2")
        self.ecs = self.client("ecs")
        self.fleet = SimulatedFleet(clock=self.clock, elbv2=self.elb)
        self.model = CodeDeploy(
            clock=self.clock,
            ecs=self.ecs,
            elbv2=self.elb,
            cloudwatch=self.client("cloudwatch"),
            fleet=self.fleet,
            invoke=self._invoke,
            publish=self.published.append,
        )
        self.secrets = Secrets(
            clock=self.clock, account=ACCOUNT, region=REGION, publish=self.published.append
        )
        self._times = TaskSetTimes(clock=self.clock, account=ACCOUNT, region=REGION)
        self._create()
        self.turn(minutes=1)

    def client(self, service: Any) -> Any:
        return _client(service, os.environ.get("AWS_ENDPOINT_URL", ""))

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Call the model itself."""
        with self.lock:
            return self.model.call(operation, parameters)

    def turn(self, *, minutes: float = 0, seconds: float = 0) -> None:
        """Let time pass."""
        with self.lock:
            actors: list[Actor] = [self.model, self._times, self.secrets.model.rotations]
            play(self.clock, actors, seconds=minutes * 60 + seconds)

    def define(self, number: int, behaviour: Behaviour | None = None) -> str:
        """Register the next task definition, with the image of that number."""
        arn: str = self.ecs.register_task_definition(
            family=SERVICE,
            networkMode="awsvpc",
            containerDefinitions=[
                {"name": "sidecar", "image": "sidecar:1", "memory": 64},
                {"name": "app", "image": f"{CLUSTER}/{SERVICE}@{digest(number)}", "memory": 64},
            ],
        )["taskDefinition"]["taskDefinitionArn"]
        if behaviour is not None:
            self.fleet.behaviours[arn] = behaviour
        return arn

    def deploy(self, definition: str, *, description: str = "") -> str:
        """Start a deployment as the stack does, unless it is described otherwise; its id."""
        id_: str = self.call(
            "CreateDeployment",
            applicationName=SERVICE,
            deploymentGroupName=SERVICE,
            description=description or f"pase release {definition} request 1",
            revision={
                "revisionType": "AppSpecContent",
                "appSpecContent": {"content": with_task_definition(appspec(), definition)},
            },
        )["deploymentId"]
        return id_

    def released(self, number: int) -> str:
        """Release the image of that number by the stack, to the end; its task definition."""
        definition = self.define(number)
        self.deploy(definition)
        self.turn(minutes=90)
        self.asked(definition)
        return definition

    def asked(self, definition: str) -> None:
        """Write down what the stack asked for."""
        self.parameter("task-definition", definition)

    def parameter(self, name: str, value: str) -> None:
        self.client("ssm").put_parameter(
            Name=f"/{CLUSTER}/{SERVICE}/{name}", Value=value, Type="String", Overwrite=True
        )

    def ask_for_approval(self, minutes: int = 15) -> None:
        self._group("UpdateDeploymentGroup", currentDeploymentGroupName=SERVICE, wait=minutes)

    def alarm(self, name: str, state: str) -> None:
        self.client("cloudwatch").set_alarm_state(
            AlarmName=name, StateValue=state, StateReason="test"
        )

    def info(self, deployment: str) -> dict[str, Any]:
        found: dict[str, Any] = self.call("GetDeployment", deploymentId=deployment)[
            "deploymentInfo"
        ]
        return found

    def deployments(self) -> list[str]:
        """All deployments' ids, newest first."""
        found: list[str] = self.call(
            "ListDeployments", applicationName=SERVICE, deploymentGroupName=SERVICE
        )["deployments"]
        return found

    def content(self, deployment: str) -> dict[str, Any]:
        """The AppSpec of a deployment."""
        answer = self.call(
            "GetApplicationRevision",
            applicationName=SERVICE,
            revision=self.info(deployment)["revision"],
        )
        document: dict[str, Any] = json.loads(answer["revision"]["appSpecContent"]["content"])
        return document

    def serving(self) -> str:
        """The task definition of PRIMARY."""
        described = self.ecs.describe_services(cluster=CLUSTER, services=[SERVICE])
        sets = described["services"][0]["taskSets"]
        return str(next(one["taskDefinition"] for one in sets if one["status"] == "PRIMARY"))

    def _invoke(self, function: str, payload: Mapping[str, Any]) -> None:
        assert function == HOOK
        failures = [] if self.hook == "Succeeded" else ["front page: got 503"]
        report = {
            "deploymentId": payload["DeploymentId"],
            "passed": not failures,
            "summary": f"{4 - len(failures)} of 4 checks passed",
            "failures": failures,
        }
        self.parameter("release-checks", json.dumps(report))
        self.call(
            "PutLifecycleEventHookExecutionStatus",
            deploymentId=payload["DeploymentId"],
            lifecycleEventHookExecutionId=payload["LifecycleEventHookExecutionId"],
            status=self.hook,
        )

    def _create(self) -> None:
        self._load_balancer()
        self.ecs.create_cluster(clusterName=CLUSTER)
        self.ecs.create_service(
            cluster=CLUSTER,
            serviceName=SERVICE,
            taskDefinition=self.define(1),
            desiredCount=2,
            deploymentController={"type": "CODE_DEPLOY"},
            loadBalancers=[
                {"targetGroupArn": self.groups[0], "containerName": "app", "containerPort": 8080}
            ],
        )
        for name in ALARMS:
            self.client("cloudwatch").put_metric_alarm(
                AlarmName=name,
                Namespace="AWS/ApplicationELB",
                MetricName="HTTPCode_Target_5XX_Count",
                Statistic="Sum",
                Period=60,
                EvaluationPeriods=1,
                Threshold=1,
                ComparisonOperator="GreaterThanThreshold",
            )
            self.alarm(name, "OK")
        self.client("application-autoscaling").register_scalable_target(
            ServiceNamespace="ecs",
            ResourceId=f"service/{CLUSTER}/{SERVICE}",
            ScalableDimension="ecs:service:DesiredCount",
            MinCapacity=2,
            MaxCapacity=6,
        )
        self.call("CreateApplication", applicationName=SERVICE, computePlatform="ECS")
        canary = {"canaryPercentage": 20, "canaryInterval": 5}
        self.call(
            "CreateDeploymentConfig",
            deploymentConfigName="canary",
            computePlatform="ECS",
            trafficRoutingConfig={"type": "TimeBasedCanary", "timeBasedCanary": canary},
        )
        self._group("CreateDeploymentGroup", deploymentGroupName=SERVICE)

    def _load_balancer(self) -> None:
        ec2 = self.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(
                VpcId=vpc, CidrBlock=f"10.0.{part}.0/24", AvailabilityZone=f"{REGION}{zone}"
            )["Subnet"]["SubnetId"]
            for part, zone in enumerate("ab")
        ]
        balancer = self.elb.create_load_balancer(Name=SERVICE, Subnets=subnets)
        self.groups = [
            self.elb.create_target_group(
                Name=f"{SERVICE}-{colour}", Protocol="HTTP", Port=8080, VpcId=vpc, TargetType="ip"
            )["TargetGroups"][0]["TargetGroupArn"]
            for colour in ("blue", "green")
        ]
        self.listeners = [
            self.elb.create_listener(
                LoadBalancerArn=balancer["LoadBalancers"][0]["LoadBalancerArn"],
                Protocol="HTTP",
                Port=port,
                DefaultActions=[{"Type": "forward", "TargetGroupArn": self.groups[0]}],
            )["Listeners"][0]["ListenerArn"]
            for port in (80, 8080)
        ]

    def _group(self, operation: str, *, wait: int = 0, **named: str) -> None:
        events = ("FAILURE", "STOP_ON_ALARM", "STOP_ON_REQUEST")
        pair = {
            "targetGroups": [{"name": f"{SERVICE}-blue"}, {"name": f"{SERVICE}-green"}],
            "prodTrafficRoute": {"listenerArns": [self.listeners[0]]},
            "testTrafficRoute": {"listenerArns": [self.listeners[1]]},
        }
        self.call(
            operation,
            applicationName=SERVICE,
            deploymentConfigName="canary",
            serviceRoleArn=f"arn:aws:iam::{ACCOUNT}:role/deployment",
            deploymentStyle={
                "deploymentType": "BLUE_GREEN",
                "deploymentOption": "WITH_TRAFFIC_CONTROL",
            },
            ecsServices=[{"clusterName": CLUSTER, "serviceName": SERVICE}],
            loadBalancerInfo={"targetGroupPairInfoList": [pair]},
            blueGreenDeploymentConfiguration={
                "deploymentReadyOption": {
                    "actionOnTimeout": "STOP_DEPLOYMENT" if wait else "CONTINUE_DEPLOYMENT",
                    "waitTimeInMinutes": wait,
                },
                "terminateBlueInstancesOnDeploymentSuccess": {
                    "action": "TERMINATE",
                    "terminationWaitTimeInMinutes": 60,
                },
            },
            autoRollbackConfiguration={
                "enabled": True,
                "events": [f"DEPLOYMENT_{event}" for event in events],
            },
            alarmConfiguration={"enabled": True, "alarms": [{"name": name} for name in ALARMS]},
            **named,
        )


def appspec() -> str:
    """An AppSpec as the stack's release writes it."""
    properties = {
        "TaskDefinition": "replaced",
        "LoadBalancerInfo": {"ContainerName": "app", "ContainerPort": 8080},
    }
    service = {"Type": "AWS::ECS::Service", "Properties": properties}
    return json.dumps(
        {
            "version": "0.0",
            "Resources": [{"TargetService": service}],
            "Hooks": [{"AfterAllowTestTraffic": HOOK}],
        }
    )


@functools.cache
def _client(service: Any, url: str) -> Any:
    """A client of moto, made once for each of its URLs."""
    del url
    return boto3.Session(region_name=REGION).client(service)
