"""A statement of a control policy, typed, and how it is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Conditions = Mapping[str, Mapping[str, str | Sequence[str]]]


@dataclass(frozen=True, kw_only=True)
class Deny:
    """Denies ``actions``, or everything but ``all_but``, on ``resources`` where all ``conditions``
    hold. All statements of a guardrail deny: what may be done is for the accounts' own policies.

    ``sid`` is unique among all statements: it is what a denial is known by.
    """

    sid: str
    actions: Sequence[str] = ()
    all_but: Sequence[str] = ()
    resources: Sequence[str] = ("*",)
    conditions: Conditions = field(default_factory=dict)

    def __post_init__(self) -> None:
        if bool(self.actions) == bool(self.all_but):
            raise ValueError(f"{self.sid} needs either actions or all_but, and not both")

    def document(self, *, of_resources: bool = False) -> dict[str, Any]:
        """The statement as IAM reads it; a resource control policy's names everybody in it."""
        written: dict[str, Any] = {"Sid": self.sid, "Effect": "Deny"}
        if of_resources:
            written["Principal"] = "*"
        if self.actions:
            written["Action"] = _listed(self.actions)
        else:
            written["NotAction"] = _listed(self.all_but)
        written["Resource"] = _listed(self.resources)
        if self.conditions:
            written["Condition"] = {
                operator: {key: _listed(value) for key, value in keys.items()}
                for operator, keys in self.conditions.items()
            }
        return written


def _listed(value: str | Sequence[str]) -> str | list[str]:
    if isinstance(value, str):
        return value
    return value[0] if len(value) == 1 else sorted(value)
