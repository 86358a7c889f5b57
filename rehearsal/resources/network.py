"""Security groups and certificates, which moto wants to know of."""

from __future__ import annotations

from collections.abc import Collection

from .base import Made, Place, Request, parameters


class SecurityGroups:
    """Groups without their rules: nothing in the release path filters packets.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-securitygroup.html
    """

    name_property = "GroupName"
    shortfall = ""

    def __init__(self, place: Place) -> None:
        self._client = place.client("ec2")

    def replaces(self, changed: Collection[str]) -> bool:
        """Name, description and VPC are for good."""
        return not {"GroupDescription", "GroupName", "VpcId"}.isdisjoint(changed)

    def create(self, request: Request) -> Made:
        """CreateSecurityGroup."""
        group = self._client.create_security_group(
            GroupName=request.properties.get("GroupName") or request.name(255),
            Description=request.properties["GroupDescription"],
            VpcId=request.properties["VpcId"],
        )["GroupId"]
        return self._made(request, group)

    def update(self, request: Request) -> Made:
        """Rules and tags: nothing is to be done."""
        return self._made(request, request.physical_id)

    def delete(self, request: Request) -> None:
        """DeleteSecurityGroup."""
        self._client.delete_security_group(GroupId=request.physical_id)

    def _made(self, request: Request, group: str) -> Made:
        attributes = {"GroupId": group, "VpcId": request.properties["VpcId"]}
        return Made(physical_id=group, attributes=attributes)


class Certificates:
    """Certificates, issued at once.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-certificatemanager-certificate.html
    """

    name_property = ""
    shortfall = ""

    def __init__(self, place: Place) -> None:
        self._client = place.client("acm")

    def replaces(self, changed: Collection[str]) -> bool:
        """Only tags and the transparency logging can be changed."""
        kept = {"CertificateTransparencyLoggingPreference", "Tags"}
        return not set(changed) <= kept

    def create(self, request: Request) -> Made:
        """RequestCertificate."""
        found = parameters(
            self._client,
            "RequestCertificate",
            request.properties,
            without=["DomainValidationOptions"],
        )
        arn = self._client.request_certificate(**found.values)["CertificateArn"]
        return Made(physical_id=arn)

    def update(self, request: Request) -> Made:
        """Tags: nothing is to be done."""
        return Made(physical_id=request.physical_id)

    def delete(self, request: Request) -> None:
        """DeleteCertificate."""
        self._client.delete_certificate(CertificateArn=request.physical_id)
