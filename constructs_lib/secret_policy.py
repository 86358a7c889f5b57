"""Who may touch a secret: the policy on the secret itself, whatever the account's IAM allows.

Everybody is denied but the roles that the policy names, so that a role with broad rights in the
account (an administrator's, a build's) reads no secret by accident. A role's sessions are known by
the role's ARN:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn

Nobody is locked out for good: CloudFormation's role and break-glass may change the policy, and
who may make roles in the account can make either of them again under its name. Describing a secret,
rotating it and cancelling a rotation are denied to nobody; none of them shows or sets a value.
AWS's services acting for themselves are left out of the denial because a denial of theirs would
change nothing: no policy allows them anything here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

READ = ("secretsmanager:GetSecretValue",)
"""BatchGetSecretValue needs it for each secret:
https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html"""

CHANGE = ("secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage")

MANAGE = (
    "secretsmanager:DeleteResourcePolicy",
    "secretsmanager:DeleteSecret",
    "secretsmanager:PutResourcePolicy",
    # A replica in another Region would not have this policy.
    "secretsmanager:ReplicateSecretToRegions",
    "secretsmanager:UpdateSecret",
)


@dataclass(frozen=True, kw_only=True)
class SecretAccess:
    """Roles by ARN: who may read values, who may set them too, who may manage the secret too.

    ``managers`` read and set values only when they are among the others.
    """

    readers: Sequence[str]
    changers: Sequence[str]
    managers: Sequence[str]


def secret_policy(
    scope: Construct, id: str, *, secret_arn: str, access: SecretAccess
) -> secretsmanager.CfnResourcePolicy:
    """The policy on the secret of that ARN."""
    readers = [*access.readers, *access.changers]
    return secretsmanager.CfnResourcePolicy(
        scope,
        id,
        secret_id=secret_arn,
        block_public_policy=True,
        resource_policy={
            "Version": "2012-10-17",
            "Statement": [
                _deny("ReadValue", READ, readers),
                _deny("ChangeValue", CHANGE, access.changers),
                _deny("Manage", MANAGE, access.managers),
            ],
        },
    )


def _deny(sid: str, actions: Sequence[str], roles: Sequence[str]) -> dict[str, object]:
    return {
        "Sid": sid,
        "Effect": "Deny",
        "Principal": "*",
        "Action": list(actions),
        "Resource": "*",
        "Condition": {
            "StringNotEquals": {"aws:PrincipalArn": list(roles)},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        },
    }
