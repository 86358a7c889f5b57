"""A service's task definition: image by digest, read-only root, non-root user, two narrow roles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aws_cdk import ArnFormat, Duration, RemovalPolicy, Stack
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from constructs_lib.acknowledge import acknowledge, acknowledge_all
from constructs_lib.readable_secret import ReadableSecret
from constructs_lib.released_image import ReleasedImage, pull_statements

CONTAINER = "app"

# The exec agent writes to these, and a read-only root would stop it
# (https://github.com/aws/containers-roadmap/issues/1359).
_WRITABLE = {
    "Tmp": "/tmp",
    "ExecAgent": "/managed-agents",
    "ExecState": "/var/lib/amazon/ssm",
    "ExecLogs": "/var/log/amazon/ssm",
}


@dataclass(frozen=True, kw_only=True)
class ServiceTaskProps:
    """What a task is made of. ``cpu`` in units of 1/1024 vCPU, ``memory`` in MiB.

    The roles' names are fixed, because the policies of secrets name them.
    ``readable_secrets`` are fetched by the service with its task role; ``injected_secrets``
    (variable -> secret) are put into the environment by ECS at task start.
    """

    service: str
    task_role_name: str
    execution_role_name: str
    image: ReleasedImage
    cpu: int
    memory: int
    arm64: bool
    port: int
    user: str
    command: Sequence[str]
    health_command: Sequence[str]
    stop_timeout: Duration
    environment: Mapping[str, str]
    readable_secrets: Sequence[ReadableSecret] = ()
    injected_secrets: Mapping[str, ReadableSecret] = field(default_factory=dict)
    cluster_name: str
    session_key: kms.IKey
    session_log_group: logs.ILogGroup
    log_retention: logs.RetentionDays
    log_removal_policy: RemovalPolicy


class ServiceTask(Construct):
    """The task definition. Attributes: ``definition``, ``task_role``, ``execution_role``.

    Old revisions are retained so that a rollback finds them ACTIVE (aws-cdk #23564).
    """

    def __init__(self, scope: Construct, id: str, *, props: ServiceTaskProps) -> None:
        super().__init__(scope, id)
        tasks = iam.ServicePrincipal("ecs-tasks.amazonaws.com")
        self.execution_role = iam.Role(
            self,
            "ExecutionRole",
            role_name=props.execution_role_name,
            assumed_by=tasks,
            description="Starts the task: pulls the image, injects secrets, writes logs",
        )
        self.task_role = iam.Role(
            self,
            "TaskRole",
            role_name=props.task_role_name,
            assumed_by=tasks,
            description="What the service itself may do",
        )
        self.log_group = logs.LogGroup(
            self,
            "LogGroup",
            retention=props.log_retention,
            removal_policy=props.log_removal_policy,
        )
        self.definition = ecs.FargateTaskDefinition(
            self,
            "Definition",
            family=props.service,
            cpu=props.cpu,
            memory_limit_mib=props.memory,
            runtime_platform=ecs.RuntimePlatform(
                cpu_architecture=ecs.CpuArchitecture.ARM64
                if props.arm64
                else ecs.CpuArchitecture.X86_64,
                operating_system_family=ecs.OperatingSystemFamily.LINUX,
            ),
            execution_role=self.execution_role.without_policy_updates(),
            task_role=self.task_role.without_policy_updates(),
            volumes=[ecs.Volume(name=name) for name in _WRITABLE],
        )
        self.definition.apply_removal_policy(RemovalPolicy.RETAIN)
        self._add_container(props)
        self._grant(props)

    def _add_container(self, props: ServiceTaskProps) -> None:
        container = self.definition.add_container(
            CONTAINER,
            container_name=CONTAINER,
            image=ecs.ContainerImage.from_registry(props.image.uri),
            command=list(props.command) or None,
            user=props.user,
            readonly_root_filesystem=True,
            environment=dict(props.environment),
            secrets={
                variable: ecs.Secret.from_secrets_manager(
                    secretsmanager.Secret.from_secret_complete_arn(self, variable, secret.arn)
                )
                for variable, secret in props.injected_secrets.items()
            },
            stop_timeout=props.stop_timeout,
            health_check=ecs.HealthCheck(command=["CMD", *props.health_command])
            if props.health_command
            else None,
            logging=ecs.LogDriver.aws_logs(
                stream_prefix=props.service,
                log_group=self.log_group,
                # A full buffer drops log lines rather than stopping the service.
                mode=ecs.AwsLogDriverMode.NON_BLOCKING,
            ),
            port_mappings=[ecs.PortMapping(container_port=props.port)],
            linux_parameters=ecs.LinuxParameters(self, "Linux", init_process_enabled=True),
        )
        if props.image.ecr_repository_arn is not None:
            acknowledge(
                container,
                "Annotation::@aws-cdk/aws-ecs:ecrImageRequiresPolicy",
                "The execution role may pull from exactly this repository (pull_statements).",
            )
        container.add_mount_points(
            *(
                ecs.MountPoint(source_volume=name, container_path=path, read_only=False)
                for name, path in _WRITABLE.items()
            )
        )

    def _grant(self, props: ServiceTaskProps) -> None:
        for statement in pull_statements(props.image):
            self.execution_role.add_to_policy(statement)
        self.log_group.grant_write(self.execution_role)
        for secret in props.injected_secrets.values():
            for statement in secret.read_statements(self):
                self.execution_role.add_to_policy(statement)
        for secret in props.readable_secrets:
            for statement in secret.read_statements(self):
                self.task_role.add_to_policy(statement)
        for statement in self._exec_statements(props):
            self.task_role.add_to_policy(statement)
        # The service asks which target group its own task set is registered in (its colour).
        own = [
            _ecs_arn(self, f"task/{props.cluster_name}/*"),
            _ecs_arn(self, f"task-set/{props.cluster_name}/{props.service}/*"),
        ]
        self.task_role.add_to_policy(
            iam.PolicyStatement(
                actions=["ecs:DescribeTasks", "ecs:DescribeTaskSets"], resources=own
            )
        )
        acknowledge(
            self.definition,
            "AwsSolutions-ECS2",
            "The variables are settings, not secrets: names and values that look like a secret are "
            "refused by the configuration's rules and by guard/tasks.guard.",
        )
        if props.image.ecr_repository_arn is not None:
            acknowledge(
                self.execution_role,
                "AwsSolutions-IAM5[Resource::*]",
                "ecr:GetAuthorizationToken knows no resource; the token alone opens no repository: "
                "pulling is allowed for this service's repository only.",
            )
        why_own = (
            "A task's id and its task set's are not known before it runs; both actions only "
            "read, and tell which colour the task belongs to."
        )
        acknowledge_all(
            self.task_role,
            {
                **{f"AwsSolutions-IAM5[Resource::{resource}]": why_own for resource in own},
                "AwsSolutions-IAM5[Resource::*]": "ssmmessages and logs:DescribeLogGroups know no "
                "resource; they only let this task's own exec agent open its channel, and "
                "sessions are encrypted and logged.",
            },
        )

    @staticmethod
    def _exec_statements(props: ServiceTaskProps) -> list[iam.PolicyStatement]:
        """What ECS Exec asks of the task role.

        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
        """
        return [
            iam.PolicyStatement(
                actions=[
                    "logs:DescribeLogGroups",
                    "ssmmessages:CreateControlChannel",
                    "ssmmessages:CreateDataChannel",
                    "ssmmessages:OpenControlChannel",
                    "ssmmessages:OpenDataChannel",
                ],
                resources=["*"],
            ),
            iam.PolicyStatement(
                actions=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                resources=[props.session_log_group.log_group_arn],
            ),
            iam.PolicyStatement(actions=["kms:Decrypt"], resources=[props.session_key.key_arn]),
        ]


def _ecs_arn(scope: Construct, resource: str) -> str:
    return Stack.of(scope).format_arn(
        service="ecs", resource=resource, arn_format=ArnFormat.NO_RESOURCE_NAME
    )
