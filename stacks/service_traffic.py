"""Who may talk to whom around one service: tasks, checks, load balancer and database."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from constructs_lib.blue_green_load_balancer import PRODUCTION_PORT, TEST_PORT
from constructs_lib.postgres_cluster import PORT as DATABASE_PORT
from constructs_lib.traffic import allow


@dataclass(frozen=True, kw_only=True)
class ServiceTrafficProps:
    """The parties. ``database`` is None for a service without one."""

    service: str
    vpc: ec2.IVpc
    public: bool
    port: int
    load_balancer: ec2.ISecurityGroup
    database: ec2.ISecurityGroup | None


class ServiceTraffic:
    """The security groups of the tasks and of the checks, with every rule between the parties.

    Attributes: ``tasks``, ``checks``. Makes its resources directly in ``scope``.
    """

    def __init__(self, scope: Construct, *, props: ServiceTrafficProps) -> None:
        self.checks = self._group(scope, "ChecksSecurityGroup", "Release checks of", props)
        self.tasks = self._group(scope, "TaskSecurityGroup", "Tasks of", props)
        # Each id is a call into the CDK's process, so it is asked for once.
        tasks, balancer = self.tasks.security_group_id, props.load_balancer.security_group_id
        self.tasks.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.HTTPS, "AWS APIs and partners")
        allow(
            scope,
            "LoadBalancerToTasks",
            source=balancer,
            target=tasks,
            port=props.port,
            description=f"Load balancer to tasks of {props.service}",
        )
        if props.database is not None:
            allow(
                scope,
                "TasksToDatabase",
                source=tasks,
                target=props.database.security_group_id,
                port=DATABASE_PORT,
                description=f"Tasks of {props.service} to the database",
            )
        self._allow_checks(scope, public=props.public, balancer=balancer)

    def _allow_checks(self, scope: Construct, *, public: bool, balancer: str) -> None:
        listeners = {"Production": PRODUCTION_PORT, "Test": TEST_PORT}
        # Without this they could not answer CodeDeploy, which then waits for an hour.
        self.checks.add_egress_rule(
            ec2.Peer.any_ipv4(), ec2.Port.HTTPS, "AWS APIs, and a public production listener"
        )
        if public:
            # Reached through its public addresses, which AWS changes.
            self.checks.add_egress_rule(
                ec2.Peer.any_ipv4(), ec2.Port.tcp(TEST_PORT), "The public test listener"
            )
            return
        checks = self.checks.security_group_id
        for listener, port in listeners.items():
            allow(
                scope,
                f"ChecksTo{listener}",
                source=checks,
                target=balancer,
                port=port,
                description="Release checks",
            )

    @staticmethod
    def _group(
        scope: Construct, id: str, description: str, props: ServiceTrafficProps
    ) -> ec2.SecurityGroup:
        return ec2.SecurityGroup(
            scope,
            id,
            vpc=props.vpc,
            description=f"{description} {props.service}",
            allow_all_outbound=False,
        )
