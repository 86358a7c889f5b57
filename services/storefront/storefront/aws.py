"""AWS clients with bounded waits, and their errors in words that hold no secret.

boto3 is a third of the time the service takes to start, and is imported only when something is
read from AWS.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_ssm import SSMClient

ERRORS = (BotoCoreError, ClientError)

CONNECT_SECONDS = 1
READ_SECONDS = 3
ATTEMPTS = 3


def reason(error: Exception) -> str:
    """The error code of AWS (such as AccessDeniedException), else the class of the error."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "ClientError"))
    return type(error).__name__


@lru_cache
def secrets_manager(region: str) -> "SecretsManagerClient":
    """A Secrets Manager client; safe to share between threads."""
    return cast("SecretsManagerClient", _client("secretsmanager", region))


@lru_cache
def ssm(region: str) -> "SSMClient":
    """A Systems Manager client; safe to share between threads."""
    return cast("SSMClient", _client("ssm", region))


def ecs(region: str) -> Any:
    """An ECS client."""
    return _client("ecs", region)


def _client(service: str, region: str) -> Any:
    import boto3  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415

    # A session of its own: the default one of boto3 is not safe to share between threads.
    make: Any = boto3.session.Session(region_name=region).client
    return make(
        service,
        config=Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        ),
    )
