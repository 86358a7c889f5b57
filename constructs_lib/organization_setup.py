"""What CloudFormation has no resource for in AWS Organizations (`lambdas/organization`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import CustomResource, Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.private_function import PrivateFunction, PrivateFunctionProps

TIMEOUT = Duration.minutes(3)
"""`lambdas/organization/handler.py` keeps 90 s of it back, and tries again in the others."""

ANSWER_AFTER = Duration.minutes(15)
"""Lambda runs an event that failed twice more, after one and after two minutes:
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html"""

_CLOUDTRAIL = "cloudtrail.amazonaws.com"
_CLOUDTRAIL_ROLES = {
    _CLOUDTRAIL: "AWSServiceRoleForCloudTrail",
    "context.cloudtrail.amazonaws.com": "AWSServiceRoleForCloudTrailEventContext",
}
"""https://docs.aws.amazon.com/awscloudtrail/latest/userguide/using-service-linked-roles.html and
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/using-service-linked-roles-create-slr-for-context-management.html
"""


@dataclass(frozen=True, kw_only=True)
class OrganizationSetupProps:
    """The organization's id (o-...) and its root's (r-...), also as they are known at deployment
    only."""

    organization_id: str
    root_id: str
    log_retention: logs.RetentionDays
    log_removal_policy: RemovalPolicy


class OrganizationSetup(Construct):
    """The function behind the custom resources, in a stack of the management account.

    Its role gets the rights of each resource with that resource, for what it names alone. A
    resource that is deleted leaves what it has made. What needs one of them (a policy its type, an
    organization trail CloudTrail's trusted access) depends on it: ``node.add_dependency``.
    Attribute: ``role_arn``, of the function's role.
    """

    def __init__(self, scope: Construct, id: str, *, props: OrganizationSetupProps) -> None:
        super().__init__(scope, id)
        self._organization_id = props.organization_id
        self._root_id = props.root_id
        self._trusted: dict[str, CustomResource] = {}
        self._function = PrivateFunction(
            self,
            "Setup",
            props=PrivateFunctionProps(
                package="organization",
                description="Does in AWS Organizations what CloudFormation has no resource for",
                timeout=TIMEOUT,
                statements=[
                    iam.PolicyStatement(
                        actions=["organizations:DescribeOrganization"], resources=["*"]
                    )
                ],
                any_resource=_WHY_ANY_RESOURCE,
                log_retention=props.log_retention,
                log_removal_policy=props.log_removal_policy,
            ),
        )
        self.role_arn: str = self._function.role.role_arn

    def enable_policy_type(self, scope: Construct, id: str, *, policy_type: str) -> CustomResource:
        """Enable that type of policies in the root, as SERVICE_CONTROL_POLICY.

        "Before you can create a policy of a given type, you must first enable that policy type":
        https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-organizations-policy.html
        """
        self._allow("organizations:ListRoots", on=["*"])
        self._allow(
            "organizations:EnablePolicyType",
            on=[self._arn("root", self._root_id)],
            when={"organizations:PolicyType": policy_type},
        )
        return self._resource(scope, id, "Custom::PolicyType", {"PolicyType": policy_type})

    def enable_trusted_access(
        self, scope: Construct, id: str, *, service_principal: str
    ) -> CustomResource:
        """Let that service work for the whole organization, as cloudtrail.amazonaws.com.

        AWS recommends the service's own console or API where there is one that does it:
        https://docs.aws.amazon.com/organizations/latest/APIReference/API_EnableAWSServiceAccess.html
        For an organization trail by CloudFormation there is none.
        """
        self._allow("organizations:ListAWSServiceAccessForOrganization", on=["*"])
        self._allow(
            "organizations:EnableAWSServiceAccess",
            on=["*"],
            when={"organizations:ServicePrincipal": service_principal},
        )
        made = self._resource(
            scope, id, "Custom::TrustedAccess", {"ServicePrincipal": service_principal}
        )
        self._trusted[service_principal] = made
        return made

    def place_account(
        self,
        scope: Construct,
        id: str,
        *,
        account_id: str,
        parent_id: str,
        may_come_from: Sequence[str],
    ) -> CustomResource:
        """Move an existing account to the OU ``parent_id``, out of one of ``may_come_from`` alone.

        These are ids of OUs, or the root's as in the props. An account that is anywhere else fails
        the deployment, with what to do. The management account is never moved.
        """
        account = self._arn("account", account_id)
        parents = [
            self._arn("root" if each == self._root_id else "ou", each)
            for each in (parent_id, *may_come_from)
        ]
        self._allow("organizations:ListParents", on=[account])
        self._allow("organizations:MoveAccount", on=[account, *parents])
        return self._resource(
            scope,
            id,
            "Custom::AccountPlacement",
            {"AccountId": account_id, "Parent": parent_id, "MayComeFrom": list(may_come_from)},
        )

    def register_delegated_administrator(
        self, scope: Construct, id: str, *, service_principal: str, account_id: str
    ) -> CustomResource:
        """Let that member account administer the service for the organization.

        After `enable_trusted_access` of the service, without which AWS refuses it
        (https://docs.aws.amazon.com/organizations/latest/APIReference/API_RegisterDelegatedAdministrator.html);
        raises ``ValueError`` when that was not called before.
        """
        trusted = self._trusted.get(service_principal)
        if trusted is None:
            raise ValueError(
                f"{self.node.path}: {service_principal} gets a delegated administrator, and has "
                f"trusted access not here but for {sorted(self._trusted)}; call "
                "enable_trusted_access for it first"
            )
        only_this = {"organizations:ServicePrincipal": service_principal}
        self._allow("organizations:ListDelegatedAdministrators", on=["*"], when=only_this)
        self._allow(
            "organizations:RegisterDelegatedAdministrator",
            on=[self._arn("account", account_id)],
            when=only_this,
        )
        if service_principal == _CLOUDTRAIL:
            self._allow_cloudtrail()
        made = self._resource(
            scope,
            id,
            "Custom::DelegatedAdministrator",
            {"ServicePrincipal": service_principal, "AccountId": account_id},
        )
        made.node.add_dependency(trusted)
        return made

    def _allow_cloudtrail(self) -> None:
        """CloudTrail registers the account, and makes its roles, with the caller's rights.

        https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-delegated-administrator-permissions.html
        """
        roles = [
            Stack.of(self).format_arn(
                service="iam",
                region="",
                resource="role",
                resource_name=f"aws-service-role/{service}/{name}",
            )
            for service, name in _CLOUDTRAIL_ROLES.items()
        ]
        self._allow("cloudtrail:RegisterOrganizationDelegatedAdmin", on=["*"])
        self._allow("iam:GetRole", on=roles)
        self._allow(
            "iam:CreateServiceLinkedRole",
            on=roles,
            when={"iam:AWSServiceName": list(_CLOUDTRAIL_ROLES)},
        )

    def _allow(
        self, action: str, *, on: Sequence[str], when: Mapping[str, str | list[str]] | None = None
    ) -> None:
        self._function.role.add_to_policy(
            iam.PolicyStatement(
                actions=[action],
                resources=list(on),
                conditions={"StringEquals": dict(when)} if when else None,
            )
        )

    def _arn(self, kind: str, id: str) -> str:
        """https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsorganizations.html

        Its account is the management account, this stack's.
        """
        return Stack.of(self).format_arn(
            service="organizations",
            region="",
            resource=kind,
            resource_name=f"{self._organization_id}/{id}",
        )

    def _resource(
        self, scope: Construct, id: str, type_: str, properties: dict[str, Any]
    ) -> CustomResource:
        return CustomResource(
            scope,
            id,
            resource_type=type_,
            service_token=self._function.function.function_arn,
            service_timeout=ANSWER_AFTER,
            properties=properties,
        )


_WHY_ANY_RESOURCE = (
    "Reading the organization, its roots, its trusted services and its delegated administrators, "
    "switching on trusted access and registering CloudTrail's administrator know no resource "
    "(Service Authorization Reference of Organizations and of CloudTrail). The first four only "
    "read. Trusted access is bound to the named services by condition; the last registers in "
    "Organizations under this role, which may do that for the named account alone."
)
