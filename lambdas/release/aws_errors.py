"""Tells a refusal, which would only be repeated, from a fault that may pass."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from .ports import AwsError, Refused

AWS_ERRORS = (BotoCoreError, ClientError)


def code_of(error: BotoCoreError | ClientError) -> str:
    """Return AWS's name of the error; empty for a fault on the way to AWS."""
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else ""


def aws_error(call: str, on: str, error: BotoCoreError | ClientError) -> AwsError:
    """Return the `Refused` or other `AwsError` for a call that failed.

    Only what names something that is wrong or not there is final. A missing permission is not:
    IAM's changes take a while to be seen everywhere
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html).
    """
    code = code_of(error)
    final = code.endswith("Exception") and (
        (code.startswith("Invalid") and code != "InvalidSignatureException")
        or code.endswith(("DoesNotExistException", "RequiredException", "TooLongException"))
    )
    kind = Refused if final else AwsError
    return kind(f"{call} {on} failed: {error}")
