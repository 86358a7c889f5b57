"""What the custom resources ask for, by their types. Pure: no I/O."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

# https://docs.aws.amazon.com/organizations/latest/APIReference/API_MoveAccount.html
_ACCOUNT = re.compile(r"\d{12}")
_OU = re.compile(r"ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}")
_PARENT = re.compile(rf"r-[0-9a-z]{{4,32}}|{_OU.pattern}")
_POLICY_TYPE = re.compile(r"[A-Z][A-Z0-9_]*")
_SERVICE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com")


class InvalidRequest(Exception):
    """The event cannot be used; the message is meant for the template's author."""


@dataclass(frozen=True, kw_only=True)
class PolicyType:
    """A type of policies that is to be enabled in the root, as SERVICE_CONTROL_POLICY."""

    policy_type: str

    @property
    def id(self) -> str:
        """The physical id: another type is another resource."""
        return f"{self.policy_type}/policy-type"

    @property
    def left(self) -> str:
        """What deleting the resource leaves, and how a person goes back.

        https://docs.aws.amazon.com/organizations/latest/userguide/disable-policy-type.html
        """
        return (
            f"{self.policy_type} is left enabled: disabling it detaches every policy of the type "
            "for good. A person who wants that runs aws organizations disable-policy-type"
        )


@dataclass(frozen=True, kw_only=True)
class TrustedAccess:
    """A service that is to have access to the organization, by its principal."""

    service: str

    @property
    def id(self) -> str:
        """The physical id: another service is another resource."""
        return f"{self.service}/trusted-access"

    @property
    def left(self) -> str:
        """What deleting the resource leaves, and how a person goes back."""
        return (
            f"trusted access of {self.service} is left on: what the service does for the "
            "organization would end, for others too. A person who wants that runs "
            f"aws organizations disable-aws-service-access --service-principal {self.service}"
        )


@dataclass(frozen=True, kw_only=True)
class AccountPlacement:
    """An account that is to be in an OU, and the parents out of which it may be moved there."""

    account: str
    parent: str
    may_come_from: tuple[str, ...]

    @property
    def id(self) -> str:
        """The physical id: the same account in another OU is the same resource."""
        return f"{self.account}/placement"

    @property
    def left(self) -> str:
        """What deleting the resource leaves, and how a person goes back."""
        return (
            f"account {self.account} is left where it is: outside of its OU the OU's policies do "
            "not hold. A person who wants that runs aws organizations move-account"
        )


@dataclass(frozen=True, kw_only=True)
class DelegatedAdministrator:
    """A member account that is to administer a service for the whole organization."""

    service: str
    account: str

    @property
    def id(self) -> str:
        """The physical id: another service or account is another resource."""
        return f"{self.service}/{self.account}/delegated-administrator"

    @property
    def left(self) -> str:
        """What deleting the resource leaves, and how a person goes back."""
        back = (
            f"aws cloudtrail deregister-organization-delegated-admin "
            f"--delegated-admin-account-id {self.account}"
            if self.service == CLOUDTRAIL
            else f"aws organizations deregister-delegated-administrator "
            f"--service-principal {self.service} --account-id {self.account}"
        )
        return (
            f"account {self.account} is left a delegated administrator of {self.service}. "
            f"A person who wants to go back runs {back}"
        )


CLOUDTRAIL = "cloudtrail.amazonaws.com"

Wanted = PolicyType | TrustedAccess | AccountPlacement | DelegatedAdministrator


def parse(resource_type: object, properties: object) -> Wanted:
    """What a resource of that type and with these properties asks. Raises `InvalidRequest`."""
    maker = _MAKERS.get(str(resource_type))
    if maker is None:
        raise InvalidRequest(
            f"ResourceType is {resource_type!r}; it is one of {', '.join(_MAKERS)}"
        )
    if not isinstance(properties, Mapping):
        raise InvalidRequest("the request has no ResourceProperties")
    return maker(properties)


def _policy_type(properties: Mapping[str, Any]) -> PolicyType:
    return PolicyType(
        policy_type=_text(properties, "PolicyType", _POLICY_TYPE, "as SERVICE_CONTROL_POLICY")
    )


def _trusted_access(properties: Mapping[str, Any]) -> TrustedAccess:
    return TrustedAccess(service=_service(properties))


def _account_placement(properties: Mapping[str, Any]) -> AccountPlacement:
    listed = properties.get("MayComeFrom")
    if not isinstance(listed, list) or not listed:
        raise InvalidRequest(
            f"MayComeFrom must be a list of ids of OUs or of the root, it is {listed!r}"
        )
    for each in listed:
        _checked("MayComeFrom", each, _PARENT, "the ids of OUs or of the root")
    return AccountPlacement(
        account=_account(properties),
        parent=_text(properties, "Parent", _OU, "an OU's id, as ou-ab12-1a2b3c4d"),
        may_come_from=tuple(listed),
    )


def _delegated_administrator(properties: Mapping[str, Any]) -> DelegatedAdministrator:
    return DelegatedAdministrator(service=_service(properties), account=_account(properties))


_MAKERS: Mapping[str, Callable[[Mapping[str, Any]], Wanted]] = {
    "Custom::PolicyType": _policy_type,
    "Custom::TrustedAccess": _trusted_access,
    "Custom::AccountPlacement": _account_placement,
    "Custom::DelegatedAdministrator": _delegated_administrator,
}


def _service(properties: Mapping[str, Any]) -> str:
    return _text(properties, "ServicePrincipal", _SERVICE, f"as {CLOUDTRAIL}")


def _account(properties: Mapping[str, Any]) -> str:
    return _text(properties, "AccountId", _ACCOUNT, "12 digits")


def _text(properties: Mapping[str, Any], name: str, form: re.Pattern[str], allowed: str) -> str:
    return _checked(name, properties.get(name), form, allowed)


def _checked(name: str, value: object, form: re.Pattern[str], allowed: str) -> str:
    if not isinstance(value, str) or not form.fullmatch(value):
        raise InvalidRequest(f"{name} has {value!r}; allowed: {allowed}")
    return value
