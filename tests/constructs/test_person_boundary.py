"""What a person's role may never do, whatever its own policies say."""

from __future__ import annotations

import re
from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from policy_sentry.querying.actions import get_actions_for_service, get_actions_with_access_level

from constructs_lib.person_boundary import person_boundary
from tests.constructs.conftest import BuildStack, FindingsOf
from tests.support.templates import actions

OWN = "arn:aws:iam::123456789012:policy/pase-people"
READING = ("Read", "List")
CHANGING = ("Write", "Permissions management", "Tagging")

OTHER_TRAIL_CHANGES = {
    "cloudtrail:AddTags",
    "cloudtrail:CancelQuery",
    "cloudtrail:CreateChannel",
    "cloudtrail:CreateDashboard",
    "cloudtrail:CreateEventDataStore",
    "cloudtrail:CreateServiceLinkedChannel",
    "cloudtrail:CreateTrail",
    "cloudtrail:DeleteChannel",
    "cloudtrail:DeleteDashboard",
    "cloudtrail:DeleteServiceLinkedChannel",
    "cloudtrail:DisableFederation",
    "cloudtrail:EnableFederation",
    "cloudtrail:GenerateQuery",
    "cloudtrail:GenerateQueryResultsSummary",
    "cloudtrail:RemoveTags",
    "cloudtrail:RestoreEventDataStore",
    "cloudtrail:StartDashboardRefresh",
    "cloudtrail:StartEventDataStoreIngestion",
    "cloudtrail:StartImport",
    "cloudtrail:StartLogging",
    "cloudtrail:StartQuery",
    "cloudtrail:StopImport",
    "cloudtrail:UpdateChannel",
    "cloudtrail:UpdateDashboard",
    "cloudtrail:UpdateServiceLinkedChannel",
}
"""They record more, ask what was recorded, or are about what others send in."""


def make(stack: Stack, **changes: Any) -> iam.ManagedPolicy:
    """The boundary of the platform's people."""
    return person_boundary(stack, "Boundary", policy_name="pase-people", **changes)


def properties_of(template: Any) -> dict[str, Any]:
    """The boundary's."""
    (found,) = template.find_resources("AWS::IAM::ManagedPolicy").values()
    properties: dict[str, Any] = found["Properties"]
    return properties


def statements_of(template: Any) -> dict[str, dict[str, Any]]:
    """Sid -> statement of the boundary."""
    return {each["Sid"]: each for each in properties_of(template)["PolicyDocument"]["Statement"]}


@pytest.fixture(scope="module")
def statements(built: BuildStack) -> dict[str, dict[str, Any]]:
    """Sid -> statement of the boundary as it is by default."""
    return statements_of(built(make))


def denying(statements: dict[str, dict[str, Any]], action: str, resource: str) -> set[str]:
    """The statements that deny the action on the resource."""
    return {
        sid
        for sid, statement in statements.items()
        if statement["Effect"] == "Deny"
        and any(like(each, action) for each in actions(statement))
        and like(statement["Resource"], resource)
    }


def like(pattern: str, value: str) -> bool:
    """As IAM compares, for patterns with ``*``."""
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), value) is not None


def of_levels(service: str, levels: tuple[str, ...]) -> set[str]:
    """The service's actions of these access levels."""
    return {action for level in levels for action in get_actions_with_access_level(service, level)}


def test_it_allows_everything_and_denies_what_it_names(
    statements: dict[str, dict[str, Any]],
) -> None:
    assert {sid: (each["Effect"], each["Resource"]) for sid, each in statements.items()} == {
        "Ceiling": ("Allow", "*"),
        "BoundaryStays": ("Deny", OWN),
        "BoundaryStaysOn": ("Deny", "*"),
        "IdentitiesStay": ("Deny", "*"),
        "OrganizationStays": ("Deny", "*"),
        "BootstrapRolesStayThePipelines": ("Deny", "arn:aws:iam::*:role/cdk-*"),
        "StacksStayThePipelines": ("Deny", "*"),
        "TrailsStay": ("Deny", "*"),
        "KeysStay": ("Deny", "*"),
    }
    assert statements["Ceiling"]["Action"] == "*"


def test_no_statement_depends_on_a_condition(statements: dict[str, dict[str, Any]]) -> None:
    assert [sid for sid, statement in statements.items() if "Condition" in statement] == []


def test_every_action_of_iam_that_changes_something_is_denied_and_no_other(
    statements: dict[str, dict[str, Any]],
) -> None:
    denied = {
        action
        for action in get_actions_for_service("iam")
        if "IdentitiesStay" in denying(statements, action, "*")
    }

    assert denied == of_levels("iam", CHANGING)
    assert "iam:PassRole" in denied
    assert not denied & of_levels("iam", READING)


def test_every_pattern_of_an_iam_action_stands_for_one(
    statements: dict[str, dict[str, Any]],
) -> None:
    known = get_actions_for_service("iam")

    assert [
        pattern
        for pattern in actions(statements["IdentitiesStay"])
        if not any(like(pattern, action) for action in known)
    ] == []


