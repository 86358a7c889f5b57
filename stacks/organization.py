"""The organization as it should be: units, accounts, guardrails, trail; in the management account.

Made or taken as it is: a unit or an account with an id is used, one without is made. Whatever holds
accounts or evidence is kept when its resource or the stack is deleted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_logs as logs
from aws_cdk import aws_organizations as organizations
from constructs import Construct

from config.model.organization import Organization, Unit
from config.model.platform import Platform
from constructs_lib.organization_setup import OrganizationSetup, OrganizationSetupProps
from constructs_lib.three_tier_network import pascal_case
from guardrails.facts import Facts
from guardrails.policies import Policy, Target, policies, refuse_too_many
from stacks.names import trail_bucket_name, trail_key_alias, trail_name

POLICY_TYPES = {
    "ServiceControlPolicies": "SERVICE_CONTROL_POLICY",
    "ResourceControlPolicies": "RESOURCE_CONTROL_POLICY",
}


class OrganizationStack(Stack):
    """Everything about the organization but what lies in member accounts.

    ``environment_accounts``: environment -> account id.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        platform: Platform,
        facts: Facts,
        log_account: str,
        environment_accounts: Mapping[str, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id, **kwargs)
        self._platform = platform
        made = self._organization(platform.organization)
        self._root = platform.organization.root or (made.attr_root_id if made else "")
        self._setup = OrganizationSetup(
            self,
            "Setup",
            props=OrganizationSetupProps(
                organization_id=made.attr_id if made else platform.organization.id,
                root_id=self._root,
                log_retention=logs.RetentionDays.ONE_YEAR,
                log_removal_policy=RemovalPolicy.RETAIN,
            ),
        )
        self._types = [
            self._setup.enable_policy_type(self, id, policy_type=type_)
            for id, type_ in POLICY_TYPES.items()
        ]
        units = {
            "dev": self._unit("DevUnit", "Dev", platform.organization.dev_unit),
            "prod": self._unit("ProdUnit", "Prod", platform.organization.prod_unit),
        }
        self._new_accounts(units)
        self._place(units, environment_accounts)
        self._guard(units, facts, platform_accounts=[platform.tools.account, log_account])
        if platform.organization.trail.enabled:
            self._trail(log_account, delegated=platform.organization.trail.delegated)
        self._delegate_sign_in()

    def _organization(self, organization: Organization) -> organizations.CfnOrganization | None:
        """The organization, if it is made here. Whatever is under its root comes after it."""
        if not organization.create:
            return None
        made = organizations.CfnOrganization(self, "Organization", feature_set="ALL")
        made.apply_removal_policy(RemovalPolicy.RETAIN)
        return made

    def _unit(self, id: str, name: str, unit: Unit) -> str:
        if unit.id is not None:
            return unit.id
        made = organizations.CfnOrganizationalUnit(self, id, name=name, parent_id=self._root)
        made.apply_removal_policy(RemovalPolicy.RETAIN)
        return made.attr_id

    def _new_accounts(self, units: Mapping[str, str]) -> None:
        for account in self._platform.organization.accounts:
            made = organizations.CfnAccount(
                self,
                f"Account{pascal_case(account.name.lower().replace(' ', '-'))}",
                account_name=account.name,
                email=account.email,
                parent_ids=[units[account.unit] if account.unit else self._root],
            )
            made.apply_removal_policy(RemovalPolicy.RETAIN)

    def _place(self, units: Mapping[str, str], accounts: Mapping[str, str]) -> None:
        """From the root into their units; an account that is elsewhere is for a person to move."""
        organization = self._platform.organization
        for key, unit in (("dev", organization.dev_unit), ("prod", organization.prod_unit)):
            for environment in unit.environments:
                self._setup.place_account(
                    self,
                    f"{pascal_case(environment)}Place",
                    account_id=accounts[environment],
                    parent_id=units[key],
                    may_come_from=[self._root],
                )

    def _guard(
        self, units: Mapping[str, str], facts: Facts, *, platform_accounts: list[str]
    ) -> None:
        organization = self._platform.organization
        targets: dict[Target, list[str]] = {
            "dev": [units["dev"]] if organization.dev_unit.guardrails else [],
            "prod": [units["prod"]] if organization.prod_unit.guardrails else [],
            "platform": list(dict.fromkeys(platform_accounts))
            if organization.guard_platform
            else [],
        }
        every = policies(platform=self._platform.name)
        for target in targets:
            refuse_too_many(every, target=target)
        for policy in every:
            self._policy(policy, facts, [one for t in policy.targets for one in targets[t]])

    def _policy(self, policy: Policy, facts: Facts, targets: list[str]) -> None:
        name = policy.name.removeprefix(f"{self._platform.name}-")
        made = organizations.CfnPolicy(
            self,
            f"{pascal_case(name)}Policy",
            name=policy.name,
            description=policy.description,
            type=policy.type,
            content=policy.document(facts),
            target_ids=targets,
        )
        for each in self._types:
            made.node.add_dependency(each)

    def _delegate_sign_in(self) -> None:
        """Permission sets are made where people sign in, which need not be this account.

        https://docs.aws.amazon.com/singlesignon/latest/userguide/delegated-admin.html
        """
        access = self._platform.access
        if access.sign_in != "identity_center" or access.account in (None, self.account):
            return
        service = "sso.amazonaws.com"
        self._setup.enable_trusted_access(self, "IdentityCenterAccess", service_principal=service)
        self._setup.register_delegated_administrator(
            self,
            "IdentityCenterAdministrator",
            service_principal=service,
            account_id=str(access.account),
        )

    def _trail(self, log_account: str, *, delegated: bool) -> None:
        name = self._platform.name
        access = self._setup.enable_trusted_access(
            self, "CloudTrailAccess", service_principal="cloudtrail.amazonaws.com"
        )
        alias = trail_key_alias(name)
        trail = cloudtrail.CfnTrail(
            self,
            "Trail",
            trail_name=trail_name(name),
            is_logging=True,
            is_organization_trail=True,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_log_file_validation=True,
            s3_bucket_name=trail_bucket_name(name, log_account),
            # Another account's key, which has no ARN before it is made; its alias has.
            kms_key_id=f"arn:{self.partition}:kms:{self.region}:{log_account}:alias/{alias}",
        )
        trail.node.add_dependency(access)
        if delegated:
            self._setup.register_delegated_administrator(
                self,
                "CloudTrailAdministrator",
                service_principal="cloudtrail.amazonaws.com",
                account_id=log_account,
            )
