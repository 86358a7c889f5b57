"""What no role of a person may ever do, whatever its own policies say.

A permissions boundary grants nothing. It allows everything here and denies a few things, because a
denial holds against resource policies too, which a boundary's silence does not:
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
"""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.acknowledge import acknowledge_all
from constructs_lib.policy_documents import PolicyLimit, policy_document

# A changed description replaces a managed policy, which CloudFormation cannot do to a named one:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-managedpolicy.html
_DESCRIPTION = "What no role of a person may ever do"


def person_boundary(
    scope: Construct,
    id: str,
    *,
    policy_name: str,
    denials: Sequence[iam.PolicyStatement] | None = None,
) -> iam.ManagedPolicy:
    """The boundary of people's roles in the account of ``scope``.

    ``denials`` take the place of ``usual_denials()``. That a boundary cannot be changed or taken
    off by whom it bounds is denied in any case. ``ValueError`` for a statement that allows
    something, which would do nothing here.
    """
    further = usual_denials() if denials is None else list(denials)
    for statement in further:
        if statement.effect != iam.Effect.DENY:
            raise ValueError(
                f"the boundary {policy_name}: the statement {statement.sid or '(without Sid)'} "
                "allows; allowed are statements that deny, since everything else is left to the "
                "roles' own policies"
            )
    everything = iam.PolicyStatement(sid="Ceiling", actions=["*"], resources=["*"])
    own_arn = f"arn:aws:iam::{Stack.of(scope).account}:policy/{policy_name}"
    document = policy_document(
        scope,
        [everything, *_stays(own_arn), *further],
        limit=PolicyLimit.MANAGED,
        of=f"the boundary {policy_name}",
    )
    boundary = iam.ManagedPolicy(
        scope, id, managed_policy_name=policy_name, description=_DESCRIPTION, document=document
    )
    why = (
        "A permissions boundary, attached to nobody as a policy: it grants nothing and denies what "
        "its other statements say. What a role may do, its own policies say."
    )
    acknowledge_all(
        boundary,
        {f"AwsSolutions-IAM5[{finding}::*]": why for finding in ("Action", "Resource")},
    )
    return boundary


def usual_denials() -> list[iam.PolicyStatement]:
    """Identities, organization, keys, trails and stacks stay as the pipeline made them.

    Reading is denied of none of them but the organization and the account's own settings.
    """
    return [
        _deny("IdentitiesStay", _IDENTITY_CHANGES),
        _deny("OrganizationStays", ("organizations:*", "account:*", "sts:AssumeRoot")),
        _deny("BootstrapRolesStayThePipelines", ("sts:AssumeRole",), _BOOTSTRAP_ROLES),
        _deny("StacksStayThePipelines", _STACK_CHANGES),
        _deny("TrailsStay", _TRAIL_CHANGES),
        _deny("KeysStay", _KEY_LOSSES),
    ]


def _stays(own_arn: str) -> list[iam.PolicyStatement]:
    return [
        _deny(
            "BoundaryStays",
            (
                "iam:CreatePolicyVersion",
                "iam:DeletePolicy",
                "iam:DeletePolicyVersion",
                "iam:SetDefaultPolicyVersion",
            ),
            own_arn,
        ),
        _deny(
            "BoundaryStaysOn",
            (
                "iam:DeleteRolePermissionsBoundary",
                "iam:DeleteUserPermissionsBoundary",
                "iam:PutRolePermissionsBoundary",
                "iam:PutUserPermissionsBoundary",
            ),
        ),
    ]


def _deny(sid: str, actions: Sequence[str], resource: str = "*") -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid, effect=iam.Effect.DENY, actions=list(actions), resources=[resource]
    )


_BOOTSTRAP_ROLES = "arn:aws:iam::*:role/cdk-*"
"""https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html"""

_IDENTITY_CHANGES = tuple(
    f"iam:{verb}*"
    for verb in (
        "Accept",
        "Add",
        "Associate",
        "Attach",
        "Change",
        "Create",
        "Deactivate",
        "Delete",
        "Detach",
        "Disable",
        "Enable",
        "Pass",
        "Put",
        "Reject",
        "Remove",
        "Reset",
        "Resync",
        "Send",
        "Set",
        "Tag",
        "Untag",
        "Update",
        "Upload",
    )
)
"""Every action of IAM that changes something, and passing a role on."""

_STACK_CHANGES = (
    "cloudformation:CreateChangeSet",
    "cloudformation:CreateStackInstances",
    "cloudformation:DeleteStack",
    "cloudformation:DeleteStackInstances",
    "cloudformation:ExecuteChangeSet",
    "cloudformation:ExecuteStackRefactor",
    "cloudformation:UpdateStack",
    "cloudformation:UpdateStackInstances",
    "cloudformation:UpdateStackSet",
)
"""Whoever changes a stack does so with the role that the stack was deployed with, and need not be
allowed to pass it: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
Making a stack of one's own takes one's own rights. Cancelling an update and rolling back bring
nothing new in."""

_TRAIL_CHANGES = (
    "cloudtrail:DeleteEventDataStore",
    "cloudtrail:DeleteResourcePolicy",
    "cloudtrail:DeleteTrail",
    "cloudtrail:DeregisterOrganizationDelegatedAdmin",
    "cloudtrail:PutEventConfiguration",
    "cloudtrail:PutEventSelectors",
    "cloudtrail:PutInsightSelectors",
    "cloudtrail:PutResourcePolicy",
    "cloudtrail:RegisterOrganizationDelegatedAdmin",
    "cloudtrail:StopEventDataStoreIngestion",
    "cloudtrail:StopLogging",
    "cloudtrail:UpdateEventDataStore",
    "cloudtrail:UpdateTrail",
)
"""What ends a record, leaves something out of it or gives it away."""

_KEY_LOSSES = (
    "kms:DeleteCustomKeyStore",
    "kms:DeleteImportedKeyMaterial",
    "kms:DisableKey",
    "kms:DisconnectCustomKeyStore",
    "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion",
)
"""What makes encrypted data unreadable, or readable to others."""