def test_every_change_of_cloudtrail_is_denied_or_known_to_leave_the_record(
    statements: dict[str, dict[str, Any]],
) -> None:
    assert set(actions(statements["TrailsStay"])) | OTHER_TRAIL_CHANGES == of_levels(
        "cloudtrail", CHANGING
    ) | {"cloudtrail:GenerateQuery", "cloudtrail:GenerateQueryResultsSummary"}


@pytest.mark.parametrize("sid", ["StacksStayThePipelines", "TrailsStay", "KeysStay"])
def test_every_action_that_is_denied_by_name_exists(
    statements: dict[str, dict[str, Any]], sid: str
) -> None:
    assert [
        action
        for action in actions(statements[sid])
        if action not in get_actions_for_service(action.split(":")[0])
    ] == []


@pytest.mark.parametrize(
    ("action", "resource", "sids"),
    [
        ("iam:CreatePolicyVersion", OWN, {"BoundaryStays", "IdentitiesStay"}),
        ("iam:DeletePolicyVersion", OWN, {"BoundaryStays", "IdentitiesStay"}),
        ("iam:SetDefaultPolicyVersion", OWN, {"BoundaryStays", "IdentitiesStay"}),
        ("iam:DeletePolicy", OWN, {"BoundaryStays", "IdentitiesStay"}),
        (
            "iam:DeleteRolePermissionsBoundary",
            "arn:aws:iam::123456789012:role/pase-operator",
            {"BoundaryStaysOn", "IdentitiesStay"},
        ),
        (
            "iam:PutRolePermissionsBoundary",
            "arn:aws:iam::123456789012:role/pase-operator",
            {"BoundaryStaysOn", "IdentitiesStay"},
        ),
        ("iam:PassRole", "arn:aws:iam::123456789012:role/stronger", {"IdentitiesStay"}),
        ("organizations:LeaveOrganization", "*", {"OrganizationStays"}),
        ("account:EnableRegion", "*", {"OrganizationStays"}),
        ("sts:AssumeRoot", "arn:aws:iam::222222222222:root", {"OrganizationStays"}),
        (
            "sts:AssumeRole",
            "arn:aws:iam::222222222222:role/cdk-hnb659fds-deploy-role-222222222222-eu-west-1",
            {"BootstrapRolesStayThePipelines"},
        ),
        ("sts:AssumeRole", "arn:aws:iam::222222222222:role/pase-qa", set()),
        ("cloudformation:UpdateStack", "*", {"StacksStayThePipelines"}),
        ("cloudformation:ContinueUpdateRollback", "*", set()),
        ("cloudtrail:StopLogging", "*", {"TrailsStay"}),
        ("cloudtrail:LookupEvents", "*", set()),
        ("kms:ScheduleKeyDeletion", "*", {"KeysStay"}),
        ("kms:CancelKeyDeletion", "*", set()),
        ("kms:Decrypt", "*", set()),
        ("iam:GetRole", "*", set()),
        ("rds:DeleteDBCluster", "*", set()),
    ],
)
def test_each_denial_has_its_statement(
    statements: dict[str, dict[str, Any]], action: str, resource: str, sids: set[str]
) -> None:
    assert denying(statements, action, resource) == sids


def test_given_denials_replace_the_usual_ones_but_not_those_of_the_boundary_itself(
    built: BuildStack,
) -> None:
    own = iam.PolicyStatement(
        sid="NoMail", effect=iam.Effect.DENY, actions=["ses:SendEmail"], resources=["*"]
    )

    given = statements_of(built(lambda stack: make(stack, denials=[own])))
    none = statements_of(built(lambda stack: make(stack, denials=[])))

    assert list(given) == ["Ceiling", "BoundaryStays", "BoundaryStaysOn", "NoMail"]
    assert list(none) == ["Ceiling", "BoundaryStays", "BoundaryStaysOn"]


def test_a_statement_that_allows_is_refused(built: BuildStack) -> None:
    allows = iam.PolicyStatement(sid="Mail", actions=["ses:SendEmail"], resources=["*"])

    with pytest.raises(ValueError, match="boundary pase-people: the statement Mail allows"):
        built(lambda stack: make(stack, denials=[allows]))


def test_a_boundary_larger_than_iams_limit_is_refused(built: BuildStack) -> None:
    long = iam.PolicyStatement(
        effect=iam.Effect.DENY,
        actions=["s3:DeleteObject"],
        resources=["arn:aws:s3:::" + "x" * 6_144],
    )

    with pytest.raises(ValueError, match=r"boundary pase-people: the managed policy .* 6,144"):
        built(lambda stack: make(stack, denials=[long]))


def test_its_name_and_description_are_fixed(built: BuildStack) -> None:
    properties = properties_of(built(make))

    assert properties["ManagedPolicyName"] == "pase-people"
    assert properties["Description"] == "What no role of a person may ever do"


def test_cdk_nag_finds_nothing_that_is_not_acknowledged(findings_of: FindingsOf) -> None:
    assert findings_of(make) == []
