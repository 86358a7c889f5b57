"""Who enters which role: people, and GitHub's jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.iam.cases.case import Case, Who, role, somebody
from tests.iam.world import DEV, MANAGEMENT, OUTSIDE, PROD, REGION, STAGING, TOOLS, Principal

# A user of the management account, and what AWS puts into a request signed with a second factor.
_PROVED = {"aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "60"}
_NAMED = {"aws:username": "ann", "sts:SourceIdentity": "ann"}
_ROLES = {
    (DEV, "pase-developer"): ("developers", None),
    (STAGING, "pase-qa"): ("testers", None),
    (PROD, "pase-operator"): ("operators", "CHG-1234"),
    (TOOLS, "pase-operator"): ("operators", "CHG-1234"),
    (DEV, "pase-break-glass"): ("operators", "INC-7"),
    (STAGING, "pase-break-glass"): ("operators", "INC-7"),
    (PROD, "pase-break-glass"): ("operators", "INC-7"),
}


def user(path: str, account: str = MANAGEMENT) -> Who:
    """A user of the identity account who may do anything as far as their own policies go."""
    arn = f"arn:aws:iam::{account}:user/{path}"
    return lambda _: Principal(arn=arn)


def _given(reference: str | None) -> dict[str, str | list[str]]:
    given: dict[str, str | list[str]] = {**_PROVED, **_NAMED}
    if reference:
        given["aws:RequestTag/Approval"] = reference
    return given


def _entry(name: str, enters: tuple[str, str], who: Who, given: Mapping[str, Any]) -> Case:
    return Case(
        name=f"{name}: {enters[1]} of {enters[0]}",
        who=who,
        action="sts:AssumeRole",
        enters=enters,
        given=given,
        unheard=["resource policy"],
    )


_PEOPLE = [
    *(
        Case(
            name=f"{group} enter {name} of {account}",
            who=user(f"{group}/ann"),
            action="sts:AssumeRole",
            enters=(account, name),
            given=_given(reference),
        )
        for (account, name), (group, reference) in _ROLES.items()
    ),
    *(
        Case(
            name=f"{group} tag their session of {name} of {account} with what was approved",
            who=user(f"{group}/ann"),
            action="sts:TagSession",
            enters=(account, name),
            given={
                **_PROVED,
                "aws:RequestTag/Approval": str(reference),
                "aws:TagKeys": ["Approval"],
            },
        )
        for (account, name), (group, reference) in _ROLES.items()
        if reference
    ),
    *(
        Case(
            name=f"{group} give their name to the session of {name} of {account}",
            who=user(f"{group}/ann"),
            action="sts:SetSourceIdentity",
            enters=(account, name),
            given={**_PROVED, **_NAMED},
        )
        for (account, name), (group, _) in _ROLES.items()
    ),
    *(
        case
        for enters, (group, reference) in _ROLES.items()
        for case in (
            _entry(
                "without a second factor",
                enters,
                user(f"{group}/ann"),
                {key: value for key, value in _given(reference).items() if key not in _PROVED},
            ),
            _entry(
                "with a second factor of yesterday",
                enters,
                user(f"{group}/ann"),
                {**_given(reference), "aws:MultiFactorAuthAge": "86400"},
            ),
            _entry(
                "under another name",
                enters,
                user(f"{group}/ann"),
                {**_given(reference), "sts:SourceIdentity": "bob"},
            ),
            _entry("of another group", enters, user("guests/ann"), _given(reference)),
            _entry(
                "of a path below another one",
                enters,
                user(f"guests/{group}/ann"),
                _given(reference),
            ),
            _entry(
                "of a like-named group outside",
                enters,
                user(f"{group}/ann", OUTSIDE),
                _given(reference),
            ),
            _entry(
                "an administrator of the same account",
                enters,
                somebody(enters[0], "OrganizationAccountAccessRole"),
                {"sts:SourceIdentity": "ann", "aws:RequestTag/Approval": "CHG-1"},
            ),
        )
    ),
    *(
        _entry(f"with the approval {reference or '(none)'}", enters, user("operators/ann"), given)
        for enters in ((PROD, "pase-operator"), (PROD, "pase-break-glass"))
        for reference in ("", "because", "XCHG-1", "CHG-" if "operator" in enters[1] else "INC-")
        for given in [_given(reference)]
    ),
    # Chains: from one role of people into another.
    *(
        Case(
            name=f"{name} of {account} goes on to {target[1]} of {target[0]}",
            who=role(account, name),
            action="sts:AssumeRole",
            enters=target,
            given={"sts:SourceIdentity": "ann", "aws:RequestTag/Approval": "CHG-1"},
            unheard=["resource policy", "identity policies"],
        )
        for account, name, target in (
            (DEV, "pase-developer", (PROD, "pase-operator")),
            (STAGING, "pase-qa", (STAGING, "pase-break-glass")),
            (PROD, "pase-operator", (PROD, "pase-break-glass")),
            (TOOLS, "pase-operator", (PROD, "pase-operator")),
        )
    ),
]

_ISSUER = "token.actions.githubusercontent.com"
_REPO = "repo:example/platform"
_MAIN = f"{_REPO}:ref:refs/heads/main"
_IMAGES, _PROD = "pase-github-images", "pase-github-prod"


def _job(_: object) -> Principal:
    arn = f"arn:aws:iam::{TOOLS}:oidc-provider/{_ISSUER}"
    return Principal(arn=arn, identity=(), bound=False)


def _claims(subject: str, audience: str = "sts.amazonaws.com") -> dict[str, str | list[str]]:
    return {f"{_ISSUER}:sub": subject, f"{_ISSUER}:aud": audience}


def _job_case(name: str, of: str, subject: str, *, enters: bool, audience: str = "") -> Case:
    given = _claims(subject, audience) if audience else _claims(subject)
    return Case(
        name=f"a job {name} enters {of}" if enters else f"a job {name} does not enter {of}",
        who=_job,
        action="sts:AssumeRoleWithWebIdentity",
        enters=(TOOLS, of),
        given=given,
        unheard=[] if enters else ["identity policies", "resource policy"],
    )


_GITHUB = [
    _job_case("of main", _IMAGES, _MAIN, enters=True),
    *(
        _job_case(
            f"of the environment {one}",
            f"pase-github-{one}",
            f"{_REPO}:environment:{one}",
            enters=True,
        )
        for one in ("dev", "staging", "prod")
    ),
    *(
        _job_case(name, of, subject, enters=False)
        for name, of, subject in (
            ("of another branch", _IMAGES, f"{_REPO}:ref:refs/heads/mine"),
            ("of a tag named main", _IMAGES, f"{_REPO}:ref:refs/tags/main"),
            ("of a pull request", _IMAGES, f"{_REPO}:pull_request"),
            ("of a fork", _IMAGES, "repo:mallory/platform:ref:refs/heads/main"),
            ("of a like-named repository", _IMAGES, "repo:example/platform2:ref:refs/heads/main"),
            ("of main without an environment", _PROD, _MAIN),
            ("of dev", _PROD, f"{_REPO}:environment:dev"),
            ("of an environment in capitals", _PROD, f"{_REPO}:environment:PROD"),
            ("of another repository's prod", _PROD, "repo:mallory/platform:environment:prod"),
        )
    ),
    _job_case(
        "with a token for somebody else",
        _PROD,
        f"{_REPO}:environment:prod",
        enters=False,
        audience="https://github.com/example",
    ),
    *(
        Case(
            name=f"a job of {name}: {action}",
            who=role(TOOLS, name),
            action=action,
            resource=resource,
        )
        for name, action, resource in (
            (_IMAGES, "ecr:GetAuthorizationToken", "*"),
            (
                _IMAGES,
                "ecr:PutImage",
                f"arn:aws:ecr:{REGION}:{TOOLS}:repository/pase/storefront",
            ),
            *(
                (
                    f"pase-github-{one}",
                    "codepipeline:StartPipelineExecution",
                    f"arn:aws:codepipeline:{REGION}:{TOOLS}:pase",
                )
                for one in ("dev", "staging", "prod")
            ),
        )
    ),
    *(
        Case(
            name=f"a job of {name} beyond its task: {action}",
            who=role(TOOLS, name),
            action=action,
            resource=resource,
            unheard=unheard,
            denied_by=denied_by,
        )
        for name, action, resource, unheard, denied_by in (
            (
                _IMAGES,
                "ecr:PutImage",
                f"arn:aws:ecr:{REGION}:{TOOLS}:repository/another",
                ["identity policies", "resource policy"],
                [],
            ),
            (
                _IMAGES,
                "ecr:DeleteRepository",
                f"arn:aws:ecr:{REGION}:{TOOLS}:repository/pase/storefront",
                ["identity policies", "resource policy"],
                [],
            ),
            (
                _PROD,
                "codepipeline:PutApprovalResult",
                f"arn:aws:codepipeline:{REGION}:{TOOLS}:pase/Prod/ApproveProd",
                ["identity policies", "resource policy"],
                [],
            ),
            (
                _PROD,
                "sts:AssumeRole",
                f"arn:aws:iam::{PROD}:role/cdk-hnb659fds-deploy-role-{PROD}-ap-southeast-1",
                [],
                ["BootstrapRoleEntry"],
            ),
        )
    ),
]

CASES = [*_PEOPLE, *_GITHUB]
