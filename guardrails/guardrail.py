"""A guardrail: a sentence, and the statements that enforce it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from guardrails.facts import Facts
from guardrails.statement import Deny


@dataclass(frozen=True, kw_only=True)
class Guardrail:
    """``sentence`` is what it enforces, as people read it. ``of_resources``: it is a resource
    control policy's, which also binds those who come from other accounts.
    """

    name: str
    sentence: str
    statements: Callable[[Facts], Sequence[Deny]]
    of_resources: bool = False
