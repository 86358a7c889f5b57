"""The root users of member accounts do nothing.

https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html. A service control
policy binds them as well:
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html. What only
a root user can do is done from the management account, in a session for one task
(https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-privileged-task.html).
"""

from __future__ import annotations

from collections.abc import Sequence

from guardrails.facts import Facts
from guardrails.guardrail import Guardrail
from guardrails.statement import Deny


def _statements(_: Facts) -> Sequence[Deny]:
    return [
        Deny(
            sid="RootUser",
            actions=["*"],
            conditions={
                "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"},
                # A session for one root task comes from the management account.
                "Null": {"aws:AssumedRoot": "true"},
            },
        )
    ]


GUARDRAIL = Guardrail(
    name="root-user", sentence="The root user of an account does nothing.", statements=_statements
)
