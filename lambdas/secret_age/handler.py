"""The Lambda's entry: reads every secret's dates, and prints one line for each.

Environment: `SECRETS`, a JSON list of the secrets' names or ARNs. The event, a schedule's, says
only that it is time. Needs secretsmanager:DescribeSecret on those secrets; no value is read.

A secret that cannot be read does not keep the others from being published. It fails the invocation
at the end, so that the function's errors show it; its own alarm sees that data are missing. One
that is scheduled for deletion counts among these: who uses it is about to lose it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ..common.aws import aws_client
from .age import Dates, metric_line


class InvalidSettings(ValueError):
    """The environment cannot be used; the message says what is wrong in it."""


class SecretsUnread(Exception):
    """Some secrets could not be read; the message says which, and why."""


class _Unread(Exception):
    """This one could not be read."""


def handler(event: Mapping[str, Any], context: object) -> None:
    """Publish the ages. Raises `SecretsUnread` when one is missing among them."""
    del event, context
    failures = []
    for arn in _secrets():
        try:
            secret = _dates(arn)
        except _Unread as error:
            failures.append(str(error))
        else:
            print(json.dumps(metric_line(secret, now=datetime.now(UTC))))
    if failures:
        raise SecretsUnread("; ".join(failures))


def _dates(arn: str) -> Dates:
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html"""
    try:
        found = aws_client("secretsmanager").describe_secret(SecretId=arn)
    except (ClientError, BotoCoreError) as error:
        raise _Unread(f"{arn} could not be read: {error}") from error
    if deleted := found.get("DeletedDate"):
        raise _Unread(
            f"{found['Name']} was deleted at {deleted:%Y-%m-%d %H:%M} UTC; while its recovery "
            "window lasts, secretsmanager:RestoreSecret brings it back"
        )
    return Dates(
        name=found["Name"], created=found["CreatedDate"], rotated=found.get("LastRotatedDate")
    )


def _secrets() -> Sequence[str]:
    text = os.environ.get("SECRETS", "")
    try:
        secrets = json.loads(text)
    except ValueError:
        secrets = None
    if not isinstance(secrets, list) or not all(isinstance(one, str) and one for one in secrets):
        raise InvalidSettings(
            f"the environment variable SECRETS must be a JSON list of secrets' names, got {text!r}"
        )
    return secrets
