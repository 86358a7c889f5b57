"""What runs: the container as it is allowed to be, and two roles that may do exactly this."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.templates import STAGES, Json, Stack, Templates, allowed, stack_output

SIZES = {"Dev": ("256", "512"), "Staging": ("1024", "2048"), "Prod": ("1024", "2048")}
LOG_DAYS = {"Dev": 14, "Staging": 30, "Prod": 365}


def name_of(service: Stack) -> str:
    """The service's name."""
    return service.name.removesuffix("Service").lower()


def task(service: Stack) -> Json:
    """The task definition."""
    return service.one("AWS::ECS::TaskDefinition")


def container(service: Stack) -> Json:
    """The only container."""
    (found,) = task(service)["ContainerDefinitions"]
    content: Json = found
    return content


def variables(service: Stack) -> dict[str, Any]:
    """The plain variables."""
    return {v["Name"]: v["Value"] for v in container(service)["Environment"]}


def role(service: Stack, which: str) -> str:
    """The logical id of the task's ``TaskRoleArn`` or ``ExecutionRoleArn``."""
    logical_id: str = task(service)[which]["Fn::GetAtt"][0]
    return logical_id


def test_the_image_is_named_by_digest(service: Stack) -> None:
    repository, digest = container(service)["Image"].split("@sha256:")

    assert len(digest) == 64
    assert ":" not in repository


def test_the_task_has_the_environments_size(service: Stack) -> None:
    assert (task(service)["Cpu"], task(service)["Memory"]) == SIZES[service.stage]


def test_the_task_runs_on_fargate_under_the_services_name(service: Stack) -> None:
    definition = task(service)

    assert definition["Family"] == name_of(service)
    assert definition["RequiresCompatibilities"] == ["FARGATE"]
    assert definition["NetworkMode"] == "awsvpc"
    assert definition["RuntimePlatform"] == {
        "CpuArchitecture": "X86_64",
        "OperatingSystemFamily": "LINUX",
    }


def test_the_container_is_nobody_special_and_cannot_change_its_root(service: Stack) -> None:
    found = container(service)

    assert found["User"] == "10001:10001"
    assert found["ReadonlyRootFilesystem"] is True
    assert "Privileged" not in found
    assert found["LinuxParameters"]["InitProcessEnabled"] is True
    assert found["LinuxParameters"]["Capabilities"] == {}


def test_the_container_may_write_only_where_exec_and_temporary_files_need_it(
    service: Stack,
) -> None:
    assert {mount["ContainerPath"] for mount in container(service)["MountPoints"]} == {
        "/tmp",
        "/managed-agents",
        "/var/lib/amazon/ssm",
        "/var/log/amazon/ssm",
    }


def test_the_container_has_time_to_drain(service: Stack) -> None:
    (deregistration,) = {
        int(attribute["Value"])
        for group in service.of_type("AWS::ElasticLoadBalancingV2::TargetGroup").values()
        for attribute in group["TargetGroupAttributes"]
        if attribute["Key"] == "deregistration_delay.timeout_seconds"
    }

    assert container(service)["StopTimeout"] >= deregistration


def test_logs_go_to_a_group_of_the_service_without_ever_stopping_it(service: Stack) -> None:
    logging = container(service)["LogConfiguration"]
    group = service.of_type("AWS::Logs::LogGroup")[logging["Options"]["awslogs-group"]["Ref"]]

    assert logging["LogDriver"] == "awslogs"
    assert logging["Options"]["mode"] == "non-blocking"
    assert logging["Options"]["awslogs-stream-prefix"] == name_of(service)
    assert group["RetentionInDays"] == LOG_DAYS[service.stage]


def test_the_container_knows_who_and_where_it_is(service: Stack) -> None:
    assert {
        key: value
        for key, value in variables(service).items()
        if key in {"SERVICE", "ENVIRONMENT", "PORT", "VERSION"}
    } == {
        "SERVICE": name_of(service),
        "ENVIRONMENT": service.stage.lower(),
        "PORT": "8080",
        "VERSION": container(service)["Image"].split("@")[1],
    }
    assert container(service)["PortMappings"][0]["ContainerPort"] == 8080


@pytest.mark.parametrize("stage", STAGES)
def test_a_service_that_fetches_its_secret_knows_only_where_it_is(
    templates: Templates, stage: str
) -> None:
    service = templates.service(stage, "Storefront")

    for variable in ("DATABASE_SECRET_ID", "PAYMENTS_API_KEY_SECRET_ID"):
        assert stack_output(variables(service)[variable])[0] == f"{stage}-Secrets"
    assert "Secrets" not in container(service)


