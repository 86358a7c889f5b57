"""A secret as DescribeSecret and ListSecrets show it: never a value."""

from __future__ import annotations

from typing import Any

from .secret import Secret


def description(secret: Secret) -> dict[str, Any]:
    """Every version with a label is in it, one without a value too; only fields with a value are.

    When the secret was rotated is not said once rotation is switched off, nor when it will be; its
    rules still are.
    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html
    """
    on = secret.rotation_enabled
    window = secret.window
    found: dict[str, Any] = {
        "ARN": secret.arn,
        "Name": secret.name,
        "Description": secret.description,
        "KmsKeyId": secret.kms_key,
        "RotationEnabled": on if secret.rules else None,
        "RotationLambdaARN": secret.function,
        "RotationRules": dict(secret.rules),
        "LastRotatedDate": secret.rotated if on else None,
        "LastChangedDate": secret.changed,
        "NextRotationDate": window.closes if on and window else None,
        "DeletedDate": secret.deleted,
        "CreatedDate": secret.created,
        "Tags": [{"Key": key, "Value": value} for key, value in secret.tags.items()],
        "VersionIdsToStages": {
            version: secret.labels_of(version) for version in sorted(set(secret.labels.values()))
        },
    }
    return {key: value for key, value in found.items() if value not in (None, "", {})}


def list_entry(secret: Secret) -> dict[str, Any]:
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_SecretListEntry.html"""
    entry = description(secret)
    entry["SecretVersionsToStages"] = entry.pop("VersionIdsToStages", {})
    return entry
