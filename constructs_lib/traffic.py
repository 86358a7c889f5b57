"""Who may open a connection to whom, as rules with logical ids that no environment changes.

The CDK's own rule between two security groups has a logical id made from the groups' paths, stage
included, so that the same rule would have another id in every environment.
"""

from __future__ import annotations

from aws_cdk import aws_ec2 as ec2
from constructs import Construct


def allow(
    scope: Construct,
    id: str,
    *,
    source: str,
    target: str,
    port: int,
    description: str,
) -> None:
    """Let members of ``source`` connect to ``port`` (TCP) of members of ``target``, by group id.

    Both rules, out and in, belong to ``scope``'s stack, whichever stacks the groups are in; their
    ids are ``<id>Egress`` and ``<id>Ingress``.
    """
    ec2.CfnSecurityGroupEgress(
        scope,
        f"{id}Egress",
        group_id=source,
        destination_security_group_id=target,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        description=description,
    )
    ec2.CfnSecurityGroupIngress(
        scope,
        f"{id}Ingress",
        group_id=target,
        source_security_group_id=source,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        description=description,
    )
