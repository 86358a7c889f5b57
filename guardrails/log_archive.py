"""What CloudTrail wrote stays, and goes on being written.

The bucket's object lock keeps the objects; this keeps the bucket, its policy and its key.
Administrators, who deploy its stack, may change these, and not an object.
"""

from __future__ import annotations

from collections.abc import Sequence

from guardrails.facts import Facts
from guardrails.guardrail import Guardrail
from guardrails.statement import Deny


def _statements(facts: Facts) -> Sequence[Deny]:
    bucket = f"arn:aws:s3:::{facts.trail_bucket}"
    anybody_else = {"ArnNotEquals": {"aws:PrincipalArn": facts.administrator_arns()}}
    return [
        Deny(
            sid="LogObjects",
            actions=[
                "s3:BypassGovernanceRetention",
                "s3:DeleteObject",
                "s3:DeleteObjectVersion",
                "s3:PutObjectLegalHold",
                "s3:PutObjectRetention",
            ],
            resources=[f"{bucket}/*"],
        ),
        Deny(
            sid="LogBucket",
            actions=[
                "s3:DeleteBucket",
                "s3:DeleteBucketPolicy",
                "s3:PutBucketAcl",
                "s3:PutBucketLogging",
                "s3:PutBucketObjectLockConfiguration",
                "s3:PutBucketOwnershipControls",
                "s3:PutBucketPolicy",
                "s3:PutBucketPublicAccessBlock",
                "s3:PutBucketVersioning",
                "s3:PutEncryptionConfiguration",
                "s3:PutLifecycleConfiguration",
                "s3:PutReplicationConfiguration",
            ],
            resources=[bucket],
            conditions=anybody_else,
        ),
        Deny(
            sid="LogKey",
            actions=[
                "kms:DisableKey",
                "kms:DisableKeyRotation",
                "kms:PutKeyPolicy",
                "kms:ScheduleKeyDeletion",
            ],
            conditions={
                "ForAnyValue:StringEquals": {
                    "kms:ResourceAliases": f"alias/{facts.trail_key_alias}"
                },
                **anybody_else,
            },
        ),
        Deny(
            # By its alias the key is known above.
            sid="LogKeyAlias",
            actions=["kms:DeleteAlias", "kms:UpdateAlias"],
            resources=[f"arn:aws:kms:*:*:alias/{facts.trail_key_alias}"],
            conditions=anybody_else,
        ),
    ]


GUARDRAIL = Guardrail(
    name="log-archive",
    sentence="Nobody weakens the bucket and the key of CloudTrail's archive.",
    statements=_statements,
)
