"""The events that Secrets Manager publishes, as EventBridge delivers them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .secret import PENDING, PREVIOUS, Secret


def label_updated(secret: Secret, label: str, now: datetime) -> Mapping[str, Any] | None:
    """A label moved to another version; of AWSPENDING and AWSPREVIOUS nothing is said.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/event-detail-secret-label-updated-secretsmanager.html
    """
    if label in (PENDING, PREVIOUS):
        return None
    detail = {
        "name": secret.name,
        "labelUpdated": label,
        "versionId": secret.labels[label],
    }
    return _event(secret, "Secret Label Updated", detail, now)


def rotation_event(secret: Secret, name: str, now: datetime) -> Mapping[str, Any]:
    """``RotationStarted``, ``RotationSucceeded``, ``RotationFailed`` or ``RotationAbandoned``.

    They come through CloudTrail:
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html
    """
    detail = {
        "eventSource": "secretsmanager.amazonaws.com",
        "eventName": name,
        "eventType": "AwsServiceEvent",
        "additionalEventData": {"SecretId": secret.arn},
    }
    return _event(secret, "AWS Service Event via CloudTrail", detail, now)


def _event(
    secret: Secret, kind: str, detail: Mapping[str, Any], now: datetime
) -> Mapping[str, Any]:
    _, _, _, region, account, *_ = secret.arn.split(":")
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": kind,
        "source": "aws.secretsmanager",
        "account": account,
        "region": region,
        "time": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "resources": [secret.arn],
        "detail": detail,
    }
