"""What no pipeline deploys: the organization, its logs, and the roles by which people come in.

Deployed by an administrator with the CDK CLI, account by account and with that account's own
credentials (docs/governance.md). So nothing that goes down the road changes who may walk on it.
"""

from __future__ import annotations

from typing import Any

from aws_cdk import CliCredentialsStackSynthesizer, Stage, Tags
from aws_cdk import Environment as Target
from constructs import Construct

from config.model.configuration import Configuration
from constructs_lib.three_tier_network import pascal_case
from guardrails.facts import Facts
from stacks.access import AccessStack, ToolsAccessStack
from stacks.log_archive import LogArchiveStack
from stacks.names import (
    break_glass_role_name,
    role_arn,
    trail_arn,
    trail_bucket_name,
    trail_key_alias,
)
from stacks.organization import OrganizationStack
from stacks.sign_in import SignInStack


class OrganizationStage(Stage):
    """``LogArchive``, ``Organization``, and one stack ``Access<Environment>`` an account."""

    def __init__(
        self, scope: Construct, id: str, *, configuration: Configuration, **kwargs: Any
    ) -> None:
        super().__init__(scope, id, **kwargs)
        platform = configuration.platform
        organization, name = platform.organization, platform.name
        for key, value in platform.tags.items():
            Tags.of(self).add(key, value)
        region = platform.tools.region
        management = organization.management_account
        log_account = organization.log_account or platform.tools.account
        accounts = {one.name: one.environment.account for one in configuration.environments}
        archive = None
        if organization.trail.enabled:
            archive = LogArchiveStack(
                self,
                "LogArchive",
                bucket_name=trail_bucket_name(name, log_account),
                key_alias=trail_key_alias(name),
                trail=organization.trail,
                trail_arn=trail_arn(name, management, region),
                management_account=management,
                organization_id=organization.id,
                **_own_credentials(log_account, region),
            )
        stack = OrganizationStack(
            self,
            "Organization",
            platform=platform,
            facts=facts(configuration),
            log_account=log_account,
            environment_accounts=accounts,
            **_own_credentials(management, region),
        )
        if archive is not None:
            stack.add_stack_dependency(archive, reason="the trail writes to the bucket at once")
        for environment in configuration.environments:
            AccessStack(
                self,
                f"Access{pascal_case(environment.name)}",
                platform=platform,
                environment=environment,
                **_own_credentials(environment.environment.account, region),
            )
        SignInStack(
            self,
            "SignIn",
            configuration=configuration,
            **_own_credentials(platform.access.account or management, region),
        )
        ToolsAccessStack(
            self,
            "AccessTools",
            configuration=configuration,
            **_own_credentials(platform.tools.account, region),
        )


def facts(configuration: Configuration) -> Facts:
    """What the guardrails name."""
    platform = configuration.platform
    organization, tools = platform.organization, platform.tools.account
    log_account = organization.log_account or tools
    environments = [one.environment.account for one in configuration.environments]
    return Facts(
        platform=platform.name,
        allowed_regions=platform.allowed_regions,
        accounts=list(dict.fromkeys([*environments, tools, log_account])),
        break_glass=break_glass_role_name(platform.name),
        administrators=organization.administrator_roles,
        # Named by CloudFormation after the stack; nobody else makes a role of such a name
        # (guardrails/platform_roles.py).
        pipeline_roles=[role_arn(tools, "Pipeline-*")],
        trail_bucket=trail_bucket_name(platform.name, log_account),
        trail_key_alias=trail_key_alias(platform.name),
    )


def _own_credentials(account: str, region: str) -> dict[str, Any]:
    """Deployed with the CLI's credentials, not with the bootstrap's roles."""
    return {
        "env": Target(account=account, region=region),
        "synthesizer": CliCredentialsStackSynthesizer(),
    }
