"""Brings about what a resource asks for, and sees that AWS shows it. Without boto3 and clock."""

from __future__ import annotations

from collections.abc import Callable

from .ports import Organization, Passing, Refused
from .request import (
    AccountPlacement,
    DelegatedAdministrator,
    PolicyType,
    TrustedAccess,
    Wanted,
)

_ENABLED = "ENABLED"


class GaveUp(Exception):
    """It has not come about in the function's time; the message says what and why."""


class Ensure:
    """Makes things so in one organization, as long as there is time."""

    def __init__(
        self, organization: Organization, *, own_account: str, pause: Callable[[], bool]
    ) -> None:
        """``own_account``: the function's; ``pause`` waits before another try, False: no time."""
        self._organization = organization
        self._own_account = own_account
        self._pause = pause
        self._management_account = ""

    def ensure(self, wanted: Wanted, *, previous: Wanted | None = None) -> str:
        """Make it so if it is not, and say what was done. ``previous``: asked for until now.

        Returns when AWS shows it, so that what depends on it works. Raises `Refused` and `GaveUp`.
        """
        match wanted:
            case PolicyType():
                return self._policy_type(wanted)
            case TrustedAccess():
                return self._trusted_access(wanted)
            case AccountPlacement():
                before = previous if isinstance(previous, AccountPlacement) else None
                return self._placement(wanted, before)
            case DelegatedAdministrator():
                return self._delegated_administrator(wanted)

    def _policy_type(self, wanted: PolicyType) -> str:
        status: str | None = None

        def is_so() -> bool:
            nonlocal status
            status = self._organization.policy_type_status(wanted.policy_type)
            return status == _ENABLED

        def make_so() -> None:
            if status is not None:
                raise Passing(f"its status is {status}")
            self._organization.enable_policy_type(wanted.policy_type)

        if self._reach(f"enabling {wanted.policy_type}", is_so, make_so):
            return f"{wanted.policy_type} was enabled in the root"
        return f"{wanted.policy_type} is enabled already; nothing was changed"

    def _trusted_access(self, wanted: TrustedAccess) -> str:
        changed = self._reach(
            f"switching on trusted access of {wanted.service}",
            lambda: self._organization.trusts(wanted.service),
            lambda: self._organization.trust(wanted.service),
        )
        if changed:
            return f"trusted access of {wanted.service} was switched on"
        return f"trusted access of {wanted.service} is on already; nothing was changed"

    def _placement(self, wanted: AccountPlacement, before: AccountPlacement | None) -> str:
        found = came_from = ""

        def is_so() -> bool:
            nonlocal found
            self._member(wanted.account, "is not moved: policies of an OU do not hold for it")
            found = self._organization.parent_of(wanted.account)
            return found == wanted.parent

        def make_so() -> None:
            nonlocal came_from
            if found not in (*wanted.may_come_from, *_way_back(wanted, before)):
                raise Refused(_stays(wanted, found))
            came_from = found
            self._organization.move(wanted.account, source=found, destination=wanted.parent)

        if self._reach(f"moving account {wanted.account} to {wanted.parent}", is_so, make_so):
            return f"account {wanted.account} was moved from {came_from} to {wanted.parent}"
        return f"account {wanted.account} is in {wanted.parent} already; nothing was changed"

    def _delegated_administrator(self, wanted: DelegatedAdministrator) -> str:
        account, service = wanted.account, wanted.service

        def is_so() -> bool:
            self._member(account, "administers every service by itself; name a member account")
            return self._organization.administers(account, service=service)

        changed = self._reach(
            f"making account {account} a delegated administrator of {service}",
            is_so,
            lambda: self._organization.register_administrator(account, service=service),
        )
        if changed:
            return f"account {account} was made a delegated administrator of {service}"
        return (
            f"account {account} is a delegated administrator of {service} already; "
            "nothing was changed"
        )

    def _member(self, account: str, otherwise: str) -> None:
        if account == self._management_account:
            raise Refused(f"{account} is the organization's management account, which {otherwise}")

    def _in_management_account(self) -> None:
        if not self._management_account:
            self._management_account = self._organization.management_account()
        if self._own_account != self._management_account:
            raise Refused(
                f"this function runs in account {self._own_account}, and account "
                f"{self._management_account} manages the organization; deploy this stack there"
            )

    def _reach(self, what: str, is_so: Callable[[], bool], make_so: Callable[[], None]) -> bool:
        """Whether something was done to make it so."""
        asked = False
        while True:
            why = "AWS does not show it yet"
            try:
                self._in_management_account()
                if is_so():
                    return asked
                make_so()
                asked = True
                if is_so():
                    return True
            except Passing as error:
                why = str(error)
            if not self._pause():
                raise GaveUp(
                    f"{what} has not come about in this function's time: {why}. Deploy again "
                    "when that has passed"
                )


def _way_back(wanted: AccountPlacement, before: AccountPlacement | None) -> tuple[str, ...]:
    """Where the account may come from as well, when CloudFormation takes an update back.

    That is an Update with the former properties. They do not list the OU to which the update has
    moved the account, and a refusal would leave the stack in UPDATE_ROLLBACK_FAILED.
    """
    if before is not None and before.account == wanted.account:
        came_along = wanted.parent in before.may_come_from
        return (before.parent,) if came_along else ()
    return ()


def _stays(wanted: AccountPlacement, found: str) -> str:
    return (
        f"account {wanted.account} is in {found}, and this placement moves it to {wanted.parent} "
        f"out of {' or '.join(wanted.may_come_from)} only. Find out who put it there and which "
        f"policies of {found} it would lose. Then add {found} to MayComeFrom, or run "
        f"aws organizations move-account --account-id {wanted.account} --source-parent-id {found} "
        f"--destination-parent-id {wanted.parent}, and deploy again"
    )
