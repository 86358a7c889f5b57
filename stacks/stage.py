"""One environment in one Region: the same stacks everywhere; only the configuration differs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import Environment as Target
from aws_cdk import Stage, Tags
from constructs import Construct

from config.model.configuration import EnvironmentConfiguration
from config.model.environment import RegionalCell
from config.model.platform import Platform
from constructs_lib.released_image import ReleasedImage
from constructs_lib.three_tier_network import pascal_case
from stacks.cluster import ClusterStack
from stacks.data import DataStack
from stacks.guardrails import GuardrailsStack
from stacks.network import NetworkStack
from stacks.releases import ReleasesStack
from stacks.secrets import SecretsStack
from stacks.service import ServiceStack, Surroundings


def stage_id(configuration: EnvironmentConfiguration, cell: RegionalCell) -> str:
    """``Prod`` for the environment's first Region, ``ProdApNortheast1`` for a further one.

    A Region added later therefore renames nothing.
    """
    name = pascal_case(configuration.name)
    home = configuration.regions[0].name
    return name if cell.name == home else name + pascal_case(cell.name)


class EnvironmentStage(Stage):
    """The environment's stacks, one of them for each service; in its account and a Region."""

    def __init__(
        self,
        scope: Construct,
        *,
        platform: Platform,
        configuration: EnvironmentConfiguration,
        cell: RegionalCell,
        images: Mapping[str, ReleasedImage],
        **kwargs: Any,
    ) -> None:
        environment = configuration.environment
        super().__init__(
            scope,
            stage_id(configuration, cell),
            env=Target(account=environment.account, region=cell.name),
            **kwargs,
        )
        # The pipeline synthesizes a stage as it is added, before tags of the app would reach it.
        for key, value in {**platform.tags, **environment.tags}.items():
            Tags.of(self).add(key, value)
        network = NetworkStack(
            self,
            "Network",
            platform_name=platform.name,
            environment=environment,
            cell=cell,
        )
        vpc = network.network.vpc
        data = DataStack(
            self,
            "Data",
            platform_name=platform.name,
            environment=environment,
            vpc=vpc,
            log_key=network.log_key,
        )
        cluster = ClusterStack(
            self,
            "Cluster",
            platform_name=platform.name,
            tools_account=platform.tools.account,
            environment_name=configuration.name,
            environment=environment,
            vpc=vpc,
            log_key=network.log_key,
        )
        releases = ReleasesStack(
            self,
            "Releases",
            platform_name=platform.name,
            environment_name=configuration.name,
            environment=environment,
            services=list(configuration.services),
            emails=platform.notifications.emails,
        )
        secrets = SecretsStack(
            self,
            "Secrets",
            platform_name=platform.name,
            environment_name=configuration.name,
            environment=environment,
            services=configuration.services,
            emails=platform.notifications.emails,
            vpc=vpc,
            data=data,
        )
        GuardrailsStack(
            self,
            "Guardrails",
            platform_name=platform.name,
            environment_name=configuration.name,
            environment=environment,
            emails=platform.notifications.emails,
        )
        for name, service in configuration.services.items():
            ServiceStack(
                self,
                f"{pascal_case(name)}Service",
                platform_name=platform.name,
                environment_name=configuration.name,
                environment=environment,
                cell=cell,
                service_name=name,
                service=service,
                image=images[name],
                surroundings=Surroundings(
                    vpc=vpc,
                    egress_cidrs=network.network.egress_cidrs,
                    access_logs=network.access_logs.bucket,
                    log_key=network.log_key,
                    cluster=cluster,
                    live_target_group_token=releases.live_target_group_token,
                    database_security_group=data.database.security_group,
                    database_secret=secrets.databases.get(name),
                    api_keys=secrets.api_keys[name],
                ),
            )
