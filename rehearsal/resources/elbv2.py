"""Load balancers, target groups and listeners, in moto."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from .base import Made, Place, Request, ResourceError, parameters


class LoadBalancers:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-elasticloadbalancingv2-loadbalancer.html"""

    name_property = "Name"
    shortfall = ""

    def __init__(self, place: Place) -> None:
        self._client = place.client("elbv2")

    def replaces(self, changed: Collection[str]) -> bool:
        """Name, scheme and type are for good."""
        return not {"Name", "Scheme", "Type"}.isdisjoint(changed)

    def create(self, request: Request) -> Made:
        """CreateLoadBalancer and ModifyLoadBalancerAttributes."""
        found = parameters(
            self._client,
            "CreateLoadBalancer",
            {"Name": request.name(32), **request.properties},
            without=["LoadBalancerAttributes"],
        )
        answer = self._client.create_load_balancer(**found.values)["LoadBalancers"][0]
        arn = answer["LoadBalancerArn"]
        self._set_attributes(arn, request)
        return self._made(answer, found.notes("CreateLoadBalancer"))

    def update(self, request: Request) -> Made:
        """SetSubnets, SetSecurityGroups, ModifyLoadBalancerAttributes and tags."""
        arn = request.physical_id
        properties = request.properties
        for name, change in (
            ("Subnets", self._client.set_subnets),
            ("SecurityGroups", self._client.set_security_groups),
        ):
            if properties.get(name) != request.old.get(name):
                change(LoadBalancerArn=arn, **{name: properties[name]})
        if properties.get("LoadBalancerAttributes") != request.old.get("LoadBalancerAttributes"):
            self._set_attributes(arn, request)
        _set_tags(self._client, request)
        answer = self._client.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"][0]
        return self._made(answer, ())

    def delete(self, request: Request) -> None:
        """DeleteLoadBalancer, which deletion protection refuses (moto does not).

        https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#deletion-protection
        """
        arn = request.physical_id
        answer = self._client.describe_load_balancer_attributes(LoadBalancerArn=arn)
        if {"Key": "deletion_protection.enabled", "Value": "true"} in answer["Attributes"]:
            raise ResourceError(
                f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
            )
        self._client.delete_load_balancer(LoadBalancerArn=arn)

    def _set_attributes(self, arn: str, request: Request) -> None:
        if attributes := _attributes(request, "LoadBalancerAttributes"):
            self._client.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=attributes)

    def _made(self, answer: Mapping[str, Any], notes: tuple[str, ...]) -> Made:
        arn = answer["LoadBalancerArn"]
        return Made(
            physical_id=arn,
            attributes={
                "LoadBalancerArn": arn,
                "LoadBalancerFullName": arn.split(":loadbalancer/", 1)[1],
                "LoadBalancerName": answer["LoadBalancerName"],
                "DNSName": answer["DNSName"],
                "CanonicalHostedZoneID": answer["CanonicalHostedZoneId"],
                "SecurityGroups": answer.get("SecurityGroups", []),
            },
            notes=notes,
        )


