"""Resources that are only values here: other resources refer to them, and nothing reads them back.

Roles and policies are among them: what they allow is read by `Stack.policies_of`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from .base import Made, Place, Request, digest, guid


@dataclass(frozen=True, kw_only=True)
class Plain:
    """How a type's values look. ``{name}`` is its name, ``{id}`` 17 hexadecimal digits,
    ``{uuid}`` an id as of keys; ``{region}`` and ``{account}`` are where it is.

    ``ref`` is what `Ref` gives, and the physical id. ``fixed``: properties whose change replaces.
    """

    ref: str
    name_property: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    fixed: frozenset[str] = frozenset()


_ALL = frozenset({"*"})

PLAIN: dict[str, Plain] = {
    "AWS::EC2::SecurityGroupEgress": Plain(ref="sgr-{id}", attributes={"Id": "{ref}"}, fixed=_ALL),
    "AWS::EC2::SecurityGroupIngress": Plain(ref="sgr-{id}", attributes={"Id": "{ref}"}, fixed=_ALL),
    "AWS::Events::Rule": Plain(
        ref="{name}",
        name_property="Name",
        attributes={"Arn": "arn:aws:events:{region}:{account}:rule/{name}"},
        fixed=frozenset({"Name", "EventBusName"}),
    ),
    "AWS::IAM::Policy": Plain(
        ref="{name}", name_property="PolicyName", fixed=frozenset({"PolicyName"})
    ),
    "AWS::IAM::Role": Plain(
        ref="{name}",
        name_property="RoleName",
        attributes={"Arn": "arn:aws:iam::{account}:role/{name}", "RoleId": "AROA{id}"},
        fixed=frozenset({"Path", "RoleName"}),
    ),
    "AWS::KMS::Alias": Plain(
        ref="{name}", name_property="AliasName", fixed=frozenset({"AliasName"})
    ),
    "AWS::KMS::Key": Plain(
        ref="{uuid}",
        attributes={"Arn": "arn:aws:kms:{region}:{account}:key/{uuid}", "KeyId": "{uuid}"},
    ),
    "AWS::Logs::LogGroup": Plain(
        ref="{name}",
        name_property="LogGroupName",
        attributes={"Arn": "arn:aws:logs:{region}:{account}:log-group:{name}:*"},
        fixed=frozenset({"LogGroupName"}),
    ),
    "AWS::Route53::RecordSet": Plain(
        ref="{name}", name_property="Name", fixed=frozenset({"HostedZoneId", "Name"})
    ),
    "AWS::SNS::Subscription": Plain(
        ref="arn:aws:sns:{region}:{account}:{name}:{uuid}",
        attributes={"Arn": "{ref}"},
        fixed=frozenset({"Endpoint", "Protocol", "TopicArn"}),
    ),
    "AWS::SNS::Topic": Plain(
        ref="arn:aws:sns:{region}:{account}:{name}",
        name_property="TopicName",
        attributes={"TopicArn": "{ref}", "TopicName": "{name}"},
        fixed=frozenset({"FifoTopic", "TopicName"}),
    ),
    "AWS::SNS::TopicPolicy": Plain(ref="{name}", attributes={"Id": "{name}"}),
    "AWS::SSM::Document": Plain(
        ref="{name}", name_property="Name", fixed=frozenset({"DocumentType", "Name"})
    ),
}
"""By type; the values are those under "Return values" of each type's page, found from
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-template-resource-type-ref.html.
"""


class PlainValues:
    """Gives a resource its values and makes nothing."""

    shortfall = ""

    def __init__(self, place: Place, kind: Plain) -> None:
        self._place = place
        self._kind = kind
        self.name_property = kind.name_property

    def replaces(self, changed: Collection[str]) -> bool:
        """As the type's table says."""
        return bool(changed) and not ({"*"} | set(changed)).isdisjoint(self._kind.fixed)

    def create(self, request: Request) -> Made:
        """Make up its values."""
        name = str(request.properties.get(self._kind.name_property) or request.name())
        unique = digest(request.stack_id, request.logical_id, repr(request.properties))
        values = {
            "name": name,
            "id": unique[:17],
            "uuid": guid(unique),
            "region": self._place.region,
            "account": self._place.account,
        }
        values["ref"] = self._kind.ref.format(**values)
        attributes = {key: form.format(**values) for key, form in self._kind.attributes.items()}
        return Made(physical_id=values["ref"], attributes=attributes)

    def update(self, request: Request) -> Made:
        """Nothing is to be done, and its values stay."""
        return Made(physical_id=request.physical_id, attributes=None)

    def delete(self, request: Request) -> None:
        """Nothing is to be done."""


class Unmade:
    """Any other type: a name, plausible attributes, and the reason why it is no more."""

    name_property = ""

    def __init__(self, place: Place, type_: str, why: str) -> None:
        self._place = place
        self._type = type_
        self.shortfall = why

    def replaces(self, _: Collection[str]) -> bool:
        """Not known, so never."""
        return False

    def create(self, request: Request) -> Made:
        """Make up its name."""
        name = request.name()
        service = self._type.split("::")[1].lower()
        return Made(
            physical_id=name,
            attributes=_AnyAttribute(name=name, arn=self._place.arn(service, name)),
        )

    def update(self, request: Request) -> Made:
        """Nothing is to be done, and its values stay."""
        return Made(physical_id=request.physical_id, attributes=None)

    def delete(self, request: Request) -> None:
        """Nothing is to be done."""


class _AnyAttribute(dict[str, Any]):
    """Has every attribute: an ARN for one that ends in Arn, else its name and the attribute's."""

    def __init__(self, *, name: str, arn: str) -> None:
        super().__init__()
        self._name = name
        self._arn = arn

    def __missing__(self, key: str) -> str:
        return self._arn if key.endswith("Arn") else f"{self._name}.{key}"
