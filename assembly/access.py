"""Who may do what where, from the synthesized policies: guardrails, boundaries, roles, trust."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from assembly.decision import Answer, Statement, Use, granted, listed
from assembly.read import AssembledStack, Assembly, Template

ADMINISTRATOR = "any other role"
"""Whoever has all rights of the account: what the guardrails alone leave."""
_ALL: Statement = {"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"}
_TOOLS = "Tools"


@dataclass(frozen=True, kw_only=True)
class Thing:
    """Something that may be done; ``resource`` with ``{account}``, ``{region}``, ``{stage}``.

    ``known`` are keys of the request's context.
    """

    name: str
    action: str
    resource: str
    known: tuple[tuple[str, str], ...] = ()


def _thing(name: str, action: str, resource: str, **known: str) -> Thing:
    """``resource`` is an ARN, ``*``, or what follows account and Region in the ARN."""
    if resource != "*" and not resource.startswith("arn:"):
        resource = f"arn:aws:{action.partition(':')[0]}:{{region}}:{{account}}:{resource}"
    keys = tuple((key.replace("__", ":"), value) for key, value in known.items())
    return Thing(name=name, action=action, resource=resource, known=keys)


_SECRET = "secret:{platform}/{service}/database-AbCdEf"
_DEPLOY = "arn:aws:iam::{account}:role/cdk-hnb659fds-deploy-role-{account}-{region}"
_ROLE, _USER = "arn:aws:iam::{account}:role/any", "arn:aws:iam::{account}:user/any"
_BREAK_GLASS = "arn:aws:iam::{account}:role/{platform}-break-glass"
_ELSEWHERE = "eu-central-1"

IN_AN_ENVIRONMENT = (
    _thing("look at services", "ecs:DescribeServices", "service/{platform}/{service}"),
    _thing("read logs", "logs:FilterLogEvents", "log-group:any"),
    _thing(
        "release, roll back", "codedeploy:CreateDeployment", "deploymentgroup:{service}/{service}"
    ),
    _thing("approve or stop a release", "codedeploy:StopDeployment", "*"),
    _thing("rotate a secret", "secretsmanager:RotateSecret", _SECRET),
    _thing("read a secret's value", "secretsmanager:GetSecretValue", _SECRET),
    _thing("set a secret's value", "secretsmanager:PutSecretValue", _SECRET),
    _thing("stop a task", "ecs:StopTask", "task/{platform}/1"),
    _thing("a shell in a task", "ecs:ExecuteCommand", "task/{platform}/1"),
    _thing("change a database", "rds:ModifyDBInstance", "db:any"),
    _thing(
        "make a public database", "rds:CreateDBInstance", "db:any", rds__PubliclyAccessible="true"
    ),
    _thing("delete a database", "rds:DeleteDBCluster", "cluster:any"),
    _thing("delete a bucket", "s3:DeleteBucket", "arn:aws:s3:::any"),
    _thing("read an object", "s3:GetObject", "arn:aws:s3:::any/1"),
    _thing("make a role", "iam:CreateRole", _ROLE),
    _thing("change who enters", "iam:UpdateAssumeRolePolicy", _BREAK_GLASS),
    _thing("make an IAM user", "iam:CreateUser", _USER),
    _thing("change a stack", "cloudformation:UpdateStack", "stack/{stage}-Data/1"),
    _thing("enter the deploy role", "sts:AssumeRole", _DEPLOY),
    _thing("switch CloudTrail off", "cloudtrail:StopLogging", "trail/any"),
    _thing(
        "work in another Region",
        "sqs:CreateQueue",
        f"arn:aws:sqs:{_ELSEWHERE}:{{account}}:any",
        aws__RequestedRegion=_ELSEWHERE,
    ),
    _thing("leave the organization", "organizations:LeaveOrganization", "*"),
)

IN_THE_TOOLS_ACCOUNT = (
    _thing("look at the road", "codepipeline:GetPipelineState", "{platform}"),
    _thing("start the road", "codepipeline:StartPipelineExecution", "{platform}"),
    _thing("approve Prod", "codepipeline:PutApprovalResult", "{platform}/Prod/ApproveProd"),
    _thing("change the road", "codepipeline:UpdatePipeline", "{platform}"),
    _thing("push an image", "ecr:PutImage", "repository/{platform}/{service}"),
    _thing("make a role", "iam:CreateRole", _ROLE),
    _thing("make an IAM user", "iam:CreateUser", _USER),
    _thing("leave the organization", "organizations:LeaveOrganization", "*"),
)


@dataclass(frozen=True, kw_only=True)
class Person:
    """A role that is entered: ``by`` says from where and on what condition."""

    name: str
    arn: str
    by: str
    identity: Sequence[Statement]
    boundary: Sequence[Statement]


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account with its roles.

    ``guardrails`` are what each node on its path has attached, ``entry_guardrails`` the resource
    control policies, ``secret_policy`` what the policy on a service's secret denies.
    """

    name: str
    account: str
    region: str
    people: tuple[Person, ...]
    guardrails: tuple[tuple[Statement, ...], ...]
    entry_guardrails: tuple[Statement, ...]
    secret_policy: tuple[Statement, ...]
    things: tuple[Thing, ...]

    def answer(self, person: Person, thing: Thing, names: Mapping[str, str]) -> Answer:
        """Whether the person may do that here: the least of what each layer says."""
        where = {"account": self.account, "region": self.region, "stage": self.name, **names}
        use = Use(
            action=thing.action,
            resource=thing.resource.format(**where),
            known={
                "aws:PrincipalArn": person.arn,
                "aws:PrincipalIsAWSService": "false",
                "aws:RequestedRegion": self.region,
                "aws:ResourceAccount": self.account,
                **dict(thing.known),
            },
        )
        layers = [person.identity, *([person.boundary] if person.boundary else [])]
        denials = [*self.guardrails, self.entry_guardrails]
        if thing.action.startswith("secretsmanager:"):
            denials.append(self.secret_policy)
        layers += [[_ALL, *statements] for statements in denials]
        return reduce(_least, (granted(layer, use) for layer in layers))


