"""CloudTrail stays on.

Members of an organization cannot change its trail, but its delegated administrator can
(https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-delegated-administrator.html):
this keeps the log account, which is that, from it. And it protects the trails of an account's own
and what is kept in CloudTrail Lake.
"""

from __future__ import annotations

from collections.abc import Sequence

from guardrails.facts import Facts
from guardrails.guardrail import Guardrail
from guardrails.statement import Deny


def _statements(_: Facts) -> Sequence[Deny]:
    return [
        Deny(
            sid="TrailStaysOn",
            actions=[
                "cloudtrail:DeleteEventDataStore",
                "cloudtrail:DeleteTrail",
                "cloudtrail:DeregisterOrganizationDelegatedAdmin",
                "cloudtrail:PutEventSelectors",
                "cloudtrail:PutInsightSelectors",
                "cloudtrail:StopEventDataStoreIngestion",
                "cloudtrail:StopLogging",
                "cloudtrail:UpdateEventDataStore",
                "cloudtrail:UpdateTrail",
            ],
        )
    ]


GUARDRAIL = Guardrail(
    name="trail", sentence="Nobody switches CloudTrail off.", statements=_statements
)
