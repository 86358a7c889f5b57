"""Aurora PostgreSQL Serverless v2 in the isolated tier: TLS forced, encrypted, backed up."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from constructs_lib.acknowledge import acknowledge

PORT = 5432


@dataclass(frozen=True, kw_only=True)
class PostgresClusterProps:
    """What a cluster is made of. Capacities are ACUs of 2 GiB; 0 as minimum pauses when idle.

    ``identifier`` is fixed on purpose: a change that would replace the cluster then fails instead
    of replacing it.
    """

    identifier: str
    vpc: ec2.IVpc
    encryption_key: kms.IKey
    log_key: kms.IKey
    admin_secret_name: str
    engine_version: str
    min_capacity: float
    max_capacity: float
    readers: int
    backup_retention: Duration
    backup_window: str
    deletion_protection: bool
    log_retention: logs.RetentionDays
    removal_policy: RemovalPolicy


class PostgresCluster(Construct):
    """The cluster, its admin secret and its security group (which admits nobody by itself).

    Attributes: ``cluster``, ``admin_secret``, ``security_group``.
    """

    def __init__(self, scope: Construct, id: str, *, props: PostgresClusterProps) -> None:
        super().__init__(scope, id)
        self.security_group = ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=props.vpc,
            description="PostgreSQL: the stack of each service admits its own tasks",
            allow_all_outbound=False,
        )
        self.admin_secret = secretsmanager.Secret(
            self,
            "AdminSecret",
            secret_name=props.admin_secret_name,
            description="The cluster's administrator; used by rotation and recovery, by no service",
            encryption_key=props.encryption_key,
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template='{"username":"pase_admin"}',
                generate_string_key="password",
                password_length=48,
                exclude_punctuation=True,
            ),
            removal_policy=props.removal_policy,
        )
        log_group = logs.LogGroup(
            self,
            "LogGroup",
            log_group_name=f"/aws/rds/cluster/{props.identifier}/postgresql",
            retention=props.log_retention,
            encryption_key=props.log_key,
            removal_policy=props.removal_policy,
        )
        self.cluster = self._cluster(props)
        # Otherwise the export makes the group first, unencrypted and kept for ever.
        self.cluster.node.add_dependency(log_group)
        self._acknowledge(deletion_protection=props.deletion_protection)

    def _cluster(self, props: PostgresClusterProps) -> rds.DatabaseCluster:
        engine = rds.DatabaseClusterEngine.aurora_postgres(
            version=rds.AuroraPostgresEngineVersion.of(
                props.engine_version, props.engine_version.split(".")[0]
            )
        )
        return rds.DatabaseCluster(
            self,
            "Cluster",
            engine=engine,
            cluster_identifier=props.identifier,
            credentials=rds.Credentials.from_secret(self.admin_secret),
            vpc=props.vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
            security_groups=[self.security_group],
            port=PORT,
            writer=rds.ClusterInstance.serverless_v2("Writer", publicly_accessible=False),
            readers=[
                rds.ClusterInstance.serverless_v2(
                    f"Reader{number}",
                    # The first reader is the failover target: it must be as big as the writer.
                    scale_with_writer=number == 1,
                    publicly_accessible=False,
                )
                for number in range(1, props.readers + 1)
            ],
            serverless_v2_min_capacity=props.min_capacity,
            serverless_v2_max_capacity=props.max_capacity,
            parameter_group=rds.ParameterGroup(
                self,
                "Parameters",
                engine=engine,
                description="TLS for every connection; schema changes are logged",
                parameters={"rds.force_ssl": "1", "log_statement": "ddl"},
            ),
            storage_encrypted=True,
            storage_encryption_key=props.encryption_key,
            iam_authentication=True,
            backup=rds.BackupProps(
                retention=props.backup_retention, preferred_window=props.backup_window
            ),
            copy_tags_to_snapshot=True,
            cloudwatch_logs_exports=["postgresql"],
            deletion_protection=props.deletion_protection,
            removal_policy=props.removal_policy,
        )

    def _acknowledge(self, *, deletion_protection: bool) -> None:
        acknowledge(
            self.admin_secret,
            "AwsSolutions-SMG4",
            "No service may read this secret, and it is the way back when a rotation has gone "
            "wrong; it is changed by an operator, deliberately, not on a schedule.",
        )
        if not deletion_protection:
            acknowledge(
                self.cluster,
                "AwsSolutions-RDS10",
                "This environment's configuration says its data may go (retain_data, "
                "deletion_protection); the rules of the configuration forbid that in production.",
            )
