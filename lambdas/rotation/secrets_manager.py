"""Secrets Manager through boto3, which Lambda's Python runtime brings along."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ..common.aws import aws_client
from .errors import Overtaken, StoreFailed
from .ports import CURRENT, PENDING, Value, VersionExists, Versions


class SecretsManagerStore:
    """`ports.SecretStore` with the credentials of the function's role.

    Needs secretsmanager:DescribeSecret, GetSecretValue, PutSecretValue and
    UpdateSecretVersionStage on the secret; to read AWSCURRENT only GetSecretValue.
    """

    def __init__(
        self, secret_arn: str, *, client: Any = None, conceal: Callable[[str], None]
    ) -> None:
        """``conceal`` is told every value that is read or written, before anything else."""
        self._arn = secret_arn
        self._client = client or aws_client("secretsmanager")
        self._conceal = conceal

    def versions(self) -> Versions:
        """See `ports.SecretStore.versions`."""
        found = self._call("DescribeSecret", self._client.describe_secret)
        return Versions(
            rotation_enabled=bool(found.get("RotationEnabled")),
            labels={
                version: frozenset(labels)
                for version, labels in found.get("VersionIdsToStages", {}).items()
                if labels
            },
        )

    def current(self) -> Value:
        """See `ports.SecretStore.current`."""
        return self._value(
            self._call("GetSecretValue", self._client.get_secret_value, VersionStage=CURRENT)
        )

    def value(self, version: str) -> Value | None:
        """See `ports.SecretStore.value`."""
        try:
            found = self._client.get_secret_value(SecretId=self._arn, VersionId=version)
        except ClientError as error:
            if _code(error) == "ResourceNotFoundException":
                return None
            raise self._failed("GetSecretValue", error) from None
        except BotoCoreError as error:
            raise self._failed("GetSecretValue", error) from None
        return self._value(found)

    def put(self, token: str, text: str) -> None:
        """See `ports.SecretStore.put`.

        https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
        """
        self._conceal(text)
        try:
            self._client.put_secret_value(
                SecretId=self._arn,
                ClientRequestToken=token,
                SecretString=text,
                VersionStages=[PENDING],
            )
        except ClientError as error:
            if _code(error) == "ResourceExistsException":
                raise VersionExists from None
            raise self._failed("PutSecretValue", error) from None
        except BotoCoreError as error:
            raise self._failed("PutSecretValue", error) from None

    def give_up(self, version: str) -> None:
        """See `ports.SecretStore.give_up`."""
        try:
            self._client.update_secret_version_stage(
                SecretId=self._arn, VersionStage=PENDING, RemoveFromVersionId=version
            )
        except ClientError as error:
            # The label is on another version by now, which is as well.
            if _code(error) != "InvalidParameterException":
                raise self._failed("UpdateSecretVersionStage", error) from None
        except BotoCoreError as error:
            raise self._failed("UpdateSecretVersionStage", error) from None

    def promote(self, version: str, *, over: str) -> None:
        """See `ports.SecretStore.promote`.

        https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
        """
        try:
            self._client.update_secret_version_stage(
                SecretId=self._arn,
                VersionStage=CURRENT,
                MoveToVersionId=version,
                RemoveFromVersionId=over,
            )
        except ClientError as error:
            if _code(error) == "InvalidParameterException":
                raise Overtaken(f"AWSCURRENT is not on {over} any more") from None
            raise self._failed("UpdateSecretVersionStage", error) from None
        except BotoCoreError as error:
            raise self._failed("UpdateSecretVersionStage", error) from None

    def _call(self, name: str, call: Callable[..., Any], **arguments: Any) -> Any:
        try:
            return call(SecretId=self._arn, **arguments)
        except (ClientError, BotoCoreError) as error:
            raise self._failed(name, error) from None

    def _value(self, found: Any) -> Value:
        text = found.get("SecretString", "")
        self._conceal(text)
        return Value(version=found["VersionId"], text=text, created=found["CreatedDate"])

    def _failed(self, call: str, error: ClientError | BotoCoreError) -> StoreFailed:
        why = _code(error) if isinstance(error, ClientError) else type(error).__name__
        return StoreFailed(f"{call} of {self._arn} failed: {why}")


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])
