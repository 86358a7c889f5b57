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
        self.tasks.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.HTTPS, "AWS APIs and partners")
        allow(
            scope,
            "LoadBalancerToTasks",
            source=props.load_balancer,
            target=self.tasks,
            port=props.port,
            description=f"Load balancer to tasks of {props.service}",
        )
        if props.database is not None:
            allow(
                scope,
                "TasksToDatabase",
                source=self.tasks,
                target=props.database,
                port=DATABASE_PORT,
                description=f"Tasks of {props.service} to the database",
            )
        for listener, port in (("Production", PRODUCTION_PORT), ("Test", TEST_PORT)):
            self._allow_checks(scope, props, listener, port)

    def _allow_checks(
        self, scope: Construct, props: ServiceTrafficProps, listener: str, port: int
    ) -> None:
        if props.public:
            # Reached through its public addresses, which AWS changes.
            self.checks.add_egress_rule(
                ec2.Peer.any_ipv4(), ec2.Port.tcp(port), "The listeners of the service"
            )
            return
        allow(
            scope,
            f"ChecksTo{listener}",
            source=self.checks,
            target=props.load_balancer,
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
