"""How a task of the service is started as a process: what ECS does with a task definition.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..aws.account import Account
from ..host.faults import Fault
from ..host.tasks import Check, Launch, LaunchRequest
from .plan import Plan


class Launcher:
    """Answers a fleet's questions about tasks, from the task definitions in moto.

    ``endpoint``: where AWS's API is. ``version``: an image's digest -> the version's name.
    ``faults``: version -> what is wrong with it, in real seconds.
    """

    def __init__(
        self,
        *,
        plan: Plan,
        account: Account,
        endpoint: Callable[[], str],
        version: Callable[[str], str],
        faults: Callable[[str], Sequence[Fault]],
    ) -> None:
        self._plan = plan
        self._account = account
        self._endpoint = endpoint
        self._version = version
        self._faults = faults
        self._definitions: dict[str, Mapping[str, Any]] = {}

    def definition(self, arn: str) -> Mapping[str, Any]:
        """A task definition; a revision never changes."""
        if arn not in self._definitions:
            answer = self._account.client("ecs").describe_task_definition(taskDefinition=arn)
            self._definitions[arn] = answer["taskDefinition"]
        return self._definitions[arn]

    def container(self, arn: str) -> Mapping[str, Any]:
        """The container that serves: the definition's first, which is essential."""
        found: Mapping[str, Any] = self.definition(arn)["containerDefinitions"][0]
        return found

    def version(self, arn: str) -> str:
        """The version that a revision runs."""
        return self._version(str(self.container(arn)["image"]).partition("@")[2])

    def launch(self, request: LaunchRequest) -> Launch:
        """Command, environment and faults of a task."""
        container = self.container(request.task_definition)
        local = self._plan.service.container
        environment = {
            **{one["name"]: one["value"] for one in container.get("environment", [])},
            **self._injected(container),
            **self._aws(request.task_definition),
            **local.local_environment,
            "PORT": str(request.port),
            "PATH": _path(),
        }
        port = str(request.port)
        return Launch(
            argv=tuple(one.replace("{port}", port) for one in local.local_command),
            environment={key: value.replace("{port}", port) for key, value in environment.items()},
            folder=self._plan.source,
            faults=tuple(self._faults(self.version(request.task_definition))),
        )

    def check(self, task_definition: str, target_group: str) -> Check:
        """The target group's health check and drain, and how long a task may take to stop."""
        elbv2 = self._account.client("elbv2")
        answer = elbv2.describe_target_groups(TargetGroupArns=[target_group])
        group = answer["TargetGroups"][0]
        attributes = elbv2.describe_target_group_attributes(TargetGroupArn=target_group)
        values = {one["Key"]: one["Value"] for one in attributes["Attributes"]}
        container = self.container(task_definition)
        return Check(
            path=group["HealthCheckPath"],
            interval=float(group["HealthCheckIntervalSeconds"]),
            timeout=float(group["HealthCheckTimeoutSeconds"]),
            healthy_threshold=int(group["HealthyThresholdCount"]),
            unhealthy_threshold=int(group["UnhealthyThresholdCount"]),
            codes=group.get("Matcher", {}).get("HttpCode", "200"),
            deregistration_delay=float(values["deregistration_delay.timeout_seconds"]),
            grace_period=self._grace_period(),
            stop_timeout=float(container.get("stopTimeout", 30)),
        )

    def _grace_period(self) -> float:
        (service,) = self._plan.service_stack.properties("AWS::ECS::Service")
        return float(service.get("HealthCheckGracePeriodSeconds", 0))

    def _injected(self, container: Mapping[str, Any]) -> dict[str, str]:
        """Secrets that ECS puts into the environment at the task's start.

        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
        """
        return {one["name"]: self._secret(one["valueFrom"]) for one in container.get("secrets", [])}

    def _secret(self, value_from: str) -> str:
        """A secret by its ARN, whole; one of its keys when the ARN is followed by one."""
        parts = value_from.split(":")
        arn, key = ":".join(parts[:7]), "".join(parts[7:8])
        client = self._account.client("secretsmanager")
        text = str(client.get_secret_value(SecretId=arn)["SecretString"])
        return str(json.loads(text)[key]) if key else text

    def _aws(self, arn: str) -> dict[str, str]:
        """Region and the task role's credentials, and where AWS is."""
        role = self.definition(arn).get("taskRoleArn", "task")
        return {
            "AWS_REGION": self._plan.region,
            "AWS_DEFAULT_REGION": self._plan.region,
            "AWS_ENDPOINT_URL": self._endpoint(),
            "AWS_EC2_METADATA_DISABLED": "true",
            **self._account.credentials(role),
        }


def _path() -> str:
    """Where commands are looked for: beside this Python first, so that `python` is this one."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
