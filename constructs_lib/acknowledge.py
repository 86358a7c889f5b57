"""Acknowledging a finding of a security rule on the construct that owns it."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct


def acknowledge(construct: IConstruct, rule: str, reason: str) -> None:
    """Record why ``rule``'s finding on ``construct`` is safe there.

    ``rule`` is the exact id of a cdk-nag or CDK validation rule (no wildcard works); ``reason``
    says why it is safe in this place. ``docs/security.md`` lists every one of them.
    """
    acknowledge_all(construct, {rule: reason})


def acknowledge_all(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """The same for several rules (rule -> reason) of one construct, at the price of one."""
    Validations.of(construct).acknowledge(
        *(Acknowledgment(id=rule, reason=reason) for rule, reason in reasons.items())
    )