def accounts(assembly: Assembly, names: Mapping[str, str]) -> tuple[Account, ...]:
    """The environments' accounts and the tools account, each with its people.

    ``names``: ``platform`` and a ``service`` that stands for all of them.
    """
    by_name = {stack.name: stack for stack in assembly.organization}
    organization = by_name["Organization"]
    scps = _attached(organization, "SERVICE_CONTROL_POLICY")
    rcps = _attached(organization, "RESOURCE_CONTROL_POLICY")
    units = {
        each["AccountId"]: _node(each["Parent"])
        for each in organization.properties("Custom::AccountPlacement")
    }
    found = []
    for name, stack in by_name.items():
        if not name.startswith("Access"):
            continue
        label = name.removeprefix("Access")
        path = [units.get(stack.account, ""), stack.account]
        anybody = Person(
            name=ADMINISTRATOR,
            arn=f"arn:aws:iam::{stack.account}:role/any",
            by="",
            identity=[_ALL],
            boundary=(),
        )
        found.append(
            Account(
                name=label,
                account=stack.account,
                region=stack.region,
                people=(*_people(stack), anybody),
                guardrails=tuple(tuple(scps.get(node, ())) for node in path),
                entry_guardrails=tuple(one for node in path for one in rcps.get(node, ())),
                secret_policy=tuple(_secret_policy(assembly.stages.get(label, ()), names)),
                things=IN_THE_TOOLS_ACCOUNT if label == _TOOLS else IN_AN_ENVIRONMENT,
            )
        )
    return tuple(found)


def _least(one: Answer, other: Answer) -> Answer:
    return next(each for each in (Answer.NO, Answer.IF, Answer.YES) if each in (one, other))


def _attached(stack: AssembledStack, kind: str) -> dict[str, list[Statement]]:
    found: dict[str, list[Statement]] = {}
    for policy in stack.properties("AWS::Organizations::Policy"):
        if policy["Type"] == kind:
            for target in policy["TargetIds"]:
                found.setdefault(_node(target), []).extend(policy["Content"]["Statement"])
    return found


def _secret_policy(
    stacks: Sequence[AssembledStack], names: Mapping[str, str]
) -> Iterator[Statement]:
    """The denials on the secret of the service's database."""
    wanted = "{platform}/{service}/database".format(**names)
    for stack in stacks:
        for policy in stack.properties("AWS::SecretsManager::ResourcePolicy"):
            secret = stack.resources().get(policy["SecretId"].get("Ref", ""), {})
            if secret.get("Properties", {}).get("Name") == wanted:
                yield from policy["ResourcePolicy"]["Statement"]


def _node(value: Any) -> str:
    return str(value["Fn::GetAtt"][0] if isinstance(value, dict) else value)


def _people(stack: AssembledStack) -> Iterator[Person]:
    for role in stack.properties("AWS::IAM::Role"):
        boundary = role.get("PermissionsBoundary")
        yield Person(
            name=role["RoleName"],
            arn=f"arn:aws:iam::{stack.account}:role/{role['RoleName']}",
            by=_entry(role["AssumeRolePolicyDocument"]["Statement"]),
            identity=[
                statement
                for policy in role.get("Policies", [])
                for statement in policy["PolicyDocument"]["Statement"]
            ],
            boundary=_document(stack, boundary["Ref"])["Statement"] if boundary else (),
        )


def _document(stack: AssembledStack, logical_id: str) -> Template:
    document: Template = stack.resources()[logical_id]["Properties"]["PolicyDocument"]
    return document


_MFA = "aws:MultiFactorAuthPresent"


def _entry(statements: Sequence[Statement]) -> str:
    """From where, and on what condition, in words."""
    conditions: dict[str, list[str]] = {}
    for keys in statements[0].get("Condition", {}).values():
        for key, values in keys.items():
            conditions[key] = [str(one) for one in listed(values)]
    said: list[str] = []
    for key, values in sorted(conditions.items()):
        shown = ", ".join(values)
        if key == "aws:PrincipalArn" or key.endswith(":sub"):
            said.insert(0, shown)
        elif key == _MFA:
            said.append("with MFA")
        elif key.startswith("aws:RequestTag/"):
            said.append(f"{key.partition('/')[2]} {shown}")
        elif key == "sts:SourceIdentity":
            said.append("under one's own name")
    return "; ".join(said)
