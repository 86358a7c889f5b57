"""Accounts, units and roles as the synthesized templates have them, with all their policies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.iam.simulator import Policy, Request
from tests.support.templates import Json, Stack, Templates

MANAGEMENT, TOOLS, LOGS = "555555555555", "111111111111", "666666666666"
DEV, STAGING, PROD = "222222222222", "333333333333", "444444444444"
OUTSIDE = "999999999999"
REGION = "ap-southeast-1"

_ALL = {"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"}
FULL_ACCESS = Policy("FullAWSAccess", {"Version": "2012-10-17", "Statement": [_ALL]})
"""AWS's own policy on every node, without which a node would allow nothing."""
ADMINISTRATOR = Policy("AdministratorAccess", {"Version": "2012-10-17", "Statement": [_ALL]})
"""Of whoever may do anything as far as their own policies go: so the guardrails alone decide."""


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Somebody with their own policies. ``scps``: whether service control policies bind them."""

    arn: str
    identity: Sequence[Policy] = (ADMINISTRATOR,)
    boundary: Policy | None = None
    bound: bool = True

    @property
    def account(self) -> str:
        """Of an ARN of IAM; empty for services."""
        parts = self.arn.split(":")
        return parts[4] if len(parts) > 4 else ""


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role of the templates: as a principal, and as what may be entered."""

    principal: Principal
    trust: Policy


@dataclass(frozen=True)
class World:
    """The synthesized organization. ``role(account, name)`` is one of people's or GitHub's."""

    roles: Mapping[tuple[str, str], Role]
    scps: Mapping[str, Sequence[tuple[str, Sequence[Policy]]]]
    rcps: Mapping[str, Sequence[tuple[str, Sequence[Policy]]]]
    policies: Sequence[Policy] = field(default=())

    def role(self, account: str, name: str) -> Role:
        """A role of that name in that account."""
        return self.roles[account, name]

    def request(
        self,
        principal: Principal,
        action: str,
        resource: str,
        *,
        context: Mapping[str, str | list[str]],
        without: Sequence[str] = (),
        owner: str = "",
        trust: Policy | None = None,
    ) -> Request:
        """A request with every layer that AWS would evaluate: SCPs along the caller's path, RCPs
        along the resource's, identity policies, boundary, and the trust of a role.
        """
        owner = owner or _owner(resource) or principal.account
        bound = principal.bound and principal.account in self.scps
        return Request(
            principal=principal.arn,
            action=action,
            resource=resource,
            resource_account=owner,
            context=context,
            without=without,
            identity=principal.identity,
            boundary=principal.boundary,
            scps=self.scps[principal.account] if bound else (),
            rcps=self.rcps.get(owner, ()),
            resource_policy=_key_policy(owner) if action.startswith("kms:") else trust,
        )


def _key_policy(account: str) -> Policy:
    """What every key of Pase says: that the account's own policies decide."""
    allow = {"Sid": "Account", "Effect": "Allow", "Action": "kms:*", "Resource": "*"}
    principal = {"AWS": f"arn:aws:iam::{account}:root"}
    document = {"Version": "2012-10-17", "Statement": [{**allow, "Principal": principal}]}
    return Policy("key policy", document)


def read_world(templates: Templates) -> World:
    """The organization's stage of the assembly."""
    organization = templates["Organization", "Organization"]
    roles, policies = {}, []
    for stack in templates:
        if stack.stage == "Organization" and stack.name.startswith("Access"):
            for role in _roles(stack):
                name = role.principal.arn.partition(":role/")[2]
                roles[stack.account, name] = role
                policies += [*role.principal.identity, role.trust]
                if role.principal.boundary and role.principal.boundary not in policies:
                    policies.append(role.principal.boundary)
    scps = _nodes(organization, "SERVICE_CONTROL_POLICY", [FULL_ACCESS])
    rcps = _nodes(organization, "RESOURCE_CONTROL_POLICY", [])
    attached = {
        policy.name: policy
        for nodes in (*scps.values(), *rcps.values())
        for _, found in nodes
        for policy in found
        if policy is not FULL_ACCESS
    }
    return World(roles=roles, scps=scps, rcps=rcps, policies=[*attached.values(), *policies])


def _nodes(
    stack: Stack, kind: str, always: list[Policy]
) -> dict[str, list[tuple[str, Sequence[Policy]]]]:
    """Account -> what is attached at the root, at its unit and at itself."""
    attached: dict[str, list[Policy]] = {}
    for properties in stack.of_type("AWS::Organizations::Policy").values():
        if properties["Type"] == kind:
            policy = Policy(properties["Name"], properties["Content"])
            for target in properties["TargetIds"]:
                attached.setdefault(_node(target), []).append(policy)
    units = {
        each["AccountId"]: _node(each["Parent"])
        for each in stack.of_type("Custom::AccountPlacement").values()
    }
    found: dict[str, list[tuple[str, Sequence[Policy]]]] = {}
    for account in (DEV, STAGING, PROD, TOOLS, LOGS):
        path = ["root", *([units[account]] if account in units else []), account]
        found[account] = [(node, [*always, *attached.get(node, [])]) for node in path]
    return found


def _node(value: Any) -> str:
    """A unit by its logical id, an account by its number."""
    return str(value["Fn::GetAtt"][0] if isinstance(value, dict) else value)


def _roles(stack: Stack) -> Iterator[Role]:
    for properties in stack.of_type("AWS::IAM::Role").values():
        name = properties["RoleName"]
        arn = f"arn:aws:iam::{stack.account}:role/{name}"
        boundary = properties.get("PermissionsBoundary")
        yield Role(
            principal=Principal(
                arn=arn,
                identity=[
                    Policy(f"{stack.name}/{name}", plain(each["PolicyDocument"], stack))
                    for each in properties.get("Policies", [])
                ],
                boundary=_boundary(stack, boundary["Ref"]) if boundary else None,
            ),
            trust=Policy(
                f"{stack.name}/{name} trust", plain(properties["AssumeRolePolicyDocument"], stack)
            ),
        )


def _boundary(stack: Stack, logical_id: str) -> Policy:
    properties = stack.resources[logical_id]["Properties"]
    return Policy(f"{stack.name}/boundary", plain(properties["PolicyDocument"], stack))


def plain(value: Any, stack: Stack) -> Any:
    """The value with what is known before a deployment put in."""
    match value:
        case {"Fn::Join": [separator, parts]}:
            return separator.join(plain(part, stack) for part in parts)
        case {"Ref": "AWS::Partition"}:
            return "aws"
        case {"Fn::GetAtt": [logical_id, "Arn"]} | {"Ref": logical_id}:
            assert stack.resources[logical_id]["Type"] == "AWS::IAM::OIDCProvider", logical_id
            issuer = stack.resources[logical_id]["Properties"]["Url"].removeprefix("https://")
            return f"arn:aws:iam::{stack.account}:oidc-provider/{issuer}"
        case dict():
            return {key: plain(item, stack) for key, item in value.items()}
        case list():
            return [plain(item, stack) for item in value]
    return value


def _owner(resource: str) -> str:
    parts = resource.split(":")
    return parts[4] if len(parts) > 4 else ""


_NEVER = {"StringEquals": {"aws:PrincipalAccount": "000000000000"}}


def without(document: Json, statement: str) -> Json:
    """The document as if the statement of that Sid were not there: it holds for nobody."""
    changed = [
        {**one, "Condition": _NEVER} if one["Sid"] == statement else one
        for one in document["Statement"]
    ]
    return {**document, "Statement": changed}
