"""The ECS cluster, the task-count function and the role through which gates come in."""

from __future__ import annotations

import pytest

from tests.support.templates import STAGES, Stack, Templates, allowed, stack_output

REGION = "ap-southeast-1"


@pytest.fixture(params=STAGES)
def stage(request: pytest.FixtureRequest) -> str:
    """Each environment in turn."""
    name: str = request.param
    return name


@pytest.fixture
def cluster(templates: Templates, stage: str) -> Stack:
    """The environment's cluster stack."""
    return templates[stage, "Cluster"]


def test_container_insights_are_on_as_configured(cluster: Stack, stage: str) -> None:
    assert cluster.one("AWS::ECS::Cluster")["ClusterSettings"] == [
        {"Name": "containerInsights", "Value": "enabled" if stage == "Dev" else "enhanced"}
    ]


def test_exec_sessions_are_encrypted_and_logged(cluster: Stack, stage: str) -> None:
    execute = cluster.one("AWS::ECS::Cluster")["Configuration"]["ExecuteCommandConfiguration"]
    group = execute["LogConfiguration"]["CloudWatchLogGroupName"]["Ref"]
    logs = cluster.of_type("AWS::Logs::LogGroup")[group]

    assert execute["Logging"] == "OVERRIDE"
    assert execute["LogConfiguration"]["CloudWatchEncryptionEnabled"] is True
    assert stack_output(execute["KmsKeyId"])[0] == f"{stage}-Network"
    assert logs["KmsKeyId"] == execute["KmsKeyId"]


def test_services_may_run_on_fargate_and_fargate_spot(cluster: Stack) -> None:
    association = cluster.one("AWS::ECS::ClusterCapacityProviderAssociations")

    assert association["CapacityProviders"] == ["FARGATE", "FARGATE_SPOT"]


def test_services_find_each_other_in_a_private_namespace(cluster: Stack, stage: str) -> None:
    namespace = cluster.one("AWS::ServiceDiscovery::PrivateDnsNamespace")

    assert namespace["Name"] == "pase.internal"
    assert stack_output(namespace["Vpc"])[0] == f"{stage}-Network"


def test_only_the_gate_step_of_this_environment_may_enter_through_the_gate_role(
    cluster: Stack, stage: str
) -> None:
    _, role = cluster.only("AWS::IAM::Role", RoleName=f"pase-gate-{REGION}")

    assert role["AssumeRolePolicyDocument"]["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
            "Condition": {
                "ArnEquals": {
                    "aws:PrincipalArn": "arn:aws:iam::111111111111:role/"
                    f"pase-pipeline-gate-{stage.lower()}"
                }
            },
        }
    ]
    assert role["MaxSessionDuration"] == 3600


def test_the_trusted_gate_step_role_is_the_one_the_pipeline_makes(
    templates: Templates, stage: str
) -> None:
    names = {r.get("RoleName") for r in templates.pipeline.of_type("AWS::IAM::Role").values()}

    assert f"pase-pipeline-gate-{stage.lower()}" in names


def test_the_gate_role_may_only_invoke_the_services_check_functions(
    templates: Templates, cluster: Stack, stage: str
) -> None:
    role, _ = cluster.only("AWS::IAM::Role", RoleName=f"pase-gate-{REGION}")
    functions = {
        function["FunctionName"]
        for service in ("Inventory", "Storefront")
        for function in templates.service(stage, service).of_type("AWS::Lambda::Function").values()
        if "FunctionName" in function
    }

    assert allowed(cluster.statements(role)) == [
        (
            ["lambda:InvokeFunction"],
            [f"arn:aws:lambda:{REGION}:{cluster.account}:function:pase-*-checks"],
            None,
        )
    ]
    assert functions == {"pase-inventory-checks", "pase-storefront-checks"}


def test_the_task_count_function_may_change_services_of_this_cluster_only(cluster: Stack) -> None:
    function = cluster.one("AWS::Lambda::Function")
    role = function["Role"]["Fn::GetAtt"][0]
    group = function["LoggingConfig"]["LogGroup"]["Ref"]

    assert allowed(cluster.statements(role)) == [
        (
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            [{"Fn::GetAtt": [group, "Arn"]}],
            None,
        ),
        (
            ["ecs:DescribeServices", "ecs:UpdateService"],
            [f"arn:aws:ecs:{REGION}:{cluster.account}:service/pase/*"],
            None,
        ),
    ]


def test_the_task_count_function_is_the_package_of_that_name(cluster: Stack) -> None:
    function = cluster.one("AWS::Lambda::Function")

    assert function["Handler"] == "lambdas.task_count.handler.handler"
    assert function["Timeout"] == 900
    assert function["Runtime"].startswith("python3.")
