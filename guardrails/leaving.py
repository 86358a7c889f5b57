"""No account leaves the organization, and with it all of this."""

from __future__ import annotations

from collections.abc import Sequence

from guardrails.facts import Facts
from guardrails.guardrail import Guardrail
from guardrails.statement import Deny


def _statements(_: Facts) -> Sequence[Deny]:
    return [
        Deny(
            sid="Leaving",
            actions=["account:CloseAccount", "organizations:LeaveOrganization"],
        )
    ]


GUARDRAIL = Guardrail(
    name="leaving",
    sentence="No account leaves the organization or closes itself.",
    statements=_statements,
)