@pytest.mark.parametrize("stage", STAGES)
def test_a_service_that_reads_its_secret_at_start_gets_it_from_ecs(
    templates: Templates, stage: str
) -> None:
    service = templates.service(stage, "Inventory")
    (secret,) = container(service)["Secrets"]

    assert secret["Name"] == "DATABASE_SECRET"
    assert stack_output(secret["ValueFrom"])[0] == f"{stage}-Secrets"
    assert not any("SECRET" in variable for variable in variables(service))


def test_the_task_and_what_starts_it_have_roles_of_their_own(service: Stack) -> None:
    execution, own = role(service, "ExecutionRoleArn"), role(service, "TaskRoleArn")
    roles = service.of_type("AWS::IAM::Role")
    name = f"pase-{name_of(service)}"

    assert execution != own
    # Fixed, because the policies of the secrets name them.
    assert roles[own]["RoleName"] == f"{name}-task-{service.region}"
    assert roles[execution]["RoleName"] == f"{name}-execution-{service.region}"
    for logical_id in (execution, own):
        assert roles[logical_id]["AssumeRolePolicyDocument"]["Statement"] == [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            }
        ]
        assert "Policies" not in roles[logical_id]


def statements(
    service: Stack, which: str
) -> list[tuple[list[str], list[Any], dict[str, dict[str, str]] | None]]:
    """What the role is allowed, with references to other stacks as ``(stack, what)``."""
    return [
        (actions, [_short(resource) for resource in resources], condition)
        for actions, resources, condition in allowed(service.statements(role(service, which)))
    ]


def _short(resource: Any) -> Any:
    if isinstance(resource, dict) and "Fn::GetStackOutput" in resource:
        stack, output = stack_output(resource)
        for part in ("ApiKeysPayments", "DatabaseSecret", "DataKey", "LogKey", "ExecSessions"):
            if part in output:
                return (stack.split("-")[1], part)
    if isinstance(resource, dict) and "Fn::GetAtt" in resource:
        return tuple(resource["Fn::GetAtt"])
    return resource


def reading(*secrets: str, region: str) -> list[tuple[list[str], list[Any], Any]]:
    """Reading the service's own secrets, and their key through Secrets Manager alone."""
    return [
        (
            ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
            [("Secrets", secret) for secret in secrets],
            None,
        ),
        (
            ["kms:Decrypt"],
            [("Data", "DataKey")],
            {"StringEquals": {"kms:ViaService": f"secretsmanager.{region}.amazonaws.com"}},
        ),
    ]


def test_what_starts_the_task_may_pull_its_image_write_its_logs_and_inject_its_secret(
    service: Stack,
) -> None:
    name = name_of(service)
    repository = "pase/storefront" if name == "storefront" else "inventory"
    group = container(service)["LogConfiguration"]["Options"]["awslogs-group"]["Ref"]

    assert statements(service, "ExecutionRoleArn") == [
        (
            [
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:GetDownloadUrlForLayer",
            ],
            [f"arn:aws:ecr:{service.region}:111111111111:repository/{repository}"],
            None,
        ),
        (["ecr:GetAuthorizationToken"], ["*"], None),
        (["logs:CreateLogStream", "logs:PutLogEvents"], [(group, "Arn")], None),
        *(reading("DatabaseSecret", region=service.region) if name == "inventory" else []),
    ]


def test_the_service_may_read_its_own_secret_offer_exec_and_find_its_colour(
    service: Stack,
) -> None:
    name = name_of(service)
    ecs = f"arn:aws:ecs:{service.region}:{service.account}"

    assert statements(service, "TaskRoleArn") == [
        *(
            reading("ApiKeysPayments", "DatabaseSecret", region=service.region)
            if name == "storefront"
            else []
        ),
        (
            [
                "logs:DescribeLogGroups",
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel",
            ],
            ["*"],
            None,
        ),
        (
            ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            [("Cluster", "ExecSessions")],
            None,
        ),
        (["kms:Decrypt"], [("Network", "LogKey")], None),
        (
            ["ecs:DescribeTaskSets", "ecs:DescribeTasks"],
            [f"{ecs}:task-set/pase/{name}/*", f"{ecs}:task/pase/*"],
            None,
        ),
    ]


def test_a_service_reads_no_secret_but_its_own(service: Stack) -> None:
    outputs = {
        stack_output(resource)[1]
        for which in ("TaskRoleArn", "ExecutionRoleArn")
        for _, resources, _ in allowed(service.statements(role(service, which)))
        for resource in resources
        if isinstance(resource, dict) and "Fn::GetStackOutput" in resource
    }
    secrets = {output for output in outputs if "Secret" in output}

    assert len(secrets) == (2 if name_of(service) == "storefront" else 1)
    assert all(name_of(service).capitalize() in output for output in secrets)


def test_old_revisions_are_kept_so_that_a_rollback_finds_them(service: Stack) -> None:
    logical_id, _ = service.only("AWS::ECS::TaskDefinition")
    resource = service.resources[logical_id]

    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")
