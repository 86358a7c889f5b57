"""The operations on versions: their values and their labels."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import ApiError
from .rotation import Rotations
from .secret import CURRENT, Secret
from .store import Store, names

_TOKEN = range(32, 65)
_BATCH = 20


class Values:
    """Each method is an operation: parameters as boto3 takes them, and the answer."""

    def __init__(self, store: Store, rotations: Rotations) -> None:
        self._store = store
        self._rotations = rotations

    def get(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html"""
        secret = self._store.live(given)
        version, found = secret.value(
            version=given.get("VersionId"), label=given.get("VersionStage")
        )
        return {
            **names(secret),
            "VersionId": version,
            "VersionStages": secret.labels_of(version),
            "CreatedDate": found.created,
            **found.content,
        }

    def get_many(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What cannot be had is named among the errors, and the rest is answered.

        https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html
        """
        listed, filters = given.get("SecretIdList", []), given.get("Filters", [])
        if bool(listed) == bool(filters) or len(listed) > _BATCH:
            raise ApiError(
                "InvalidParameterException",
                f"give either SecretIdList, of at most {_BATCH}, or Filters",
            )
        values: list[dict[str, Any]] = []
        errors: list[dict[str, Any]] = []
        for one in listed or [secret.arn for secret in self._store.named(filters)]:
            try:
                values.append(self.get({"SecretId": one}))
            except ApiError as error:
                errors.append({"SecretId": one, "ErrorCode": error.code, "Message": error.message})
        return {"SecretValues": values, "Errors": errors}

    def put(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """See `Secret.put`."""
        secret = self._store.live(given)
        found = content(given)
        if not found:
            raise ApiError(
                "InvalidRequestException", "You must provide either SecretString or SecretBinary."
            )
        token = token_of(given)
        now = self._store.now()
        self.made(secret, secret.put(token, found, given.get("VersionStages"), now=now))
        return {
            **names(secret),
            "VersionId": token,
            "VersionStages": secret.labels_of(token),
        }

    def update(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """With a value: a new version that is AWSCURRENT; a token that is in use is refused.

        https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecret.html
        """
        secret = self._store.live(given)
        found = content(given)
        answer = names(secret)
        if found:
            token = token_of(given)
            if token in secret.versions:
                raise ApiError("ResourceExistsException", f"version {token} is there already")
            self.made(secret, secret.put(token, found, None, now=self._store.now()))
            answer["VersionId"] = token
        secret.description = given.get("Description", secret.description)
        secret.kms_key = given.get("KmsKeyId", secret.kms_key)
        secret.changed = self._store.now()
        return answer

    def move(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """See `Secret.move`."""
        secret = self._store.live(given)
        moved = secret.move(
            given["VersionStage"],
            to=given.get("MoveToVersionId"),
            away_from=given.get("RemoveFromVersionId"),
        )
        secret.changed = self._store.now()
        self._store.tell(secret, moved)
        return names(secret)

    def list_versions(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Only versions with a value; those without labels only when asked for.

        https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecretVersionIds.html
        """
        secret = self._store.live(given)
        return {
            **names(secret),
            "Versions": [
                {
                    "VersionId": version,
                    "VersionStages": secret.labels_of(version),
                    "CreatedDate": one.created,
                }
                for version, one in secret.versions.items()
                if one.content
                if secret.labels_of(version) or given.get("IncludeDeprecated")
            ],
        }

    def made(self, secret: Secret, moved: Sequence[str]) -> None:
        """A version was put, with these labels."""
        if CURRENT in moved:
            self._rotations.put_by_hand(secret)
        self._store.tell(secret, moved)


def content(given: Mapping[str, Any]) -> dict[str, Any]:
    """The value that is given, if any; two are refused."""
    found = {key: given[key] for key in ("SecretString", "SecretBinary") if key in given}
    if len(found) > 1:
        raise ApiError("InvalidParameterException", "give SecretString or SecretBinary, not both")
    return found


def token_of(given: Mapping[str, Any]) -> str:
    """boto3 makes one when none is given."""
    token = str(given.get("ClientRequestToken") or uuid.uuid4())
    if len(token) not in _TOKEN:
        raise ApiError(
            "InvalidParameterException", "ClientRequestToken must be 32-64 characters long."
        )
    return token
