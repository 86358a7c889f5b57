"""Organizations and CloudTrail through boto3, which Lambda's Python runtime brings along."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ..common.aws import aws_client
from .ports import Passing, Refused
from .request import CLOUDTRAIL

# What names something that is wrong. All else may pass: a change under way, a rate, something just
# made that is not found yet, what is so already and is not shown yet, and a permission too: IAM's
# changes take a while to be seen everywhere
# (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html). The errors are those of
# https://docs.aws.amazon.com/organizations/latest/APIReference/API_Operations.html and
# https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_RegisterOrganizationDelegatedAdmin.html
_FINAL = {
    "CannotDelegateManagementAccountException",
    "ConstraintViolationException",
    "DelegatedAdminAccountLimitExceededException",
    "InvalidInputException",
    "InvalidParameterException",
    "NotOrganizationManagementAccountException",
    "OperationNotPermittedException",
    "OrganizationNotInAllFeaturesModeException",
    "PolicyTypeNotAvailableForOrganizationException",
    "UnsupportedAPIEndpointException",
    "UnsupportedOperationException",
}
# Trusted access that was switched on a moment ago:
# https://docs.aws.amazon.com/organizations/latest/APIReference/API_RegisterDelegatedAdministrator.html
_NOT_SEEN_YET = "SERVICE_ACCESS_NOT_ENABLED"


class AwsOrganization:
    """`ports.Organization` over the APIs."""

    def __init__(self) -> None:
        self._organizations = aws_client("organizations")

    def management_account(self) -> str:
        """See `ports.Organization`."""
        answer = _call(self._organizations.describe_organization)
        return str(answer["Organization"]["MasterAccountId"])

    def policy_type_status(self, policy_type: str) -> str | None:
        """See `ports.Organization`."""
        for each in self._root().get("PolicyTypes", []):
            if each["Type"] == policy_type:
                return str(each["Status"])
        return None

    def enable_policy_type(self, policy_type: str) -> None:
        """See `ports.Organization`."""
        _call(
            self._organizations.enable_policy_type,
            RootId=self._root()["Id"],
            PolicyType=policy_type,
        )

    def trusts(self, service: str) -> bool:
        """See `ports.Organization`."""
        enabled = self._all("list_aws_service_access_for_organization", "EnabledServicePrincipals")
        return any(each["ServicePrincipal"] == service for each in enabled)

    def trust(self, service: str) -> None:
        """See `ports.Organization`."""
        _call(self._organizations.enable_aws_service_access, ServicePrincipal=service)

    def parent_of(self, account: str) -> str:
        """See `ports.Organization`. "A child can have only a single parent":

        https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListParents.html
        """
        parents = _call(self._organizations.list_parents, ChildId=account)["Parents"]
        if not parents:
            raise Passing(f"ListParents shows no parent of account {account}")
        return str(parents[0]["Id"])

    def move(self, account: str, *, source: str, destination: str) -> None:
        """See `ports.Organization`."""
        _call(
            self._organizations.move_account,
            AccountId=account,
            SourceParentId=source,
            DestinationParentId=destination,
        )

    def administers(self, account: str, *, service: str) -> bool:
        """See `ports.Organization`."""
        administrators = self._all(
            "list_delegated_administrators", "DelegatedAdministrators", ServicePrincipal=service
        )
        return any(each["Id"] == account for each in administrators)

    def register_administrator(self, account: str, *, service: str) -> None:
        """See `ports.Organization`.

        CloudTrail's own API makes CloudTrail's service-linked role and registers the account in
        Organizations; Organizations' API makes no role:
        https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-delegated-administrator.html
        """
        if service == CLOUDTRAIL:
            cloudtrail = aws_client("cloudtrail")
            _call(cloudtrail.register_organization_delegated_admin, MemberAccountId=account)
        else:
            _call(
                self._organizations.register_delegated_administrator,
                AccountId=account,
                ServicePrincipal=service,
            )

    def _root(self) -> dict[str, Any]:
        """The root; an organization has one.

        https://docs.aws.amazon.com/organizations/latest/userguide/orgs_getting-started_concepts.html
        """
        roots = self._all("list_roots", "Roots")
        if not roots:
            raise Passing("ListRoots shows no root")
        return roots[0]

    def _all(self, operation: str, key: str, **parameters: Any) -> list[dict[str, Any]]:
        pages = self._organizations.get_paginator(operation).paginate(**parameters)
        found: list[dict[str, Any]] = _call(lambda: [each for page in pages for each in page[key]])
        return found


def _call(operation: Callable[..., Any], **parameters: Any) -> Any:
    try:
        return operation(**parameters)
    except ClientError as error:
        raise _kind(error)(str(error)) from error
    except BotoCoreError as error:
        raise Passing(str(error)) from error


def _kind(error: ClientError) -> type[Passing | Refused]:
    code = error.response["Error"]["Code"]
    if code in _FINAL and error.response.get("Reason") != _NOT_SEEN_YET:
        return Refused
    return Passing
