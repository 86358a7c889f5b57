"""Names that must be unique, free or short enough, and settings that must not be secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from config.errors import shown
from config.keys import join
from config.model.environment import Environment
from config.model.service import Service
from config.rules.finding import Finding
from config.secret_words import hidden, names_a_secret, secret_in

SET_BY_PASE = frozenset(
    {
        "SERVICE",
        "ENVIRONMENT",
        "VERSION",
        "PORT",
        "DATABASE_SECRET_ID",
        "DATABASE_SECRET",
    }
)
SET_BY_AWS = ("AWS_", "ECS_")
"""ECS gives its tasks credentials and metadata in such variables:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html"""
LONGEST_CERTIFICATE_NAME = 64
"""https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html (DomainName)"""

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def check_variables(*, service: Service) -> Iterator[Finding]:
    """The environment holds plain settings under names that are free.

    A value that looks like a secret is not shown.
    """
    taken = SET_BY_PASE | {key.variable for key in service.api_keys}
    for name, value in service.container.environment.items():
        keys = (join("container", "environment", name),)
        if not _VARIABLE.fullmatch(name):
            yield Finding(
                keys=keys,
                message="This is not the name of an environment variable.",
                given=shown(name),
                allowed="Letters, digits and underscores, no digit first.",
            )
        elif name in taken:
            yield Finding(
                keys=keys,
                message="Pase sets this variable itself.",
                given=shown(value),
                allowed=f"Any name but {', '.join(sorted(taken))}.",
            )
        elif name.startswith(SET_BY_AWS):
            yield Finding(
                keys=keys,
                message="AWS sets variables that begin like this in every task.",
                given=shown(value),
                allowed=f"Names that do not begin with {' or '.join(SET_BY_AWS)}.",
            )
        elif kind := secret_in(value):
            yield _secret(keys=keys, message=f"The value holds {kind}.", value=value)
        elif names_a_secret(name):
            yield _secret(keys=keys, message="The name is that of a secret.", value=value)


def check_user(*, service: Service) -> Iterator[Finding]:
    """The container does not run as root."""
    if int(service.container.user.partition(":")[0]) == 0:
        yield Finding(
            keys=("container.user",),
            message="The container would run as root.",
            given=shown(service.container.user),
            allowed='A uid above 0, such as "10001:10001".',
        )


def check_hosts(
    *, services: Mapping[str, Service], environment: Environment
) -> Iterator[tuple[str, Finding]]:
    """Each service has a host label of its own, and its name fits a certificate.

    Yields (service, finding).
    """
    owners: dict[str, str] = {}
    zones = [cell.hosted_zone.name for cell in environment.regions]
    for service, content in services.items():
        host = content.load_balancer.host
        if host in owners:
            yield (
                service,
                Finding(
                    keys=("load_balancer.host",),
                    message=f"This is the host of {owners[host]} already.",
                    given=shown(host),
                    allowed="A host of its own for each service.",
                ),
            )
        owners.setdefault(host, service)
        longest = max((f"{host}.{zone}" for zone in zones), key=len)
        if len(longest) > LONGEST_CERTIFICATE_NAME:
            yield (
                service,
                Finding(
                    keys=("load_balancer.host",),
                    message=f"{longest} is too long for a certificate.",
                    given=f"{len(longest)} characters",
                    allowed=f"At most {LONGEST_CERTIFICATE_NAME} characters.",
                    hint="Shorten the host or the hosted zone's name.",
                ),
            )


def _secret(*, keys: tuple[str, ...], message: str, value: str) -> Finding:
    return Finding(
        keys=keys,
        message=f"{message} Everyone who can read this repository or a task definition sees it.",
        given=hidden(value),
        allowed="Settings that anyone may know.",
        hint="Put it into Secrets Manager and fetch it with the task role; a name that ends with "
        "_SECRET_ID, _SECRET_ARN or _URL may point to it. If it was real, replace it.",
    )