class TargetGroups:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-elasticloadbalancingv2-targetgroup.html"""

    name_property = "Name"
    shortfall = ""

    def __init__(self, place: Place) -> None:
        self._client = place.client("elbv2")

    def replaces(self, changed: Collection[str]) -> bool:
        """Where and how targets are reached is for good."""
        fixed = {"IpAddressType", "Name", "Port", "Protocol", "ProtocolVersion"}
        return not (fixed | {"TargetType", "VpcId"}).isdisjoint(changed)

    def create(self, request: Request) -> Made:
        """CreateTargetGroup and ModifyTargetGroupAttributes."""
        found = parameters(
            self._client,
            "CreateTargetGroup",
            {"Name": request.name(32), **request.properties},
            without=["TargetGroupAttributes"],
        )
        answer = self._client.create_target_group(**found.values)["TargetGroups"][0]
        self._set_attributes(answer["TargetGroupArn"], request)
        return self._made(answer, found.notes("CreateTargetGroup"))

    def update(self, request: Request) -> Made:
        """ModifyTargetGroup, ModifyTargetGroupAttributes and tags."""
        arn = request.physical_id
        found = parameters(self._client, "ModifyTargetGroup", request.properties)
        answer = self._client.modify_target_group(**found.values, TargetGroupArn=arn)
        self._set_attributes(arn, request)
        _set_tags(self._client, request)
        return self._made(answer["TargetGroups"][0], ())

    def delete(self, request: Request) -> None:
        """DeleteTargetGroup."""
        self._client.delete_target_group(TargetGroupArn=request.physical_id)

    def _set_attributes(self, arn: str, request: Request) -> None:
        if attributes := _attributes(request, "TargetGroupAttributes"):
            self._client.modify_target_group_attributes(TargetGroupArn=arn, Attributes=attributes)

    def _made(self, answer: Mapping[str, Any], notes: tuple[str, ...]) -> Made:
        arn = answer["TargetGroupArn"]
        return Made(
            physical_id=arn,
            attributes={
                "TargetGroupArn": arn,
                "TargetGroupFullName": arn.rsplit(":", 1)[1],
                "TargetGroupName": answer["TargetGroupName"],
                "LoadBalancerArns": answer.get("LoadBalancerArns", []),
            },
            notes=notes,
        )


class Listeners:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-elasticloadbalancingv2-listener.html"""

    name_property = ""
    shortfall = ""

    def __init__(self, place: Place) -> None:
        self._client = place.client("elbv2")

    def replaces(self, changed: Collection[str]) -> bool:
        """A listener cannot move to another load balancer."""
        return "LoadBalancerArn" in changed

    def create(self, request: Request) -> Made:
        """CreateListener."""
        found = parameters(self._client, "CreateListener", request.properties)
        answer = self._client.create_listener(**found.values)["Listeners"][0]
        return self._made(answer["ListenerArn"], found.notes("CreateListener"))

    def update(self, request: Request) -> Made:
        """ModifyListener with every property, the default actions too, whichever has changed.

        That is how CloudFormation takes traffic away from green:
        https://github.com/aws/aws-cdk/issues/36649
        """
        notes: tuple[str, ...] = ()
        arn = request.physical_id
        without = ["LoadBalancerArn", "Tags"]
        policy = request.properties.get("SslPolicy")
        if policy and not self._knows(policy):
            without.append("SslPolicy")
            notes = (f"SslPolicy: moto does not know {policy} in ModifyListener",)
        found = parameters(self._client, "ModifyListener", request.properties, without=without)
        self._client.modify_listener(**found.values, ListenerArn=arn)
        _set_tags(self._client, request)
        return self._made(arn, (*found.notes("ModifyListener"), *notes))

    def delete(self, request: Request) -> None:
        """DeleteListener."""
        self._client.delete_listener(ListenerArn=request.physical_id)

    def _knows(self, policy: str) -> bool:
        answer = self._client.describe_ssl_policies()
        return any(known["Name"] == policy for known in answer["SslPolicies"])

    def _made(self, arn: str, notes: tuple[str, ...]) -> Made:
        return Made(physical_id=arn, attributes={"ListenerArn": arn}, notes=notes)


def _attributes(request: Request, name: str) -> list[dict[str, str]]:
    return [
        {"Key": one["Key"], "Value": str(one["Value"])} for one in request.properties.get(name, [])
    ]


def _set_tags(client: Any, request: Request) -> None:
    tags = request.properties.get("Tags", [])
    before = request.old.get("Tags", [])
    if tags == before:
        return
    gone = {one["Key"] for one in before} - {one["Key"] for one in tags}
    if gone:
        client.remove_tags(ResourceArns=[request.physical_id], TagKeys=sorted(gone))
    if tags:
        client.add_tags(ResourceArns=[request.physical_id], Tags=tags)
