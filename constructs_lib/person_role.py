"""A role that people enter from the account in which they sign in.

What is required on entering stands in the trust: who, with which second factor, under which name
and with which tags on the session. A tag says what its caller says: the trust checks its form. What
makes it an approval is that the other account lets only those tag this role's sessions whom
somebody approved; ``entry_statements`` is what it has to grant them.

The console's "switch role" sets neither tags nor a source identity. A role that requires either is
entered through the CLI or the API:
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.policy_documents import PolicyLimit, policy_document, role_rights
from constructs_lib.trusted_people import Conditions, TrustedPeople


@dataclass(frozen=True, kw_only=True)
class PersonRoleProps:
    """The role, who enters it and how, and what they may do.

    ``session_hours`` is 1 to 12, and 1 for those who come from another role. ``session_tags``: tags
    that the session must have (key -> pattern with ``*`` and ``?``, such as ``CHG-?*``); it can
    have no others. Statements see them as ``aws:PrincipalTag/<key>``. With ``source_identity`` the
    session bears the person's name, in CloudTrail as everywhere (``aws:SourceIdentity``).

    ``ValueError`` for a session longer than AWS gives one, and a tag that would require nothing.
    """

    name: str
    description: str
    trusted: TrustedPeople
    permissions_boundary: iam.IManagedPolicy
    statements: Sequence[iam.PolicyStatement]
    session_hours: int = 1
    session_tags: Mapping[str, str] = field(default_factory=dict)
    source_identity: bool = False

    def __post_init__(self) -> None:
        _refuse_session(self)
        for key, pattern in self.session_tags.items():
            _refuse_tag(self.name, key, pattern)


class PersonRole(Construct):
    """The role. Attributes: ``role``, ``role_arn``.

    ``ValueError`` for policies larger than IAM takes them.
    """

    def __init__(self, scope: Construct, id: str, *, props: PersonRoleProps) -> None:
        super().__init__(scope, id)
        self.role = iam.CfnRole(
            self,
            "Role",
            role_name=props.name,
            description=props.description,
            assume_role_policy_document=policy_document(
                self, _trust(props), limit=PolicyLimit.TRUST, of=f"the role {props.name}"
            ),
            max_session_duration=props.session_hours * 3600,
            permissions_boundary=props.permissions_boundary.managed_policy_arn,
            policies=role_rights(self, props.statements, role_name=props.name) or None,
        )
        self.role_arn = self.role.attr_arn


def entry_statements(
    *,
    trusted: TrustedPeople,
    session_tags: Mapping[str, str],
    source_identity: bool,
    role_arn: str,
) -> list[iam.PolicyStatement]:
    """What the account of the people grants those who may enter the role of that ARN, which has
    these properties (`PersonRoleProps`).

    Both accounts have to allow each of the actions:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html#id_credentials_temp_control-access_monitor-perms
    """
    return [
        iam.PolicyStatement(
            sid=sid, actions=[action], resources=[role_arn], conditions=dict(conditions)
        )
        for sid, action, conditions in _entry(trusted, session_tags, source_identity)
    ]


def _trust(props: PersonRoleProps) -> list[iam.PolicyStatement]:
    who = props.trusted.conditions
    return [
        iam.PolicyStatement(
            sid=sid,
            principals=[iam.ArnPrincipal(f"arn:aws:iam::{props.trusted.account}:root")],
            actions=[action],
            conditions=dict(_merged(who, conditions)),
        )
        for sid, action, conditions in _entry(
            props.trusted, props.session_tags, props.source_identity
        )
    ]


def _entry(
    trusted: TrustedPeople, session_tags: Mapping[str, str], source_identity: bool
) -> list[tuple[str, str, Conditions]]:
    """The actions of entering the role, each with the conditions whose keys it knows.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
    """
    tags: Conditions = (
        {"StringLike": {f"aws:RequestTag/{key}": p for key, p in session_tags.items()}}
        if session_tags
        else {}
    )
    name: Conditions = trusted.source_identity if source_identity else {}
    entry = [("Enter", "sts:AssumeRole", _merged(tags, name))]
    if session_tags:
        # Holds for a request without tags too, which the required ones do not.
        no_others: Conditions = {"ForAllValues:StringEquals": {"aws:TagKeys": list(session_tags)}}
        entry.append(("TagSession", "sts:TagSession", _merged(tags, no_others)))
    if source_identity:
        entry.append(("NamePerson", "sts:SetSourceIdentity", name))
    return entry


def _merged(*all_conditions: Conditions) -> Conditions:
    merged: dict[str, dict[str, str | list[str]]] = {}
    for conditions in all_conditions:
        for operator, keys in conditions.items():
            merged.setdefault(operator, {}).update(keys)
    return merged


def _refuse_session(props: PersonRoleProps) -> None:
    longest = props.trusted.longest_session_hours
    if not 1 <= props.session_hours <= longest:
        allowed = "1 to 12" if longest > 1 else "1, as AWS ends a session entered from a role then"
        raise ValueError(
            f"the role {props.name}: session_hours is {props.session_hours}; allowed is {allowed}"
        )


def _refuse_tag(role: str, key: str, pattern: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9_+=,.@-]{1,128}", key):
        raise ValueError(
            f'the role {role}: a session tag\'s key is "{key}"; allowed are 1 to 128 letters, '
            'digits and "+=,.@_-"'
        )
    if not pattern.strip("*?") or "$" in pattern:
        raise ValueError(
            f'the role {role}: the pattern of the session tag {key} is "{pattern}"; allowed is '
            'one that says something, such as "CHG-?*", without "$", which begins a policy variable'
        )
