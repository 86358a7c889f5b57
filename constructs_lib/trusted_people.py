"""Who of another account is let into a role, and what proves it.

The trust names the account, and a condition on ``aws:PrincipalArn`` who of it; the account itself
has to grant them the entry too. A principal that is named directly would be stored by its
unique id, and be lost when it is made again:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html

Every condition names a key that must be there: where it is missing, nobody is let in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Conditions = Mapping[str, Mapping[str, str | list[str]]]

_NAME = r"[\w+=,.@-]+"
_ROLE = re.compile(rf"(?:{_NAME}/)*{_NAME}", re.ASCII)
_USERS = re.compile(r"[\w+=,.@*?-][\w+=,.@*?/-]*", re.ASCII)
_PERMISSION_SET = re.compile(r"[\w+=,.@-]{1,32}", re.ASCII)
_SUFFIX = "?" * 16
"""Identity Center's suffix of a role's name. One more "_*" would also let in the permission set
``Operator_Dev`` where ``Operator`` is meant."""


@dataclass(frozen=True, kw_only=True)
class TrustedUsers:
    """IAM users of ``account``, who proved a second factor not longer ago than that (in seconds).

    ``users`` are names with their paths, such as ``people/*``. Roles cannot be trusted this way: a
    role's session does not say that its user proved a second factor.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
    Who may set up a second factor in ``account`` can enter; that has to be its administrators'.
    """

    account: str
    users: Sequence[str]
    mfa_max_age_seconds: int = 3600

    def __post_init__(self) -> None:
        _refuse_account(self.account)
        _refuse_none("users", self.users)
        for users in self.users:
            if not _USERS.fullmatch(users):
                raise ValueError(
                    f'trusted users are "{users}"; allowed are names with their paths, such as '
                    '"people/*", as in what follows "user/" in a user\'s ARN'
                )
        if not 1 <= self.mfa_max_age_seconds <= 43_200:
            raise ValueError(
                f"mfa_max_age_seconds is {self.mfa_max_age_seconds}; allowed are 1 to 43,200 "
                "(12 hours)"
            )

    @property
    def longest_session_hours(self) -> int:
        """What AWS allows."""
        return 12

    @property
    def conditions(self) -> Conditions:
        """What holds for them and nobody else."""
        return {
            "ArnLike": {
                "aws:PrincipalArn": [f"arn:aws:iam::{self.account}:user/{u}" for u in self.users]
            },
            "Bool": {"aws:MultiFactorAuthPresent": "true"},
            "NumericLessThan": {"aws:MultiFactorAuthAge": str(self.mfa_max_age_seconds)},
        }

    @property
    def source_identity(self) -> Conditions:
        """That the source identity is the user's own name.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
        """
        return {"StringEquals": {"sts:SourceIdentity": "${aws:username}"}}


@dataclass(frozen=True, kw_only=True)
class TrustedRoles:
    """Sessions of roles of ``account``: names with their paths, no wildcards.

    No second factor is asked for here, since a role's session cannot show one: the trust of those
    roles, or the identity provider that leads to them, has to.
    """

    account: str
    roles: Sequence[str]

    def __post_init__(self) -> None:
        _refuse_account(self.account)
        _refuse_none("roles", self.roles)
        for role in self.roles:
            if not _ROLE.fullmatch(role):
                raise ValueError(
                    f'a trusted role is "{role}"; allowed is its name with its path, such as '
                    '"people/operator", without wildcards: name each role'
                )

    @property
    def longest_session_hours(self) -> int:
        """As of a permission set."""
        return 1

    @property
    def conditions(self) -> Conditions:
        """What holds for them and nobody else."""
        return {
            "ArnEquals": {
                "aws:PrincipalArn": [f"arn:aws:iam::{self.account}:role/{r}" for r in self.roles]
            }
        }

    @property
    def source_identity(self) -> Conditions:
        """That there is one. It cannot change along a chain of roles; the first has to check it."""
        return {"StringLike": {"sts:SourceIdentity": "*"}}


@dataclass(frozen=True, kw_only=True)
class TrustedPermissionSet:
    """People to whom IAM Identity Center gave that permission set in ``account``.

    ``home_region`` is Identity Center's. The second factor is Identity Center's or its identity
    provider's to ask for; AWS cannot see it in the session ("AWS cannot determine whether that
    provider required MFA"):
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
    https://docs.aws.amazon.com/singlesignon/latest/userguide/mfa-getting-started.html
    """

    account: str
    permission_set: str
    home_region: str

    def __post_init__(self) -> None:
        _refuse_account(self.account)
        if not _PERMISSION_SET.fullmatch(self.permission_set):
            raise ValueError(
                f'permission_set is "{self.permission_set}"; allowed are 1 to 32 letters, digits '
                "and \"+=,.@_-\": the permission set's name, not its role's"
            )
        if not re.fullmatch(r"[a-z]{2,}(?:-[a-z]+)+-[0-9]", self.home_region):
            raise ValueError(
                f'home_region is "{self.home_region}"; allowed is a Region such as "eu-west-1": '
                "the one in which Identity Center was enabled"
            )

    @property
    def longest_session_hours(self) -> int:
        """A role entered from a role: one hour.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining
        """
        return 1

    @property
    def conditions(self) -> Conditions:
        """What holds for them and nobody else: their role's name and path, but for its suffix.

        https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
        """
        region = "" if self.home_region == "us-east-1" else f"{self.home_region}/"
        name = f"AWSReservedSSO_{self.permission_set}_{_SUFFIX}"
        path = f"aws-reserved/sso.amazonaws.com/{region}"
        return {"ArnLike": {"aws:PrincipalArn": [f"arn:aws:iam::{self.account}:role/{path}{name}"]}}

    @property
    def source_identity(self) -> Conditions:
        """That the source identity is the name under which the person signed in.

        Identity Center sets none itself. It names the session after the user, which
        ``aws:userid`` ends with:
        https://docs.aws.amazon.com/singlesignon/latest/userguide/authconcept-revoke-access.html
        """
        return {
            "StringLike": {"sts:SourceIdentity": "*", "aws:userid": "*:${sts:SourceIdentity}"},
        }


TrustedPeople = TrustedUsers | TrustedRoles | TrustedPermissionSet


def _refuse_account(account: str) -> None:
    if not re.fullmatch(r"[0-9]{12}", account):
        raise ValueError(f'the trusted account is "{account}"; allowed are its 12 digits')


def _refuse_none(what: str, given: Sequence[str]) -> None:
    if not given or isinstance(given, str):
        raise ValueError(f"{what} is {given!r}; allowed is a list of at least one")
