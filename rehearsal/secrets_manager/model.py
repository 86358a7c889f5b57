"""The API's operations, for one account and Region."""

from __future__ import annotations

import secrets as random
import string
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from ..clock import Clock
from ..errors import ApiError
from .description import description, list_entry
from .passwords import random_password
from .rotation import Invoke, Publish, Rotations
from .secret import Secret
from .store import Store, names
from .values import Values, content, token_of

_RECOVERY_DAYS = range(7, 31)
_SUFFIX_LENGTH = 6

Method = Callable[[Mapping[str, Any]], dict[str, Any]]


class SecretsManager:
    """The secrets of one account and Region; an `Api` as `rehearsal.wire` has it.

    ``invoke`` runs a rotation function and waits for it; without one a rotation stays at its first
    step, and a test takes the steps itself. ``publish`` is told the events. Calls may come from
    several threads; `rotations` is an `Actor`, to be run by one.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        account: str,
        region: str,
        invoke: Invoke | None = None,
        publish: Publish | None = None,
    ) -> None:
        told: Publish = publish or (lambda _event: None)
        self._place = f"arn:aws:secretsmanager:{region}:{account}:secret"
        self._store = store = Store(clock=clock, publish=told)
        self._lock = threading.RLock()
        self.rotations = Rotations(
            clock=clock, secrets=store.secrets, lock=self._lock, invoke=invoke, publish=told
        )
        self._values = values = Values(store, self.rotations)
        self._operations: dict[str, Method] = {
            "BatchGetSecretValue": values.get_many,
            "CancelRotateSecret": self._cancel_rotate,
            "CreateSecret": self._create,
            "DeleteResourcePolicy": self._delete_policy,
            "DeleteSecret": self._delete,
            "DescribeSecret": lambda given: description(store.find(given["SecretId"])),
            "GetRandomPassword": lambda given: {"RandomPassword": random_password(given)},
            "GetResourcePolicy": self._get_policy,
            "GetSecretValue": values.get,
            "ListSecretVersionIds": values.list_versions,
            "ListSecrets": self._list,
            "PutResourcePolicy": self._put_policy,
            "PutSecretValue": values.put,
            "RestoreSecret": self._restore,
            "RotateSecret": self._rotate,
            "TagResource": self._tag,
            "UntagResource": self._untag,
            "UpdateSecret": values.update,
            "UpdateSecretVersionStage": values.move,
        }

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Answer, or raise `ApiError`."""
        method = self._operations.get(operation)
        if method is None:
            raise ApiError("InvalidRequestException", f"the model does not answer {operation}")
        with self._lock:
            self._store.purge()
            return method(parameters)

    def secret(self, id_: str) -> Secret:
        """A secret by name or ARN. Raises `ApiError`."""
        return self._store.find(id_)

    def _create(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html"""
        name, token, value = given["Name"], token_of(given), content(given)
        if (known := self._known(name)) is not None:
            return self._again(known, token, value)
        suffix = "".join(random.choice(string.ascii_letters) for _ in range(_SUFFIX_LENGTH))
        now = self._store.now()
        secret = Secret(
            name=name,
            arn=f"{self._place}:{name}-{suffix}",
            created=now,
            description=given.get("Description", ""),
            kms_key=given.get("KmsKeyId", ""),
            tags={one["Key"]: one["Value"] for one in given.get("Tags", [])},
        )
        self._store.secrets[secret.arn] = secret
        if not value:
            return names(secret)
        self._values.made(secret, secret.put(token, value, None, now=now))
        return {**names(secret), "VersionId": token}

    def _known(self, name: str) -> Secret | None:
        return next((one for one in self._store.secrets.values() if one.name == name), None)

    def _again(self, secret: Secret, token: str, value: Mapping[str, Any]) -> dict[str, Any]:
        """A creation of a secret that is there: ignored when it is the same request."""
        if secret.deleted is not None:
            raise ApiError(
                "InvalidRequestException",
                "You can't create this secret because a secret with this name is already "
                "scheduled for deletion.",
            )
        if token in secret.versions and secret.versions[token].content == value:
            return {**names(secret), "VersionId": token}
        raise ApiError(
            "ResourceExistsException",
            f"The operation failed because the secret {secret.name} already exists.",
        )

    def _list(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """In one page."""
        return {
            "SecretList": [
                list_entry(one)
                for one in self._store.named(given.get("Filters", []))
                if one.deleted is None or given.get("IncludePlannedDeletion")
            ]
        }

    def _rotate(self, given: Mapping[str, Any]) -> dict[str, Any]:
        secret = self._store.live(given)
        version = self.rotations.request(secret, given, token=token_of(given))
        return {**names(secret), "VersionId": version}

    def _cancel_rotate(self, given: Mapping[str, Any]) -> dict[str, Any]:
        secret = self._store.live(given)
        answer = names(secret)
        if secret.rotating:
            answer["VersionId"] = secret.rotating
        self.rotations.cancel(secret)
        return answer

    def _delete(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html"""
        if given.get("ForceDeleteWithoutRecovery"):
            return self._delete_at_once(given)
        secret = self._store.live(given)
        days = given.get("RecoveryWindowInDays", 30)
        if days not in _RECOVERY_DAYS:
            raise ApiError("InvalidParameterException", "RecoveryWindowInDays is 7 to 30")
        secret.deleted = self._store.now() + timedelta(days=days)
        self.rotations.forget(secret)
        return {**names(secret), "DeletionDate": secret.deleted}

    def _delete_at_once(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Whether it is there or not."""
        if "RecoveryWindowInDays" in given:
            raise ApiError(
                "InvalidParameterException",
                "You can't use ForceDeleteWithoutRecovery in conjunction with "
                "RecoveryWindowInDays.",
            )
        now = self._store.now()
        try:
            secret = self._store.find(given["SecretId"])
        except ApiError:
            return {"Name": given["SecretId"], "DeletionDate": now}
        del self._store.secrets[secret.arn]
        self.rotations.forget(secret)
        return {**names(secret), "DeletionDate": now}

    def _restore(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RestoreSecret.html"""
        secret = self._store.find(given["SecretId"])
        secret.deleted = None
        return names(secret)

    def _put_policy(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Kept, and not applied: who may do what is not asked here."""
        secret = self._store.live(given)
        secret.policy = given["ResourcePolicy"]
        return names(secret)

    def _get_policy(self, given: Mapping[str, Any]) -> dict[str, Any]:
        secret = self._store.live(given)
        answer = names(secret)
        return {**answer, "ResourcePolicy": secret.policy} if secret.policy else answer

    def _delete_policy(self, given: Mapping[str, Any]) -> dict[str, Any]:
        secret = self._store.live(given)
        secret.policy = ""
        return names(secret)

    def _tag(self, given: Mapping[str, Any]) -> dict[str, Any]:
        secret = self._store.live(given)
        secret.tags.update({one["Key"]: one["Value"] for one in given["Tags"]})
        secret.changed = self._store.now()
        return {}

    def _untag(self, given: Mapping[str, Any]) -> dict[str, Any]:
        secret = self._store.live(given)
        for key in given["TagKeys"]:
            secret.tags.pop(key, None)
        secret.changed = self._store.now()
        return {}
