"""Databases and buckets are deleted by named administrators only.

By their complete ARNs, so that no role of the same name in another path is one of them. Whoever
deletes through another service deletes as themselves (forward access) or as the role that they
passed to it, which is none of these either; so deleting a stack deletes no database.
"""

from __future__ import annotations

from collections.abc import Sequence

from guardrails.facts import Facts
from guardrails.guardrail import Guardrail
from guardrails.statement import Deny


def _statements(facts: Facts) -> Sequence[Deny]:
    anybody_else = {"ArnNotEquals": {"aws:PrincipalArn": facts.repairer_arns()}}
    return [
        Deny(
            sid="DatabaseDeletion",
            actions=[
                "rds:DeleteDBCluster",
                "rds:DeleteDBClusterAutomatedBackup",
                "rds:DeleteDBClusterSnapshot",
                "rds:DeleteDBInstance",
                "rds:DeleteDBInstanceAutomatedBackup",
                "rds:DeleteDBSnapshot",
                "rds:DeleteGlobalCluster",
                "rds:DeleteTenantDatabase",
                "backup:DeleteBackupVault",
                "backup:DeleteRecoveryPoint",
                "dynamodb:DeleteBackup",
                "dynamodb:DeleteTable",
            ],
            conditions=anybody_else,
        ),
        Deny(
            sid="BucketDeletion",
            actions=["s3:BypassGovernanceRetention", "s3:DeleteBucket"],
            conditions=anybody_else,
        ),
        Deny(
            sid="KeyDeletion",
            # What is encrypted with a key is deleted with it.
            actions=["kms:DeleteImportedKeyMaterial", "kms:ScheduleKeyDeletion"],
            conditions=anybody_else,
        ),
    ]


GUARDRAIL = Guardrail(
    name="data-deletion",
    sentence="Only named administrators delete databases, their backups, buckets and keys.",
    statements=_statements,
)
