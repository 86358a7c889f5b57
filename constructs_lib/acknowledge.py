"""Acknowledging a finding of a security rule on the construct that owns it."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Acknowledgment, Stack, Validations
from aws_cdk import aws_iam as iam
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


def acknowledge_wildcards(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """Acknowledge cdk-nag's findings of wildcards in the roles under ``construct``, statement by
    statement: ``reasons`` says for each Sid why its wildcards are safe.

    A wildcard in a statement that has no reason stays a finding.
    """
    for role in construct.node.find_all():
        if isinstance(role, iam.CfnRole):
            resolved = Stack.of(role).resolve(role.policies) or []
            found = {
                f"AwsSolutions-IAM5[{kind}::{value}]": reasons[statement["Sid"]]
                for policy in resolved
                for statement in policy["policyDocument"]["Statement"]
                if statement.get("Sid") in reasons
                for kind in ("Action", "Resource")
                for value in _listed(statement[kind])
                if "*" in value
            }
            if found:
                acknowledge_all(role, found)


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
