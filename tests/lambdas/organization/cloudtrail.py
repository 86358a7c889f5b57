"""What CloudTrail does when a delegated administrator is registered, of which moto knows nothing.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-delegated-administrator.html
It calls IAM and Organizations with the rights of who called it:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-delegated-administrator-permissions.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3
from botocore.exceptions import ClientError

from rehearsal.errors import ApiError

PRINCIPAL = "cloudtrail.amazonaws.com"
ROLE = "AWSServiceRoleForcloudtrail"
"""As moto writes it; AWS calls it AWSServiceRoleForCloudTrail."""


class CloudTrail:
    """`rehearsal.wire.Api` of the one operation, over moto's IAM and Organizations."""

    def __init__(self) -> None:
        self._iam: Any = boto3.client("iam")
        self._organizations: Any = boto3.client("organizations")

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Register the account, after the role is there."""
        assert operation == "RegisterOrganizationDelegatedAdmin"
        trusted = self._organizations.list_aws_service_access_for_organization()
        if PRINCIPAL not in [
            each["ServicePrincipal"] for each in trusted["EnabledServicePrincipals"]
        ]:
            raise ApiError("CloudTrailAccessNotEnabledException", "trusted access is off")
        try:
            self._iam.get_role(RoleName=ROLE)
        except self._iam.exceptions.NoSuchEntityException:
            self._iam.create_service_linked_role(AWSServiceName=PRINCIPAL)
        try:
            self._organizations.register_delegated_administrator(
                AccountId=parameters["MemberAccountId"], ServicePrincipal=PRINCIPAL
            )
        except ClientError as error:
            code = error.response["Error"]["Code"].replace("AccountAlready", "Account")
            raise ApiError(code, error.response["Error"]["Message"]) from error
        return {}
