"""Where people sign in: what lets them go on into the environments' roles, and nothing else.

With IAM Identity Center a permission set for each kind of people, given to its groups. Else a
managed policy for each kind, which an administrator of that account attaches to the group of users
or to the roles that the configuration names.
"""

from __future__ import annotations

from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sso as sso
from constructs import Construct

from config.model.access import People
from config.model.configuration import Configuration
from constructs_lib.person_role import entry_statements
from constructs_lib.policy_documents import PolicyLimit, policy_document
from constructs_lib.three_tier_network import pascal_case
from stacks.access import KINDS, permission_set_name, role_name, session_tags, trusted
from stacks.names import role_arn


class SignInStack(Stack):
    """In the account in which people sign in."""

    def __init__(
        self, scope: Construct, id: str, *, configuration: Configuration, **kwargs: Any
    ) -> None:
        super().__init__(scope, id, **kwargs)
        self._configuration = configuration
        access = configuration.platform.access
        for kind in KINDS:
            people: People = getattr(access, kind)
            if not people.environments:
                continue
            if access.instance_arn is not None and access.sign_in == "identity_center":
                self._permission_set(kind, people, access.instance_arn)
            else:
                iam.ManagedPolicy(
                    self,
                    pascal_case(kind.replace("_", "-")),
                    managed_policy_name=f"{configuration.platform.name}-enter-{_kebab(kind)}",
                    description=f"Enter the role {_kebab(kind)} where there is one",
                    document=policy_document(
                        self,
                        self._entries(kind, people),
                        limit=PolicyLimit.MANAGED,
                        of=f"the entry of {kind}",
                    ),
                )

    def _permission_set(self, kind: str, people: People, instance: str) -> None:
        document = policy_document(
            self,
            self._entries(kind, people),
            limit=PolicyLimit.INLINE,
            of=f"the permission set of {kind}",
        )
        made = sso.CfnPermissionSet(
            self,
            pascal_case(kind.replace("_", "-")),
            instance_arn=instance,
            name=permission_set_name(self._configuration.platform.name, kind),
            description=KINDS[kind][0],
            session_duration="PT1H",
            inline_policy=document.to_json(),
        )
        for number, group in enumerate(people.groups):
            sso.CfnAssignment(
                self,
                f"{pascal_case(kind.replace('_', '-'))}Group{number}",
                instance_arn=instance,
                permission_set_arn=made.attr_permission_set_arn,
                principal_id=group,
                principal_type="GROUP",
                target_id=self.account,
                target_type="AWS_ACCOUNT",
            )

    def _entries(self, kind: str, people: People) -> list[iam.PolicyStatement]:
        """For all accounts together: the actions are the same, and so are the conditions."""
        accounts = [
            self._configuration.environment(one).environment.account for one in people.environments
        ]
        if kind == "operator":
            accounts.append(self._configuration.platform.tools.account)
        platform = self._configuration.platform
        roles = [role_arn(account, role_name(platform.name, kind)) for account in accounts]
        first, *others = roles
        statements = entry_statements(
            trusted=trusted(platform, kind),
            session_tags=session_tags(people),
            source_identity=True,
            role_arn=first,
        )
        for statement in statements:
            statement.add_resources(*others)
        return statements


def _kebab(kind: str) -> str:
    return kind.replace("_", "-")
