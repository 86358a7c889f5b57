"""The roles by which people and GitHub's jobs come in; no pipeline makes or changes them.

Each environment's stack is in its own account, the tools account has one too. They are deployed by
an administrator with that account's own credentials (`stacks.organization_stage`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from config.model.access import Access, People
from config.model.configuration import Configuration, EnvironmentConfiguration
from config.model.platform import Platform
from constructs_lib.acknowledge import acknowledge_wildcards
from constructs_lib.github_roles import GithubRoleProps, GithubRoles, GithubRolesProps
from constructs_lib.person_boundary import person_boundary
from constructs_lib.person_role import PersonRole, PersonRoleProps
from constructs_lib.three_tier_network import pascal_case
from constructs_lib.trusted_people import (
    TrustedPeople,
    TrustedPermissionSet,
    TrustedRoles,
    TrustedUsers,
)
from stacks import access_rights, tools_rights
from stacks.access_rights import REASONS, Place
from stacks.names import break_glass_role_name, people_boundary_name, person_role_name

APPROVAL = "Approval"
"""The session's tag that holds the reference of what was approved."""

KINDS: dict[str, tuple[str, Callable[[Place], list[iam.PolicyStatement]]]] = {
    "developer": (
        "Developers: look, release, rotate, enter a task",
        access_rights.develop,
    ),
    "qa": ("Testers: look and change nothing", lambda _: []),
    "operator": ("Operators: look, release, rotate", access_rights.operate),
    "break_glass": ("Break-glass: repairs what nobody else may touch", access_rights.repair),
}
"""Each kind with what its role is for and what it may beyond looking."""


class AccessStack(Stack):
    """The people's roles in one environment's account, and their boundary."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        platform: Platform,
        environment: EnvironmentConfiguration,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id, **kwargs)
        place = Place(
            platform=platform.name,
            stage=pascal_case(environment.name),
            account=self.account,
            regions=[cell.name for cell in environment.regions],
        )
        boundary = person_boundary(
            self, "Boundary", policy_name=people_boundary_name(platform.name)
        )
        for kind, (description, rights) in KINDS.items():
            people: People = getattr(platform.access, kind)
            if environment.name in people.environments:
                role = PersonRole(
                    self,
                    pascal_case(kind.replace("_", "-")),
                    props=role_props(
                        platform,
                        kind,
                        description=description,
                        boundary=boundary,
                        statements=[*access_rights.look(place), *rights(place)],
                    ),
                )
                acknowledge_wildcards(role, REASONS)


class ToolsAccessStack(Stack):
    """The operators' role beside the pipeline, and the roles of GitHub's jobs."""

    def __init__(
        self, scope: Construct, id: str, *, configuration: Configuration, **kwargs: Any
    ) -> None:
        super().__init__(scope, id, **kwargs)
        platform = configuration.platform
        approvals = [one.name for one in configuration.environments if one.environment.approval]
        boundary = person_boundary(
            self, "Boundary", policy_name=people_boundary_name(platform.name)
        )
        role = PersonRole(
            self,
            "Operator",
            props=role_props(
                platform,
                "operator",
                description="Operators: look at the pipeline, approve, try again",
                boundary=boundary,
                statements=tools_rights.operate(self, platform=platform, approvals=approvals),
            ),
        )
        acknowledge_wildcards(role, tools_rights.REASONS)
        repository = platform.github.repository or platform.repository.name
        github = GithubRoles(
            self,
            "Github",
            props=GithubRolesProps(
                provider_arn=platform.github.provider_arn,
                roles=[
                    GithubRoleProps(
                        name=f"{platform.name}-github-images",
                        description="GitHub's jobs of the road's branch: push images",
                        subjects=[f"repo:{repository}:ref:refs/heads/{platform.repository.branch}"],
                        statements=tools_rights.push_images(self, platform=platform),
                    ),
                    *(
                        GithubRoleProps(
                            name=f"{platform.name}-github-{one.name}",
                            description=f"GitHub's jobs of the environment {one.name}: start the "
                            "road and see how it goes",
                            subjects=[f"repo:{repository}:environment:{one.name}"],
                            statements=tools_rights.start_the_road(platform=platform),
                        )
                        for one in configuration.environments
                    ),
                ],
            ),
        )
        acknowledge_wildcards(github, tools_rights.REASONS)


def role_props(
    platform: Platform,
    kind: str,
    *,
    description: str,
    boundary: iam.IManagedPolicy,
    statements: Sequence[iam.PolicyStatement],
) -> PersonRoleProps:
    """What the role of one kind of people is made of, in whichever account."""
    people: People = getattr(platform.access, kind)
    return PersonRoleProps(
        name=role_name(platform.name, kind),
        description=description,
        trusted=trusted(platform, kind),
        permissions_boundary=boundary,
        statements=statements,
        session_hours=people.session_hours,
        session_tags=session_tags(people),
        source_identity=True,
    )


def role_name(platform: str, kind: str) -> str:
    """The role of that kind, in whichever account."""
    if kind == "break_glass":
        return break_glass_role_name(platform)
    return person_role_name(platform, kind)


def session_tags(people: People) -> dict[str, str]:
    """The tags that a session must have, with their patterns."""
    return {APPROVAL: people.approval} if people.approval else {}


def trusted(platform: Platform, kind: str) -> TrustedPeople:
    """Who may enter the roles of that kind."""
    access: Access = platform.access
    account = access.account or platform.organization.management_account
    people: People = getattr(access, kind)
    if access.sign_in == "users":
        return TrustedUsers(account=account, users=people.users)
    if access.sign_in == "roles":
        return TrustedRoles(account=account, roles=people.roles)
    return TrustedPermissionSet(
        account=account,
        permission_set=permission_set_name(platform.name, kind),
        home_region=access.region or platform.tools.region,
    )


def permission_set_name(platform: str, kind: str) -> str:
    """The permission set with which people of that kind sign in."""
    return f"{platform}-{kind.replace('_', '-')}"
