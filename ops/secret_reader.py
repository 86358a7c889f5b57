"""Reads what Secrets Manager says of services' secrets: everything but their values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lambdas.rollback.adapters import AwsReleases, calling
from lambdas.secret_redeployment.adapters import primary_of
from lambdas.secret_redeployment.decision import due
from lambdas.secret_redeployment.injected import CURRENT, PENDING, Injected, injected

from .environment import Place
from .secret_state import SecretState

_RATE = re.compile(r"rate\((\d+) (day|hour)s?\)")


class SecretReader:
    """The secrets of one place's services.

    Needs secretsmanager:ListSecrets, DescribeSecret and ListSecretVersionIds, and for secrets that
    ECS injects ecs:DescribeServices, codedeploy:ListDeployments and BatchGetDeployments.
    """

    def __init__(self, *, place: Place, client: Any, releases: AwsReleases) -> None:
        self._place = place
        self._client = client
        self._releases = releases

    def read(self, service: str) -> list[SecretState]:
        """Return the service's secrets by name, also those that should be there and are not.

        Raises `CallFailed`.
        """
        injected_name = self._injected(service)
        names = {*self._expected(service), *self._names(service)}
        return [
            self._secret(name, service, injects=name == injected_name) for name in sorted(names)
        ]

    def describe(self, secret: SecretState) -> SecretState:
        """Return it as it is now. Raises `CallFailed`."""
        return self._secret(secret.name, secret.service, injects=secret.injected)

    def _prefix(self, service: str) -> str:
        return f"{self._place.platform}/{service}/"

    def _expected(self, service: str) -> Sequence[str]:
        configured, prefix = self._place.services[service], self._prefix(service)
        names = [f"{prefix}api-keys/{key.name}" for key in configured.api_keys]
        return names if configured.database is None else [f"{prefix}database", *names]

    def _injected(self, service: str) -> str | None:
        database = self._place.services[service].database
        if database is None or database.delivery != "environment":
            return None
        return f"{self._prefix(service)}database"

    def _names(self, service: str) -> list[str]:
        """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html"""
        prefix = self._prefix(service)
        with calling("secretsmanager:ListSecrets", "*", doing=f"listing {service}'s secrets"):
            pages = self._client.get_paginator("list_secrets").paginate(
                Filters=[{"Key": "name", "Values": [prefix]}], IncludePlannedDeletion=True
            )
            found = [one["Name"] for page in pages for one in page["SecretList"]]
        return [name for name in found if name.startswith(prefix)]

    def _secret(self, name: str, service: str, *, injects: bool) -> SecretState:
        with calling("secretsmanager:DescribeSecret", name, doing=f"describing {name}"):
            try:
                found = self._client.describe_secret(SecretId=name)
            except self._client.exceptions.ResourceNotFoundException:
                return SecretState(name=name, service=service, found=False)
        versions = self._versions(name) if "DeletedDate" not in found else []
        labels = {
            label: version
            for version, has in found.get("VersionIdsToStages", {}).items()
            for label in has
        }
        current, pending = labels.get(CURRENT, ""), labels.get(PENDING, "")
        every, interval = _schedule(found.get("RotationRules") or {})
        tasks = _Tasks()
        if injects and any(CURRENT in one["VersionStages"] for one in versions):
            tasks = self._tasks(service, injected(found, versions))
        return SecretState(
            name=name,
            service=service,
            arn=found["ARN"],
            enabled=bool(found.get("RotationEnabled")),
            function=found.get("RotationLambdaARN", ""),
            every=every,
            interval=interval,
            created=found.get("CreatedDate"),
            rotated=found.get("LastRotatedDate"),
            next=found.get("NextRotationDate"),
            deleted=found.get("DeletedDate"),
            current=current,
            pending="" if pending == current else pending,
            pending_since=_made(versions, pending) or found.get("LastChangedDate"),
            injected=injects,
            tasks_since=tasks.since,
            restart_since=tasks.restart_since,
            held_before=tasks.held_before,
        )

    def _versions(self, name: str) -> list[dict[str, Any]]:
        action = "secretsmanager:ListSecretVersionIds"
        with calling(action, name, doing=f"listing the versions of {name}"):
            answer = self._client.list_secret_version_ids(SecretId=name)
        return [dict(one) for one in answer["Versions"]]

    def _tasks(self, service: str, secret: Injected) -> _Tasks:
        described = self._releases.describe_service(service)
        primary = primary_of(described) if described else None
        if described is None or primary is None:
            return _Tasks()
        sets = [one for one in described["taskSets"] if one["status"] in ("PRIMARY", "ACTIVE")]
        since = None
        if due([secret], primary.serving, ()):
            # A restart may have been made for it already; mostly none is asked for.
            past = [one for one, _ in self._releases.deployments_without_revisions(service)]
            since = secret.since if due([secret], primary.serving, past) else None
        return _Tasks(
            since=primary.serving.created,
            restart_since=since,
            held_before=since is not None
            or any(one["createdAt"] < secret.since for one in sets if one["status"] == "ACTIVE"),
        )


@dataclass(frozen=True, kw_only=True)
class _Tasks:
    """See `SecretState.tasks_since`, `restart_since` and `held_before`."""

    since: datetime | None = None
    restart_since: datetime | None = None
    held_before: bool = False


def _made(versions: Sequence[Mapping[str, Any]], version: str) -> datetime | None:
    """When a version was made; None for one that has no value, which is not listed."""
    return next((one["CreatedDate"] for one in versions if one["VersionId"] == version), None)


def _schedule(rules: Mapping[str, Any]) -> tuple[str, timedelta | None]:
    """https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html"""
    expression = str(rules.get("ScheduleExpression", ""))
    match = _RATE.fullmatch(expression)
    days = rules.get("AutomaticallyAfterDays")
    if match:
        number, unit = int(match[1]), match[2]
    elif days and not expression:
        number, unit = int(days), "day"
    else:
        return expression, None
    interval = timedelta(days=number) if unit == "day" else timedelta(hours=number)
    return f"{number} {unit}{'s' if number != 1 else ''}", interval
