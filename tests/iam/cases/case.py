"""A case: who does what to which resource, in which circumstances, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.iam.simulator import Policy, Request
from tests.iam.world import REGION, Principal, World

Who = Callable[[World], Principal]


@dataclass(frozen=True, kw_only=True)
class Case:
    """``denied_by``: the Sids of exactly the statements that deny; empty: it is allowed.

    ``unheard``: nothing denies and these layers do not allow (see `simulator.Verdict`).
    ``enters``: the resource is this role (account, name), whose trust policy is evaluated too.
    ``trusted``: the resource is a role that trusts this principal, as the bootstrap's do.
    """

    name: str
    who: Who
    action: str
    resource: str = "*"
    given: Mapping[str, str | list[str]] = field(default_factory=dict)
    without: Sequence[str] = ()
    owner: str = ""
    enters: tuple[str, str] | None = None
    trusted: Mapping[str, str] | None = None
    denied_by: Sequence[str] = ()
    unheard: Sequence[str] = ()

    def request(self, world: World) -> Request:
        """The request with all layers."""
        principal = self.who(world)
        resource, trust = self.resource, None
        if self.enters is not None:
            role = world.role(*self.enters)
            resource, trust = role.principal.arn, role.trust
        if self.trusted is not None:
            allow = {"Sid": "Trusted", "Effect": "Allow", "Action": self.action}
            statement = {**allow, "Principal": dict(self.trusted)}
            trust = Policy("trust", {"Version": "2012-10-17", "Statement": [statement]})
        usual = {} if "aws:RequestedRegion" in self.without else {"aws:RequestedRegion": REGION}
        return world.request(
            principal,
            self.action,
            resource,
            context={**usual, **self.given},
            without=self.without,
            owner=self.owner,
            trust=trust,
        )


def somebody(account: str, name: str = "somebody") -> Who:
    """A role of that account whose own policies allow everything."""
    arn = f"arn:aws:iam::{account}:role/{name}"
    return lambda _: Principal(arn=arn)


def root_user(account: str) -> Who:
    """The account's root user."""
    return lambda _: Principal(arn=f"arn:aws:iam::{account}:root")


def role(account: str, name: str) -> Who:
    """A role of the templates."""
    return lambda world: world.role(account, name).principal
