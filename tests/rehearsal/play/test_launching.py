"""How a task of a deployed service is started as a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest

from rehearsal.aws import account as aws
from rehearsal.host.faults import Fault
from rehearsal.host.task_terms import Launch, LaunchRequest
from rehearsal.play.launching import Launcher
from rehearsal.play.plan import Plan
from rehearsal.stack import Stack

from ..scenario.files import ROOT
from .deployed import ACCOUNT, REGION, only

BAD = Fault(kind="errors", share=1)


class Started:
    """A launcher of Prod's service, which is deployed."""

    def __init__(self, plan: Plan, stack: Stack) -> None:
        self.plan = plan
        self.account = aws.Account(id=ACCOUNT, region=REGION)
        self.definition = only(stack, "AWS::ECS::TaskDefinition").physical_id
        self.stack = stack

    def launcher(
        self,
        *,
        plan: Plan | None = None,
        faults: Callable[[str], Sequence[Fault]] = lambda _: (),
    ) -> Launcher:
        """Which knows one version: what was synthesized."""
        return Launcher(
            plan=plan or self.plan,
            account=self.account,
            endpoint=lambda: "http://127.0.0.1:1",
            version={self.plan.digest: "v1"}.__getitem__,
            faults=faults,
        )

    def launch(self, definition: str | None = None, *, plan: Plan | None = None) -> Launch:
        """What is started for a task on port 15000."""
        return self.launcher(plan=plan).launch(request(definition or self.definition))

    def with_container(self, **changed: Any) -> Plan:
        """The plan with something else in the service's container."""
        service = self.plan.service
        container = service.container.model_copy(update=changed)
        return replace(self.plan, service=service.model_copy(update={"container": container}))

    def register(self, **container: Any) -> str:
        """A task definition of one container."""
        given = {"name": "app", "image": f"app@{self.plan.digest}", "memory": 64, **container}
        answer = self.account.client("ecs").register_task_definition(
            family="other", containerDefinitions=[given]
        )
        return str(answer["taskDefinition"]["taskDefinitionArn"])


def request(definition: str) -> LaunchRequest:
    """A task on port 15000."""
    return LaunchRequest(task_id="t", task_set="s", task_definition=definition, port=15000)


@pytest.fixture
def started(prod: Plan, stack: Stack) -> Started:
    """Prod's."""
    return Started(prod, stack)


def test_a_task_has_the_templates_variables_and_the_local_ones_over_them(started: Started) -> None:
    (template,) = started.plan.service_stack.properties("AWS::ECS::TaskDefinition")
    container = template["ContainerDefinitions"][0]
    names = {one["Name"] for one in container["Environment"]}
    local = started.plan.service.container.local_environment
    found = started.launch().environment
    assert names <= set(found)
    assert found["LOG_LEVEL"] == "info"
    assert found["VERSION"] == started.plan.digest
    assert found["DATABASE_SECRET_ID"]
    assert {key: found[key] for key in local} == local
    assert "ENVIRONMENT" in names & set(local)


def test_a_task_runs_the_local_command_in_the_services_folder_on_its_port(
    started: Started,
) -> None:
    launch = started.launch()
    assert launch.argv == ("python", "-m", "storefront")
    assert launch.folder == ROOT / "services/storefront"
    assert launch.environment["PORT"] == "15000"


def test_the_port_stands_wherever_the_configuration_asks_for_it(started: Started) -> None:
    plan = started.with_container(
        local_command=("serve", "--port={port}"), local_environment={"URL": "http://h:{port}/"}
    )
    launch = started.launch(plan=plan)
    assert launch.argv == ("serve", "--port=15000")
    assert launch.environment["URL"] == "http://h:15000/"


def test_python_is_the_one_that_runs_the_rehearsal(started: Started) -> None:
    path = started.launch().environment["PATH"]
    first, _, rest = path.partition(os.pathsep)
    assert first == str(Path(sys.executable).parent)
    assert rest == os.environ["PATH"]
    said = subprocess.run(
        ["python", "-c", "import sys; print(sys.prefix)"],
        env={"PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == sys.prefix


def test_a_task_acts_as_its_role_in_its_account(started: Started) -> None:
    found = started.launch().environment
    assert found["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert found["AWS_REGION"] == found["AWS_DEFAULT_REGION"] == REGION
    session = boto3.Session(
        aws_access_key_id=found["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=found["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=found["AWS_SESSION_TOKEN"],
    )
    identity = session.client("sts").get_caller_identity()
    assert identity["Account"] == ACCOUNT
    definition = started.launcher().definition(started.definition)
    role = definition["taskRoleArn"].rpartition("/")[2]
    assert role in identity["Arn"]


def test_secrets_are_injected_whole_or_by_one_key(started: Started) -> None:
    secret = json.dumps({"username": "storefront", "port": 5432})
    arn = started.account.client("secretsmanager").create_secret(
        Name="database", SecretString=secret
    )["ARN"]
    definition = started.register(
        secrets=[
            {"name": "DATABASE_SECRET", "valueFrom": arn},
            {"name": "DATABASE_USER", "valueFrom": f"{arn}:username::"},
            {"name": "DATABASE_PORT", "valueFrom": f"{arn}:port::"},
        ]
    )
    found = started.launch(definition).environment
    assert found["DATABASE_SECRET"] == secret
    assert (found["DATABASE_USER"], found["DATABASE_PORT"]) == ("storefront", "5432")


def test_a_version_has_its_faults(started: Started) -> None:
    assert started.launch().faults == ()
    launcher = started.launcher(faults={"v1": (BAD,)}.__getitem__)
    assert launcher.launch(request(started.definition)).faults == (BAD,)
    assert launcher.version(started.definition) == "v1"


def test_health_checks_and_drain_are_the_target_groups(started: Started) -> None:
    (template,) = started.plan.service_stack.properties("AWS::ECS::Service")
    for colour in ("blue", "green"):
        check = started.launcher().check(started.definition, _group(started.stack, colour))
        assert check.path == "/health"
        assert (check.interval, check.timeout, check.codes) == (10, 5, "200")
        assert (check.healthy_threshold, check.unhealthy_threshold) == (2, 3)
        assert (check.deregistration_delay, check.stop_timeout) == (30, 30)
        assert check.grace_period == template["HealthCheckGracePeriodSeconds"] == 60


def test_a_container_that_says_nothing_else_has_thirty_seconds_to_stop(started: Started) -> None:
    group = _group(started.stack, "blue")
    assert started.launcher().check(started.register(), group).stop_timeout == 30
    assert started.launcher().check(started.register(stopTimeout=7), group).stop_timeout == 7


def _group(stack: Stack, colour: str) -> str:
    (arn,) = [
        one.physical_id
        for one in stack.resources.values()
        if one.properties.get("Name") == f"storefront-{colour}"
    ]
    return arn
