"""What is asked of ECS, CloudWatch and SSM and how its answers are read: moto, else the Stubber.

Both check every request against the service's model.
"""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from lambdas.release.ecs import Ecs
from lambdas.release.ports import AwsError
from lambdas.release.reports import AwsReports
from lambdas.release.request import Capacity
from lambdas.release.snapshot import Primary
from tests.lambdas.release.given import NEW, OLD, STARTED, properties, request

pytestmark = pytest.mark.usefixtures("account")

WANTED = request().wanted


@pytest.fixture
def ecs(account: None) -> Any:
    """An ECS with nothing but the service `storefront`; moto has task sets for EXTERNAL ones."""
    del account
    client = boto3.client("ecs")
    client.create_cluster(clusterName="pase")
    for _ in range(13):
        client.register_task_definition(
            family="storefront", containerDefinitions=[{"name": "app", "image": "i", "memory": 8}]
        )
    client.create_service(
        cluster="pase",
        serviceName="storefront",
        desiredCount=1,
        deploymentController={"type": "EXTERNAL"},
    )
    return client


def test_the_primary_task_set_is_what_serves(ecs: Any) -> None:
    def add(task_definition: str) -> str:
        made = ecs.create_task_set(
            cluster="pase", service="storefront", taskDefinition=task_definition
        )
        return str(made["taskSet"]["taskSetArn"])

    state = Ecs(client=ecs).describe(WANTED)
    assert state is not None
    assert (state.status, state.primary) == ("ACTIVE", None)
    add(NEW)
    blue = add(OLD)
    ecs.update_service_primary_task_set(cluster="pase", service="storefront", primaryTaskSet=blue)
    state = Ecs(client=ecs).describe(WANTED)
    assert state is not None
    assert state.primary == Primary(task_definition=OLD, placement=None)


def test_a_task_sets_placement_is_read() -> None:
    client = boto3.client("ecs")
    task_set = {
        "status": "PRIMARY",
        "taskDefinition": NEW,
        "capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1, "base": 1}],
        "networkConfiguration": {
            "awsvpcConfiguration": {
                "subnets": ["subnet-a", "subnet-b"],
                "securityGroups": ["sg-1"],
                "assignPublicIp": "DISABLED",
            }
        },
    }
    with Stubber(client) as stub:
        stub.add_response(
            "describe_services",
            {"services": [{"status": "ACTIVE", "taskSets": [task_set]}]},
            {"cluster": "pase", "services": ["storefront"]},
        )
        state = Ecs(client=client).describe(WANTED)
    assert state is not None
    assert state.primary is not None
    assert state.primary.placement == WANTED.placement
    assert WANTED.placement.capacity == {Capacity(provider="FARGATE", weight=1, base=1)}


def test_a_service_or_cluster_that_is_not_there_is_none(ecs: Any) -> None:
    for cluster, service in (("pase", "absent"), ("absent", "storefront")):
        wanted = request(wanted=properties(Cluster=cluster, Service=service)).wanted
        assert Ecs(client=ecs).describe(wanted) is None


def test_what_ecs_refuses_is_told_with_the_call_and_the_service() -> None:
    client = boto3.client("ecs")
    with Stubber(client) as stub:
        stub.add_client_error("describe_services", "AccessDeniedException", "no policy")
        stub.add_response("describe_services", {"services": [], "failures": [{"reason": "ACCESS"}]})
        stub.add_client_error("list_tasks", "AccessDeniedException", "no policy")
        with pytest.raises(AwsError, match=r"DescribeServices of service storefront .*no policy"):
            Ecs(client=client).describe(WANTED)
        with pytest.raises(AwsError, match="failed: ACCESS"):
            Ecs(client=client).describe(WANTED)
        with pytest.raises(AwsError, match=r"stopped tasks of service storefront .*no policy"):
            Ecs(client=client).stopped_tasks(WANTED)


def test_stopped_tasks_are_read_with_every_reason() -> None:
    client = boto3.client("ecs")
    tasks = [
        {
            "taskDefinitionArn": NEW,
            "createdAt": STARTED,
            "stoppedReason": "Essential container in task exited",
            "containers": [
                {"name": "app", "exitCode": 3, "reason": "OutOfMemoryError"},
                {"name": "sidecar", "exitCode": 0},
            ],
        },
        {"taskDefinitionArn": NEW, "stoppedReason": "ResourceInitializationError"},
    ]
    with Stubber(client) as stub:
        stub.add_response(
            "list_tasks",
            {"taskArns": ["t-1", "t-2"]},
            {
                "cluster": "pase",
                "serviceName": "storefront",
                "desiredStatus": "STOPPED",
                "maxResults": 100,
            },
        )
        stub.add_response(
            "describe_tasks", {"tasks": tasks}, {"cluster": "pase", "tasks": ["t-1", "t-2"]}
        )
        stub.add_response("list_tasks", {"taskArns": []})
        task, never_pending = Ecs(client=client).stopped_tasks(WANTED)
        assert Ecs(client=client).stopped_tasks(WANTED) == ()
    assert task.reasons == (
        "Essential container in task exited",
        "OutOfMemoryError",
        "container app exited with 3",
    )
    assert never_pending.created_at is None
    assert never_pending.reasons == ("ResourceInitializationError",)


# --- CloudWatch and Parameter Store ---


def test_alarms_are_read_with_their_state() -> None:
    client = boto3.client("cloudwatch")
    for name in ("a", "b", "c"):
        client.put_metric_alarm(
            AlarmName=name,
            MetricName="m",
            Namespace="n",
            Period=60,
            EvaluationPeriods=1,
            ComparisonOperator="GreaterThanThreshold",
            Threshold=1,
            Statistic="Sum",
        )
    client.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="r")
    found = AwsReports().alarms(("a", "b", "gone"))
    assert [(alarm.name, alarm.state == "ALARM") for alarm in found] == [("a", True), ("b", False)]
    assert AwsReports().alarms(()) == ()


def test_the_hooks_report_is_read_as_it_is() -> None:
    client = boto3.client("ssm")
    assert AwsReports().checks(WANTED) is None
    client.put_parameter(Name=WANTED.checks_parameter, Value=json.dumps({"a": 1}), Type="String")
    assert AwsReports().checks(WANTED) == '{"a": 1}'
    nowhere = request(wanted=properties(ChecksParameter="")).wanted
    assert AwsReports().checks(nowhere) is None


def test_what_cannot_be_read_is_told_with_the_call_and_its_object() -> None:
    ssm, cloudwatch = boto3.client("ssm"), boto3.client("cloudwatch")
    with Stubber(ssm) as first, Stubber(cloudwatch) as second:
        first.add_client_error("get_parameter", "AccessDeniedException", "no policy")
        second.add_client_error("describe_alarms", "AccessDeniedException", "no policy")
        reports = AwsReports(ssm=ssm, cloudwatch=cloudwatch)
        with pytest.raises(AwsError, match="GetParameter /pase/storefront/release-checks failed"):
            reports.checks(WANTED)
        with pytest.raises(AwsError, match="DescribeAlarms of a, b failed"):
            reports.alarms(("a", "b"))
