"""A secret of another stack as its readers know it: by ARN, with the key that encrypts it.

The CDK's own grant also writes the reader into the key's policy. With the key in one stack and the
reader in a later one, that would make the stacks depend on each other; the key already trusts the
account's IAM policies, so the reader's policy is enough.
"""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct


@dataclass(frozen=True, kw_only=True)
class ReadableSecret:
    """``arn`` is the complete ARN, suffix included; ``key_arn`` that of its KMS key."""

    arn: str
    key_arn: str

    def read_statements(self, scope: Construct) -> list[iam.PolicyStatement]:
        """Reading this secret's value, and decrypting it through Secrets Manager only."""
        return [
            iam.PolicyStatement(
                actions=["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
                resources=[self.arn],
            ),
            iam.PolicyStatement(
                actions=["kms:Decrypt"],
                resources=[self.key_arn],
                conditions=via_secrets_manager(scope),
            ),
        ]


def via_secrets_manager(scope: Construct) -> dict[str, dict[str, str]]:
    """The condition that a key is used through Secrets Manager of this Region only."""
    region = Stack.of(scope).region
    return {"StringEquals": {"kms:ViaService": f"secretsmanager.{region}.amazonaws.com"}}
