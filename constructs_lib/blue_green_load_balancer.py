"""The load balancer of one service: two listeners, two target groups alike, TLS and access logs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib.acknowledge import acknowledge
from constructs_lib.live_target_group import LiveTargetGroupProps, forward_to_live_target_group

PRODUCTION_PORT = 443
TEST_PORT = 8443

# TLS 1.3 and 1.2, forward secrecy and authenticated encryption only, post-quantum key exchange:
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
TLS_POLICY = elbv2.SslPolicy.TLS13_12_RES_PQ


@dataclass(frozen=True, kw_only=True)
class TargetHealthProps:
    """The health check and draining that blue and green share."""

    path: str
    interval: Duration
    timeout: Duration
    healthy_threshold: int
    unhealthy_threshold: int
    deregistration_delay: Duration


@dataclass(frozen=True, kw_only=True)
class BlueGreenLoadBalancerProps:
    """What a service's load balancer is made of.

    ``allowed_cidrs`` may reach the production listener, ``test_cidrs`` the test listener. A public
    load balancer's name resolves to public addresses even inside the VPC, so that checks arrive
    from the NAT gateways: their addresses are the ``test_cidrs``. An internal one has none; the
    checks' security group is let in by a rule of its own. ``live_target_group_token`` is the ARN of
    the function that says which group is live (``lambdas/live_target_group``).
    """

    service: str
    cluster_name: str
    live_target_group_token: str
    vpc: ec2.IVpc
    public: bool
    domain_name: str
    hosted_zone: route53.IHostedZone
    allowed_cidrs: Sequence[str]
    test_cidrs: Sequence[str]
    container_port: int
    idle_timeout: Duration
    health: TargetHealthProps
    access_logs: s3.IBucket
    deletion_protection: bool


class BlueGreenLoadBalancer(Construct):
    """Two listeners over two target groups.

    Attributes: ``load_balancer``, ``security_group``, ``blue``, ``green``, ``production`` and
    ``test``.
    """

    def __init__(self, scope: Construct, id: str, *, props: BlueGreenLoadBalancerProps) -> None:
        super().__init__(scope, id)
        self.security_group = self._security_group(props)
        self.load_balancer = elbv2.ApplicationLoadBalancer(
            self,
            "LoadBalancer",
            vpc=props.vpc,
            vpc_subnets=ec2.SubnetSelection(
                subnet_type=ec2.SubnetType.PUBLIC
                if props.public
                else ec2.SubnetType.PRIVATE_WITH_EGRESS
            ),
            internet_facing=props.public,
            security_group=self.security_group,
            idle_timeout=props.idle_timeout,
            drop_invalid_header_fields=True,
            deletion_protection=props.deletion_protection,
        )
        # The bucket's policy admits every load balancer of this account, so no resource of the
        # network's stack changes when a service is added.
        self.load_balancer.set_attribute("access_logs.s3.enabled", "true")
        self.load_balancer.set_attribute("access_logs.s3.bucket", props.access_logs.bucket_name)
        self.load_balancer.set_attribute("access_logs.s3.prefix", props.service)
        certificate = acm.Certificate(
            self,
            "Certificate",
            domain_name=props.domain_name,
            validation=acm.CertificateValidation.from_dns(props.hosted_zone),
        )
        self.blue = self._target_group("Blue", props)
        self.green = self._target_group("Green", props)
        self.production = self._listener("Production", PRODUCTION_PORT, certificate)
        self.test = self._listener("Test", TEST_PORT, certificate)
        for listener in (self.production, self.test):
            forward_to_live_target_group(
                listener,
                props=LiveTargetGroupProps(
                    service_token=props.live_target_group_token,
                    cluster_name=props.cluster_name,
                    service_name=props.service,
                    blue=self.blue,
                    green=self.green,
                ),
            )
        route53.ARecord(
            self,
            "Name",
            zone=props.hosted_zone,
            record_name=f"{props.domain_name}.",
            target=route53.RecordTarget.from_alias(targets.LoadBalancerTarget(self.load_balancer)),
        )

    def _security_group(self, props: BlueGreenLoadBalancerProps) -> ec2.SecurityGroup:
        group = ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=props.vpc,
            description=f"Load balancer of {props.service}",
            allow_all_outbound=False,
        )
        production = ec2.Port.tcp(PRODUCTION_PORT)
        for cidr in props.allowed_cidrs:
            group.add_ingress_rule(ec2.Peer.ipv4(cidr), production, "Users")
        for address in props.test_cidrs:
            group.add_ingress_rule(
                ec2.Peer.ipv4(address), ec2.Port.tcp(TEST_PORT), "Release checks through NAT"
            )
        if props.public and "0.0.0.0/0" in props.allowed_cidrs:
            acknowledge(
                group,
                "AwsSolutions-EC23",
                "A public service's production listener is meant for everyone, over TLS on port "
                "443 alone; the test listener admits the NAT addresses only.",
            )
        return group

    def _target_group(
        self, colour: str, props: BlueGreenLoadBalancerProps
    ) -> elbv2.ApplicationTargetGroup:
        return elbv2.ApplicationTargetGroup(
            self,
            colour,
            target_group_name=f"{props.service}-{colour.lower()}",
            vpc=props.vpc,
            target_type=elbv2.TargetType.IP,
            protocol=elbv2.ApplicationProtocol.HTTP,
            port=props.container_port,
            deregistration_delay=props.health.deregistration_delay,
            health_check=elbv2.HealthCheck(
                path=props.health.path,
                interval=props.health.interval,
                timeout=props.health.timeout,
                healthy_threshold_count=props.health.healthy_threshold,
                unhealthy_threshold_count=props.health.unhealthy_threshold,
                healthy_http_codes="200",
            ),
        )

    def _listener(
        self, id: str, port: int, certificate: acm.ICertificate
    ) -> elbv2.ApplicationListener:
        return self.load_balancer.add_listener(
            id,
            port=port,
            protocol=elbv2.ApplicationProtocol.HTTPS,
            certificates=[certificate],
            ssl_policy=TLS_POLICY,
            default_action=elbv2.ListenerAction.forward([self.blue]),
            open=False,
        )
