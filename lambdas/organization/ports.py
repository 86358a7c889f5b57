"""What the function needs of AWS Organizations."""

from __future__ import annotations

from typing import Protocol


class Refused(Exception):
    """AWS refuses, or this function does; asking again is of no use."""


class Passing(Exception):
    """It did not work and may work soon: another change is under way, or one is not seen yet.

    "Changes that I make aren't always immediately visible":
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_troubleshoot.html
    """


class Organization(Protocol):
    """The organization that this account manages.

    Every method raises `Refused` and `Passing`. What one has changed may be seen only some time
    later; one that is asked for what is so already may say so by `Passing`.
    """

    def management_account(self) -> str:
        """The id of the account that manages the organization."""

    def policy_type_status(self, policy_type: str) -> str | None:
        """ENABLED, PENDING_ENABLE or PENDING_DISABLE in the root; None: not enabled."""

    def enable_policy_type(self, policy_type: str) -> None:
        """Ask AWS to enable the type in the root, which it does in the background."""

    def trusts(self, service: str) -> bool:
        """Whether trusted access of the service is on."""

    def trust(self, service: str) -> None:
        """Switch it on."""

    def parent_of(self, account: str) -> str:
        """The id of the OU or root that the account is in."""

    def move(self, account: str, *, source: str, destination: str) -> None:
        """Move the account from one parent to another."""

    def administers(self, account: str, *, service: str) -> bool:
        """Whether the account is a delegated administrator of the service."""

    def register_administrator(self, account: str, *, service: str) -> None:
        """Make it one."""
