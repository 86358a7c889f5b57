"""What IAM would decide: requests evaluated against policy documents, without AWS.

The evaluation is https://www.npmjs.com/package/@cloud-copilot/iam-simulate, which runs as a program
of its own (``simulate.mjs``). What it does not know, this module supplies or refuses:

- It fills in no context key. Here those are filled in that follow from the request:
  aws:PrincipalArn, aws:PrincipalAccount, aws:PrincipalType, aws:PrincipalIsAWSService,
  aws:PrincipalServiceName and aws:ResourceAccount. A key that AWS puts into every request and that
  a policy of the request asks for has to be given, or a test would pass because it is missing.
- It ignores a context key that the action does not have. Here that is an error.
- It has no condition keys for GitHub's identity provider's claims ``sub`` and ``aud``.
- It limits whomever SCPs are given for. AWS limits the users and roles of member accounts, not
  service-linked roles: leave ``scps`` out for requests of the management account.
- It does not know that a root user may everything in its account: give it such a policy.
- It knows no chain of roles and no second resource: a call that AWS checks for several resources,
  or with several actions (iam:PassRole), is as many requests.
- It takes every global key for every action; AWS leaves some out for some. Resource control
  policies, VPC endpoint policies and S3's public access block are not passed to it.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from tests.iam.policies import conditions, statements, unknown_operator
from tests.support.synthesis import node
from tests.support.templates import Json

HERE = Path(__file__).resolve().parent

Result = Literal["Allowed", "ExplicitlyDenied", "ImplicitlyDenied", "Error"]

IN_EVERY_REQUEST = (
    "aws:CurrentTime",
    "aws:EpochTime",
    "aws:PrincipalArn",
    "aws:PrincipalAccount",
    "aws:PrincipalType",
    "aws:RequestedRegion",
    "aws:ResourceAccount",
    "aws:SecureTransport",
    "aws:UserAgent",
    "aws:ViaAWSService",
    "aws:userid",
)
"""Of requests that users and roles sign.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html ("always
included"; aws:ResourceAccount and aws:ViaAWSService for most services).
"""


class Policy(NamedTuple):
    """A policy document and what verdicts call it."""

    name: str
    document: Json


class Reason(NamedTuple):
    """A statement that decided: its policy, and its Sid, or its number from 1 if it has none."""

    policy: str
    statement: str


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request and every policy that AWS would evaluate for it.

    ``principal`` is the ARN of a role (its session has the role's rights), user or root user, the
    name of a service, or, in sts:AssumeRoleWith*, the ARN of an identity provider. With the ARN of
    a role's session, give aws:PrincipalArn: the role's path is not in it.

    ``resource`` is an ARN without ``*``, or ``*`` for an action that knows no resource. For
    sts:AssumeRole* it is the role and ``resource_policy`` its trust policy.

    ``scps`` are (node, policies) from the root over the OUs to the account, each node with what is
    attached to it: a node without an allow denies. ``rcps`` are the same for the account of the
    resource, without AWS's own RCPFullAWSAccess, which is always there. ``session_policies`` are
    those of one session. ``without`` names keys that the request is to lack although AWS puts them
    into every request, to see what a policy says then.
    """

    principal: str
    action: str
    resource: str
    resource_account: str
    context: Mapping[str, str | list[str]]
    identity: Sequence[Policy] = ()
    boundary: Policy | None = None
    scps: Sequence[tuple[str, Sequence[Policy]]] = ()
    rcps: Sequence[tuple[str, Sequence[Policy]]] = ()
    resource_policy: Policy | None = None
    session_policies: Sequence[Policy] = ()
    without: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The decision. ``Error`` means that the request was not evaluated; ``error`` says why.

    ``denied_by`` are the statements that denied explicitly. ``missing_allow`` names the layers
    whose allow was missing when none did: ``SCP at <node>``, ``resource policy``, ``identity
    policies``, ``boundary <name>``, ``session policies``.
    """

    result: Result
    denied_by: list[Reason]
    allowed_by: list[Reason]
    missing_allow: list[str]
    ignored_context_keys: list[str]
    error: str


def simulate(requests: Sequence[Request]) -> list[Verdict]:
    """A verdict for each request, in their order; one process for all of them."""
    mistakes = [_mistake(request) for request in requests]
    sound = [request for request, mistake in zip(requests, mistakes, strict=True) if not mistake]
    answers = iter(_run(_wire(sound)) if sound else ())
    return [_error(mistake) if mistake else _verdict(next(answers)) for mistake in mistakes]


def decide(request: Request) -> Verdict:
    """The verdict for one request. A process each: give many to ``simulate``."""
    (verdict,) = simulate([request])
    return verdict


def _run(wire: Json) -> list[Json]:
    if not (HERE / "node_modules").is_dir():
        raise RuntimeError(
            f"the IAM simulator is not installed: {HERE / 'node_modules'} is missing. "
            "Run python3 tools/setup.py dev."
        )
    done = subprocess.run(
        [node(), HERE / "simulate.mjs"],
        input=json.dumps(wire),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"simulate.mjs ended with status {done.returncode}:\n{done.stderr}")
    answers: list[Json] = json.loads(done.stdout)
    return answers


def _wire(requests: Sequence[Request]) -> Json:
    """Each document once, whoever has it: a thousand requests mostly share theirs."""
    numbers: dict[str, int] = {}
    texts: dict[int, str] = {}

    def reference(policy: Policy) -> list[Any]:
        text = texts.get(id(policy.document))
        if text is None:
            text = texts[id(policy.document)] = json.dumps(policy.document, sort_keys=True)
        return [policy.name, numbers.setdefault(text, len(numbers))]

    def references(policies: Sequence[Policy]) -> list[Any]:
        return [reference(policy) for policy in policies]

    wired = [
        {
            "principal": request.principal,
            "action": request.action,
            "resource": request.resource,
            "resource_account": request.resource_account,
            "context": _context(request),
            "identity": references(request.identity),
            "boundary": reference(request.boundary) if request.boundary else None,
            "scps": [(place, references(policies)) for place, policies in request.scps],
            "rcps": [(place, references(policies)) for place, policies in request.rcps],
            "resource_policy": (
                reference(request.resource_policy) if request.resource_policy else None
            ),
            "session": references(request.session_policies),
        }
        for request in requests
    ]
    return {"documents": [json.loads(document) for document in numbers], "requests": wired}


def _verdict(answer: Json) -> Verdict:
    return Verdict(
        result=answer["result"],
        denied_by=[Reason(*reason) for reason in answer["denied_by"]],
        allowed_by=[Reason(*reason) for reason in answer["allowed_by"]],
        missing_allow=answer["missing_allow"],
        ignored_context_keys=answer["ignored_context_keys"],
        error=answer["error"],
    )


def _error(error: str) -> Verdict:
    return Verdict(
        result="Error",
        denied_by=[],
        allowed_by=[],
        missing_allow=[],
        ignored_context_keys=[],
        error=error,
    )


_KINDS = {
    "role": "AssumedRole",
    "assumed-role": "AssumedRole",
    "user": "User",
    "root": "Account",
    "oidc-provider": "provider",
    "saml-provider": "provider",
}
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable"""


def _kind(principal: str) -> str:
    """aws:PrincipalType, ``service``, ``provider``, or nothing for what is none of these."""
    if re.fullmatch(r"[a-z0-9.-]+\.amazonaws\.com", principal):
        return "service"
    found = re.fullmatch(r"arn:aws[a-z-]*:(?:iam|sts)::\d{12}:([a-z-]+)(?:/.+)?", principal)
    kind = found[1] if found else ""
    return _KINDS.get(kind, "")


def _context(request: Request) -> dict[str, str | list[str]]:
    kind = _kind(request.principal)
    filled: dict[str, str | list[str]] = {"aws:ResourceAccount": request.resource_account}
    if kind == "service":
        filled |= {
            "aws:PrincipalIsAWSService": "true",
            "aws:PrincipalServiceName": request.principal,
        }
    elif kind != "provider":
        filled |= {
            "aws:PrincipalAccount": request.principal.split(":")[4],
            "aws:PrincipalType": kind,
            "aws:PrincipalIsAWSService": "false",
        }
        if ":assumed-role/" not in request.principal:
            filled["aws:PrincipalArn"] = request.principal
    given = {key.lower() for key in (*request.context, *request.without)}
    return {
        **{key: value for key, value in filled.items() if key.lower() not in given},
        **request.context,
    }


def _mistake(request: Request) -> str:
    """What is wrong with a request that the simulator would evaluate without a word."""
    kind = _kind(request.principal)
    if not kind:
        return (
            f'the principal "{request.principal}" is none that can ask: allowed are the ARN of a '
            "role, a role's session, a user, a root user or an identity provider, and a service's "
            "name"
        )
    if request.scps and (kind in ("service", "provider") or _service_linked(request)):
        return (
            f"SCPs do not limit {request.principal}, only users and roles of member accounts that "
            "are not service-linked: leave scps out"
        )
    asked = _asked(request)
    for name, operator, _ in asked:
        if unknown_operator(operator):
            return f'the policy "{name}" has an unknown condition operator: {operator}'
    if kind in ("service", "provider"):
        return ""
    known = {key.lower() for key in (*_context(request), *request.without)}
    for key in IN_EVERY_REQUEST:
        for name, _, wanted in asked:
            if wanted.lower() == key.lower() and wanted.lower() not in known:
                return (
                    f'the policy "{name}" asks for {key}, which is part of every request; this '
                    f"one ({request.action}) does not say it"
                )
    return ""


def _service_linked(request: Request) -> bool:
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html"""
    return ":role/aws-service-role/" in request.principal


def _asked(request: Request) -> list[tuple[str, str, str]]:
    """(policy, operator, key) of each condition of each policy of the request."""
    single = [policy for policy in (request.boundary, request.resource_policy) if policy]
    nodes = (*request.scps, *request.rcps)
    attached = [policy for _, policies in nodes for policy in policies]
    return [
        (policy.name, operator, key)
        for policy in (*request.identity, *single, *attached, *request.session_policies)
        for statement in statements(policy.document)
        for operator, key in conditions(statement)
    ]
