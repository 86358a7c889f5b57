"""No database that the internet reaches is made.

Without the parameter, AWS decides by the subnets whether an instance is public
(https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html), so the
parameter has to be given: with ...IfExists the statement also denies where it is missing.

ModifyDBInstance does not know the condition key: what is made public later is turned back by
`lambdas/public_databases`.
"""

from __future__ import annotations

from collections.abc import Sequence

from guardrails.facts import Facts
from guardrails.guardrail import Guardrail
from guardrails.statement import Deny


def _statements(_: Facts) -> Sequence[Deny]:
    return [
        Deny(
            sid="PublicDatabases",
            # The actions that know rds:PubliclyAccessible:
            # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrds.html
            actions=[
                "rds:CreateDBInstance",
                "rds:CreateDBInstanceReadReplica",
                "rds:CreateDBShardGroup",
                "rds:RestoreDBInstanceFromDBSnapshot",
                "rds:RestoreDBInstanceFromS3",
                "rds:RestoreDBInstanceToPointInTime",
            ],
            conditions={"BoolIfExists": {"rds:PubliclyAccessible": "true"}},
        ),
        Deny(
            sid="DatabasesForEverybody",
            # Sharing with "all" is among what these do; Pase shares no snapshot with anybody.
            actions=[
                "rds:ModifyDBClusterSnapshotAttribute",
                "rds:ModifyDBSnapshotAttribute",
            ],
        ),
    ]


GUARDRAIL = Guardrail(
    name="public-databases",
    sentence="No database is made that the internet reaches, and no snapshot is shared.",
    statements=_statements,
)
