"""Outputs of stacks that are not deployed here: the network, the data.

A value is chosen by the output's name, which the CDK makes of the resource's id and attribute.
Subnets and their VPC are made in moto, because load balancers ask for them; everything else is only
a value, and always the same for the same output.
"""

from __future__ import annotations

from collections.abc import Callable

from .intrinsics import ModelError
from .resources.base import Place, digest, guid


class OutsideStacks:
    """Gives plausible outputs.

    | the output's name contains | value |
    | --- | --- |
    | ``Subnet`` | a subnet of the one VPC, each in another zone |
    | ``Vpc`` | that VPC |
    | ``SecurityGroup`` | a security group's id |
    | ``PublicIp`` | an address of 203.0.113.0/24, which is reserved for examples |
    | ``Secret`` | a secret's ARN |
    | ``Key`` | a key's ARN |
    | ``Bucket`` | a bucket's name |
    | ``ExecSessions`` | a log group's ARN |
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._client = place.client("ec2")
        self._vpc = ""
        self._subnets: dict[tuple[str, str], str] = {}
        # Names contain the names of what they are in: the innermost comes first.
        self._kinds: dict[str, Callable[[str, str], str]] = {
            "Subnet": self._subnet,
            "SecurityGroup": self._group,
            "PublicIp": self._address,
            "Secret": self._secret,
            "Bucket": self._bucket,
            "ExecSessions": self._log_group,
            "Key": self._key,
            "Vpc": self._network,
        }

    def __call__(self, stack: str, output: str) -> str:
        """The output's value. Raises `ModelError` when the name says nothing."""
        for part, value in self._kinds.items():
            if part in output:
                return value(stack, output)
        raise ModelError(
            f"output {output} of stack {stack} is needed; that stack is not deployed here, and "
            f"none of {', '.join(self._kinds)} is in the name: deploy the stack first, or give the "
            "value in `outputs`"
        )

    def _group(self, stack: str, output: str) -> str:
        return f"sg-{digest(stack, output)[:17]}"

    def _address(self, stack: str, output: str) -> str:
        return f"203.0.113.{int(digest(stack, output)[:2], 16)}"

    def _secret(self, stack: str, output: str) -> str:
        return self._place.arn("secretsmanager", f"secret:{stack}-{digest(stack, output)[:8]}")

    def _key(self, stack: str, output: str) -> str:
        return self._place.arn("kms", f"key/{guid(stack, output)}")

    def _bucket(self, stack: str, output: str) -> str:
        return f"{stack.lower()}-{digest(stack, output)[:8]}"

    def _log_group(self, stack: str, output: str) -> str:
        return self._place.arn("logs", f"log-group:{stack}-{digest(stack, output)[:8]}:*")

    def _network(self, *_: str) -> str:
        if not self._vpc:
            self._vpc = self._client.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        return self._vpc

    def _subnet(self, stack: str, output: str) -> str:
        key = (stack, output)
        if key not in self._subnets:
            number = len(self._subnets)
            zone = f"{self._place.region}{'abc'[number % 3]}"
            self._subnets[key] = self._client.create_subnet(
                VpcId=self._network(), CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=zone
            )["Subnet"]["SubnetId"]
        return self._subnets[key]
