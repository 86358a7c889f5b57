"""Constrained values that the configuration models are built from.

Every type carries the rule AWS itself applies, so that a mistake is met at the desk and not twenty
minutes into a deployment.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError


class Frozen(BaseModel):
    """A strict, immutable model: unknown keys are errors and nothing is coerced."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


def _whole_number(value: object) -> object:
    # A Literal compares with ==, and in Python true is 1 and 512.0 is 512.
    if type(value) is not int:
        raise PydanticCustomError("whole_number", "a whole number is needed")
    return value


WholeNumber = BeforeValidator(_whole_number)
"""Beside a ``Literal`` of numbers: neither ``true`` nor ``512.0`` passes for one of them."""

# The patterns say [0-9]: pydantic's \d also matches the digits of every other script.
AccountId = Annotated[
    str, Field(pattern=r"^[0-9]{12}$", description="An AWS account id: 12 digits, in quotes.")
]
Region = Annotated[
    str,
    Field(
        pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$", description="An AWS Region, such as ap-southeast-1."
    ),
]
AvailabilityZone = Annotated[
    str,
    Field(
        pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9][a-z]$",
        description="An Availability Zone by name, such as ap-southeast-1a.",
    ),
]
# AWS::Organizations ids: https://docs.aws.amazon.com/organizations/latest/APIReference/API_Organization.html
OrganizationId = Annotated[
    str,
    Field(
        pattern=r"^o-[a-z0-9]{10,32}$",
        description="An AWS Organizations id: o- and 10-32 letters or digits.",
    ),
]
RootId = Annotated[
    str,
    Field(
        pattern=r"^r-[0-9a-z]{4,32}$",
        description="The id of the organization's root: r- and 4-32 letters or digits.",
    ),
]
UnitId = Annotated[
    str,
    Field(
        pattern=r"^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$",
        description="The id of an organizational unit, such as ou-ab12-11111111.",
    ),
]
RoleName = Annotated[
    str,
    Field(
        pattern=r"^([!-.0-~]+/)*[A-Za-z0-9+=,.@_-]{1,64}$",
        description="The name of an IAM role, after its path without the first slash if it is not "
        "in the path /. No wildcards.",
    ),
]
UserPattern = Annotated[
    str,
    Field(
        pattern=r"^([A-Za-z0-9+=,.@_-]+/)*[A-Za-z0-9+=,.@_-]{1,64}$|^([A-Za-z0-9+=,.@_-]+/)+\*$",
        description='An IAM user by name, or all of a path such as "operators/*".',
    ),
]
HostedZoneId = Annotated[
    str,
    Field(pattern=r"^Z[A-Z0-9]{1,31}$", description="A Route 53 hosted zone id, beginning with Z."),
]
DomainName = Annotated[
    str,
    Field(
        pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$",
        max_length=200,
        description="A domain name in lower case without a trailing dot.",
    ),
]
Email = Annotated[
    str,
    Field(
        pattern=r"^[^@\s,;<>\"]+@([a-zA-Z0-9-]+\.)+[a-zA-Z]{2,}$",
        description="An e-mail address, such as platform@example.com.",
    ),
]
HostLabel = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
        description="One DNS label: lower-case letters, digits and hyphens, 63 at most.",
    ),
]
# A target group's name holds 32 characters at most and Pase appends "-green"; letters, digits and
# hyphens only, no hyphen at either end:
# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
ServiceName = Annotated[
    str,
    Field(
        pattern=r"^[a-z](-?[a-z0-9])*$",
        min_length=2,
        max_length=26,
        description="A service's name: lower-case letters, digits and single hyphens, 2-26 "
        'characters, so that "<name>-green" fits a target group\'s 32.',
    ),
]
EnvironmentName = Annotated[
    str,
    Field(
        pattern=r"^[a-z][a-z0-9]{1,11}$",
        description="An environment's name: 2-12 lower-case letters and digits.",
    ),
]
Cidr = Annotated[str, Field(description="An IPv4 network in CIDR notation, such as 10.20.0.0/16.")]
Minutes = Annotated[int, Field(ge=0, description="Whole minutes.")]
Seconds = Annotated[int, Field(ge=1, description="Whole seconds.")]
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
Retention = Annotated[
    Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827],
    WholeNumber,
    Field(description="Days that CloudWatch Logs keeps what it holds."),
]
Percent = Annotated[int, Field(ge=1, le=100, description="A percentage, 1-100.")]
Reason = Annotated[
    str, Field(min_length=20, description="Why; a sentence of at least 20 characters.")
]
