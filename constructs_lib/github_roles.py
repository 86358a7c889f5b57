"""Roles that GitHub Actions enters without a stored secret, each from named places alone.

GitHub signs a token that says where a job runs; AWS exchanges it for a session of a role whose
trust names that place:
https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html#idp_oidc_Create_GitHub
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import Token
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.policy_documents import PolicyLimit, policy_document, role_rights

ISSUER = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"
"""What ``aws-actions/configure-aws-credentials`` asks for in the token."""

_NAME = r"[A-Za-z0-9][A-Za-z0-9_-]*"
_REPOSITORY = rf"{_NAME}/[A-Za-z0-9._-]+|{_NAME}@[0-9]+/[A-Za-z0-9._-]+@[0-9]+"
# No ":" (GitHub writes it %3A), no wildcards, and no "$", which would begin a policy variable.
_WORD = r"(?:(?![:*?$])[!-~])+"
_SUBJECT = re.compile(
    rf"repo:(?:{_REPOSITORY}):(?:ref:refs/heads/{_WORD}|environment:{_WORD}|pull_request)"
)
_PROVIDER_ARN = re.compile(rf"arn:aws:iam::[0-9]{{12}}:oidc-provider/{re.escape(ISSUER)}")


@dataclass(frozen=True, kw_only=True)
class GithubRoleProps:
    """A role, where its jobs run, and what it may do. ``session_hours``: 1 to 12.

    ``subjects`` are what GitHub's token calls the place, exactly and as GitHub spells the names:

    - ``repo:owner/name:ref:refs/heads/main``: a job of that branch that names no environment;
    - ``repo:owner/name:environment:prod``: a job of that environment, from any branch that the
      environment's rules on GitHub let in;
    - ``repo:owner/name:pull_request``: whatever a pull request holds, reviewed by nobody: for
      roles that only read.

    Repositories made, renamed or transferred after 15 July 2026 say
    ``repo:owner@123456/name@456789:...``, with ids that no later owner of the name gets; older
    ones can opt in, and should. A role may list both forms while a repository changes over.
    https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims

    ``ValueError`` for a subject that is not exact, or that GitHub was told to build otherwise.
    """

    name: str
    description: str
    subjects: Sequence[str]
    statements: Sequence[iam.PolicyStatement]
    session_hours: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.session_hours <= 12:
            raise ValueError(
                f"the role {self.name}: session_hours is {self.session_hours}; allowed are 1 to 12"
            )
        if not self.subjects or isinstance(self.subjects, str):
            raise ValueError(
                f"the role {self.name}: subjects is {self.subjects!r}; allowed is a list of at "
                'least one, such as "repo:owner/name:environment:prod"'
            )
        for subject in self.subjects:
            if not _SUBJECT.fullmatch(subject):
                raise ValueError(
                    f'the role {self.name}: the subject is "{subject}"; allowed are '
                    '"repo:owner/name:ref:refs/heads/BRANCH", "repo:owner/name:environment:NAME" '
                    'and "repo:owner/name:pull_request", or the same with ids: '
                    '"repo:owner@1/name@2:...". No wildcard: name each place. A subject that is '
                    "customized on GitHub has to be set back to GitHub's default."
                )


@dataclass(frozen=True, kw_only=True)
class GithubRolesProps:
    """``provider_arn``: the account's identity provider for GitHub, where it has one already.

    An account takes one for each issuer; without an ARN it is made here.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
    """

    roles: Sequence[GithubRoleProps]
    provider_arn: str | None = None


class GithubRoles(Construct):
    """The identity provider and the roles. Attributes: ``provider_arn``, ``roles`` (by name).

    ``ValueError`` for a provider that is not GitHub's. The one made here has no thumbprint: AWS
    verifies GitHub's certificate by its own list of authorities.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html
    """

    def __init__(self, scope: Construct, id: str, *, props: GithubRolesProps) -> None:
        super().__init__(scope, id)
        if props.provider_arn is None:
            self.provider_arn = iam.CfnOIDCProvider(
                self, "Provider", url=f"https://{ISSUER}", client_id_list=[AUDIENCE]
            ).attr_arn
        else:
            _refuse_other_provider(props.provider_arn)
            self.provider_arn = props.provider_arn
        self.roles = {role.name: self._role(role) for role in props.roles}

    def _role(self, role: GithubRoleProps) -> iam.CfnRole:
        trust = iam.PolicyStatement(
            sid="Jobs",
            principals=[
                iam.FederatedPrincipal(
                    self.provider_arn, assume_role_action="sts:AssumeRoleWithWebIdentity"
                )
            ],
            actions=["sts:AssumeRoleWithWebIdentity"],
            conditions={
                "StringEquals": {f"{ISSUER}:aud": AUDIENCE, f"{ISSUER}:sub": list(role.subjects)}
            },
        )
        return iam.CfnRole(
            self,
            role.name,
            role_name=role.name,
            description=role.description,
            assume_role_policy_document=policy_document(
                self, [trust], limit=PolicyLimit.TRUST, of=f"the role {role.name}"
            ),
            max_session_duration=role.session_hours * 3600,
            policies=role_rights(self, role.statements, role_name=role.name) or None,
        )


def _refuse_other_provider(arn: str) -> None:
    if not Token.is_unresolved(arn) and not _PROVIDER_ARN.fullmatch(arn):
        raise ValueError(
            f'provider_arn is "{arn}"; allowed is '
            f'"arn:aws:iam::ACCOUNT:oidc-provider/{ISSUER}", or none to make it here'
        )
