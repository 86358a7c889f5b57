"""Which account, Region and services a command is for, and whether the caller is there.

All of it is the configuration's; the caller's credentials are whatever boto3 finds (profile,
environment, role), and are checked against the environment's account before anything else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from config.errors import ConfigurationInvalid
from config.load import load
from config.model.configuration import Configuration
from config.model.service import Service
from config.suggest import suggestion
from lambdas.rollback.adapters import calling

from .aws_errors import AwsError, explain
from .errors import BadInput, tells_aws

CLIENT_CONFIG = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard"})


@dataclass(frozen=True, kw_only=True)
class Place:
    """One Region of an environment. The cluster has the platform's name."""

    platform: str
    environment: str
    account: str
    region: str
    services: Mapping[str, Service]

    @property
    def title(self) -> str:
        """Such as `prod (444444444444, ap-southeast-1)`."""
        return f"{self.environment} ({self.account}, {self.region})"


def find_place(root: Path, environment: str, *, region: str | None) -> Place:
    """Return what the configuration under `root` says. Raises `BadInput`.

    `region` may be left out when the environment has only one.
    """
    try:
        configuration = load(root)
    except ConfigurationInvalid as error:
        raise BadInput(error.render()) from None
    known = [one.name for one in configuration.environments]
    if environment not in known:
        raise unknown("environment", environment, known)
    return _place(configuration, environment, region)


def _place(configuration: Configuration, environment: str, region: str | None) -> Place:
    found = configuration.environment(environment)
    regions = [cell.name for cell in found.regions]
    if region is None and len(regions) > 1:
        raise BadInput(
            f"{environment} is in several Regions, so --region is needed; "
            f"there are: {', '.join(regions)}"
        )
    if region is not None and region not in regions:
        raise unknown(f"Region of {environment} called", region, regions)
    return Place(
        platform=configuration.platform.name,
        environment=environment,
        account=found.environment.account,
        region=region or regions[0],
        services=found.services,
    )


def check_service(place: Place, service: str) -> None:
    """Raise `BadInput` unless the environment has such a service."""
    if service not in place.services:
        raise unknown("service", service, list(place.services))


def unknown(what: str, given: str, known: Sequence[str]) -> BadInput:
    """Return the error for a name that does not exist, with those that do."""
    hint = suggestion(given, known)
    return BadInput(f'There is no {what} "{given}"; there are: {", ".join(known)}. {hint}'.rstrip())


class Aws:
    """Clients of one place, made once each: a boto3 session is not safe between threads."""

    def __init__(self, *, place: Place, profile: str | None) -> None:
        try:
            self._session = boto3.Session(profile_name=profile, region_name=place.region)
        except AwsError as error:
            doing = "finding credentials"
            raise BadInput(explain(error, doing=doing, action="", on="")) from error
        self._clients: dict[str, Any] = {}

    def client(self, service: Any) -> Any:
        """Return the client of that AWS service. Raises `BadInput` for bad credentials."""
        if service not in self._clients:
            try:
                client = self._session.client(service, config=CLIENT_CONFIG)
            except AwsError as error:
                raise BadInput(
                    explain(error, doing="finding credentials", action="", on="")
                ) from error
            self._clients[service] = client
        return self._clients[service]


@tells_aws
def sign_in(place: Place, *, profile: str | None) -> Aws:
    """Return the place's clients, once it is known that the caller is in its account.

    Raises `BadInput` for another account, and without valid credentials. sts:GetCallerIdentity
    needs no permission
    (https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html).
    """
    aws = Aws(place=place, profile=profile)
    sts = aws.client("sts")
    with calling("sts:GetCallerIdentity", "*", doing="asking AWS who you are"):
        identity = sts.get_caller_identity()
    if identity["Account"] != place.account:
        used = f"with the profile {profile!r} " if profile else ""
        raise BadInput(
            f"{used}you are in account {identity['Account']} ({identity['Arn']}), and "
            f"{place.environment} is account {place.account}; choose a profile of that account "
            "with --profile or AWS_PROFILE"
        )
    return aws
