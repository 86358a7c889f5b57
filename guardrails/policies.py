"""Which guardrails are in which policy, and that AWS takes them.

Limits: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from guardrails import (
    data_deletion,
    iam_users,
    leaving,
    log_archive,
    platform_roles,
    public_databases,
    regions,
    role_entry,
    root_user,
    trail,
)
from guardrails.facts import Facts
from guardrails.guardrail import Guardrail

Type = Literal["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"]
Target = Literal["dev", "prod", "platform"]
"""The Dev unit, the Prod unit, and each account of the platform itself: tools and log account."""

MOST_CHARACTERS = {"SERVICE_CONTROL_POLICY": 10_240, "RESOURCE_CONTROL_POLICY": 5_120}
MOST_POLICIES = {"SERVICE_CONTROL_POLICY": 10, "RESOURCE_CONTROL_POLICY": 5}
"""On one unit or account, AWS's own FullAWSAccess included."""
MOST_OF_A_DESCRIPTION = 512


class PolicyRefused(Exception):
    """AWS would not take the policy; the message says which limit it breaks, and by how much."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A control policy with the guardrails in it, and where it is attached."""

    name: str
    type: Type
    guardrails: tuple[Guardrail, ...]
    targets: tuple[Target, ...]

    @property
    def description(self) -> str:
        """The guardrails' sentences."""
        return " ".join(one.sentence for one in self.guardrails)

    def document(self, facts: Facts) -> dict[str, Any]:
        """The policy as AWS reads it. Raises `PolicyRefused` when AWS would not take it."""
        resources = self.type == "RESOURCE_CONTROL_POLICY"
        statements = [
            statement.document(of_resources=resources)
            for guardrail in self.guardrails
            for statement in guardrail.statements(facts)
        ]
        document = {"Version": "2012-10-17", "Statement": statements}
        self._refuse_too_long(len(minified(document)), MOST_CHARACTERS[self.type], "characters")
        self._refuse_too_long(
            len(self.description), MOST_OF_A_DESCRIPTION, "characters of its description"
        )
        return document

    def _refuse_too_long(self, found: int, most: int, what: str) -> None:
        if found > most:
            raise PolicyRefused(
                f"The policy {self.name} has {found} {what}, and AWS takes {most}. Fewer Regions, "
                "accounts or administrator_roles make it shorter (config/platform.toml)."
            )


# What an account of any kind may not do.
_EVERYWHERE = (leaving, root_user, iam_users, trail, log_archive, platform_roles)
# What passes in Dev is to pass in Prod: Dev's own guardrails are Prod's as well.
_ENVIRONMENTS = (public_databases, regions)
_PROD = (data_deletion,)


def policies(*, platform: str) -> tuple[Policy, ...]:
    """Every policy, in the order in which they are attached."""
    return (
        _policy(f"{platform}-everywhere", _EVERYWHERE, ("dev", "prod", "platform")),
        _policy(f"{platform}-environments", _ENVIRONMENTS, ("dev", "prod")),
        _policy(f"{platform}-prod", _PROD, ("prod",)),
        Policy(
            name=f"{platform}-role-entry",
            type="RESOURCE_CONTROL_POLICY",
            guardrails=(role_entry.GUARDRAIL,),
            targets=("dev", "prod", "platform"),
        ),
    )


def minified(document: dict[str, Any]) -> str:
    """The document without the white space that counts against AWS's limit."""
    return json.dumps(document, separators=(",", ":"))


def refuse_too_many(attached: Sequence[Policy], *, target: Target) -> None:
    """Raise `PolicyRefused` when a target has more policies than AWS takes."""
    for kind, most in MOST_POLICIES.items():
        # One is AWS's own, which allows what is not denied.
        found = 1 + sum(1 for one in attached if one.type == kind and target in one.targets)
        if found > most:
            raise PolicyRefused(
                f"{target} has {found} policies of type {kind}, AWS's own included, and AWS takes "
                f"{most}."
            )


def _policy(name: str, modules: Sequence[Any], targets: tuple[Target, ...]) -> Policy:
    return Policy(
        name=name,
        type="SERVICE_CONTROL_POLICY",
        guardrails=tuple(one.GUARDRAIL for one in modules),
        targets=targets,
    )
