"""Turns what AWS and boto3 report into a sentence that says what to do."""

from __future__ import annotations

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    LoginError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
_UNKNOWN_IDENTITY = {"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch"}
_THROTTLED = {"Throttling", "ThrottlingException", "TooManyRequestsException", "SlowDown"}

_NO_IDENTITY = (
    LoginError,
    NoCredentialsError,
    PartialCredentialsError,
    CredentialRetrievalError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

AwsError = (ClientError, BotoCoreError)


def explain(error: ClientError | BotoCoreError, *, doing: str, action: str, on: str) -> str:
    """Return what went wrong while `doing`, and what to do.

    `action` and `on` are the IAM action and the resource that a refused caller needs.
    """
    if isinstance(error, ClientError):
        code = error.response.get("Error", {}).get("Code", "unknown")
        message = error.response.get("Error", {}).get("Message", "no message")
        return f"{doing}: {_advice(code, action=action, on=on)}{code}: {message}"
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return f"{doing}: there are no AWS credentials; sign in (aws sso login) or set AWS_PROFILE"
    if isinstance(error, ProfileNotFound):
        return f"{doing}: {error}; `aws configure list-profiles` shows those there are"
    if isinstance(error, TokenRetrievalError | SSOError | LoginError):
        return f"{doing}: the sign-in has expired; sign in again, e.g. aws sso login ({error})"
    return f"{doing}: AWS did not answer: {error}"


def is_sign_in(error: Exception) -> bool:
    """Whether the caller has no valid credentials, and must sign in before anything else."""
    if isinstance(error, ClientError):
        return error.response.get("Error", {}).get("Code") in _EXPIRED | _UNKNOWN_IDENTITY
    return isinstance(error, _NO_IDENTITY)


def _advice(code: str, *, action: str, on: str) -> str:
    if code in _DENIED:
        return (
            f"access denied; the caller needs {action} on {on} (in its policies, and in the "
            "trust policy where a role is assumed). "
        )
    if code in _EXPIRED:
        return "the AWS credentials have expired; sign in again and repeat. "
    if code in _UNKNOWN_IDENTITY:
        return "AWS does not know these credentials; sign in again and repeat. "
    if code in _THROTTLED:
        return "throttled, nothing was run; wait a minute and repeat. "
    return ""
