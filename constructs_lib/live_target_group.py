"""Asks which target group serves users, whenever CloudFormation is about to change a listener.

A listener in a template names a target group. CodeDeploy moves it to the other one, and the next
stack update that touches the listener, for whatever reason, writes the template's group back: all
traffic to an empty group (https://github.com/aws/aws-cdk/issues/36649,
https://github.com/aws/containers-roadmap/issues/2853). So no listener here names a group; it takes
the answer of this resource.
"""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import CustomResource
from aws_cdk import aws_elasticloadbalancingv2 as elbv2


@dataclass(frozen=True, kw_only=True)
class LiveTargetGroupProps:
    """Whom to ask (``service_token``: ``lambdas/live_target_group``), and about which service."""

    service_token: str
    cluster_name: str
    service_name: str
    blue: elbv2.IApplicationTargetGroup
    green: elbv2.IApplicationTargetGroup


def forward_to_live_target_group(
    listener: elbv2.ApplicationListener, *, props: LiveTargetGroupProps
) -> None:
    """Make ``listener``'s default action forward to the group that is live when it is deployed.

    CloudFormation asks a custom resource again when one of its properties changes. They are the
    listener's own properties, as values: a certificate that is replaced under the same logical id
    changes no text of the template, so a hash of that text would miss it.
    """
    resource = listener.node.default_child
    assert isinstance(resource, elbv2.CfnListener)
    live = CustomResource(
        listener,
        "LiveTargetGroup",
        resource_type="Custom::LiveTargetGroup",
        service_token=props.service_token,
        properties={
            "Cluster": props.cluster_name,
            "Service": props.service_name,
            "BlueTargetGroup": props.blue.target_group_arn,
            "GreenTargetGroup": props.green.target_group_arn,
            "Listener": {
                "Certificates": resource.certificates,
                "LoadBalancerArn": resource.load_balancer_arn,
                "Port": resource.port,
                "Protocol": resource.protocol,
                "SslPolicy": resource.ssl_policy,
                "Tags": resource.cdk_tag_manager.rendered_tags,
            },
        },
    )
    resource.default_actions = [
        elbv2.CfnListener.ActionProperty(
            type="forward", target_group_arn=live.get_att_string("TargetGroupArn")
        )
    ]
