"""The API's operations, for one account and Region."""

from __future__ import annotations

import secrets as random
import string
import threading
import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from ..clock import Clock
from ..errors import ApiError
from .events import label_updated
from .rotation import Invoke, Publish, Rotations
from .secret import CURRENT, Secret

_TOKEN = range(32, 65)
_RECOVERY_DAYS = range(7, 31)
_SUFFIX_LENGTH = 6

Method = Callable[[Mapping[str, Any]], dict[str, Any]]


class SecretsManager:
    """The secrets of one account and Region; an `Api` as `rehearsal.wire` has it.

    ``invoke`` runs a rotation function and waits for it; without one a rotation stays at its first
    step, and a test takes the steps itself. ``publish`` is told the events. Calls may come from
    several threads.
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
        self._clock = clock
        self._account = account
        self._region = region
        self._publish: Publish = publish or (lambda _event: None)
        self._secrets: dict[str, Secret] = {}
        self._lock = threading.RLock()
        self.rotations = Rotations(
            clock=clock,
            secrets=self._secrets,
            lock=self._lock,
            invoke=invoke,
            publish=self._publish,
        )
        self._operations: dict[str, Method] = {
            "CancelRotateSecret": self._cancel_rotate,
            "CreateSecret": self._create,
            "DeleteResourcePolicy": self._delete_policy,
            "DeleteSecret": self._delete,
            "DescribeSecret": self._describe_operation,
            "GetRandomPassword": self._random_password,
            "GetResourcePolicy": self._get_policy,
            "GetSecretValue": self._get_value,
            "ListSecretVersionIds": self._list_versions,
            "ListSecrets": self._list,
            "PutResourcePolicy": self._put_policy,
            "PutSecretValue": self._put_value,
            "RestoreSecret": self._restore,
            "RotateSecret": self._rotate,
            "TagResource": self._tag,
            "UntagResource": self._untag,
            "UpdateSecret": self._update,
            "UpdateSecretVersionStage": self._move,
        }

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Answer, or raise `ApiError`."""
        method = self._operations.get(operation)
        if method is None:
            raise ApiError("InvalidRequestException", f"the model does not answer {operation}")
        with self._lock:
            return method(parameters)

    def secret(self, id_: str) -> Secret:
        """A secret by name or ARN. Raises `ApiError`."""
        for one in self._secrets.values():
            if id_ in (one.name, one.arn):
                return one
        raise ApiError(
            "ResourceNotFoundException", "Secrets Manager can't find the specified secret."
        )

    def _live(self, given: Mapping[str, Any]) -> Secret:
        found = self.secret(given["SecretId"])
        if found.deleted is not None:
            raise ApiError(
                "InvalidRequestException",
                "You can't perform this operation on the secret because it was marked for "
                "deletion.",
            )
        return found

    def _create(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html"""
        name = given["Name"]
        content = _content(given)
        token = _token(given)
        for one in self._secrets.values():
            if one.name == name:
                if token in one.versions and one.versions[token].content == content:
                    return {"ARN": one.arn, "Name": name, "VersionId": token}
                raise ApiError(
                    "ResourceExistsException",
                    f"The operation failed because the secret {name} already exists.",
                )
        suffix = "".join(random.choice(string.ascii_letters) for _ in range(_SUFFIX_LENGTH))
        arn = f"arn:aws:secretsmanager:{self._region}:{self._account}:secret:{name}-{suffix}"
        secret = Secret(
            name=name,
            arn=arn,
            created=self._clock.now(),
            description=given.get("Description", ""),
            kms_key=given.get("KmsKeyId", ""),
            tags={one["Key"]: one["Value"] for one in given.get("Tags", [])},
        )
        self._secrets[arn] = secret
        if not content:
            return {"ARN": arn, "Name": name}
        self._made(secret, secret.put(token, content, None, now=self._clock.now()))
        return {"ARN": arn, "Name": name, "VersionId": token}

    def _get_value(self, given: Mapping[str, Any]) -> dict[str, Any]:
        secret = self._live(given)
        version, found = secret.value(
            version=given.get("VersionId"), label=given.get("VersionStage")
        )
        return {
            "ARN": secret.arn,
            "Name": secret.name,
            "VersionId": version,
            "VersionStages": secret.labels_of(version),
            "CreatedDate": found.created,
            **found.content,
        }

    def _put_value(self, given: Mapping[str, Any]) -> dict[str, Any]:
        secret = self._live(given)
        content = _content(given)
        if not content:
            raise ApiError(
                "InvalidRequestException", "You must provide either SecretString or SecretBinary."
            )
        token = _token(given)
        moved = secret.put(token, content, given.get("VersionStages"), now=self._clock.now())
        self._made(secret, moved)
        return {
            "ARN": secret.arn,
            "Name": secret.name,
            "VersionId": token,
            "VersionStages": secret.labels_of(token),
        }

    def _update(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """With a value: a new version that is AWSCURRENT; a token that is in use is refused."""
        secret = self._live(given)
        content = _content(given)
        answer = {"ARN": secret.arn, "Name": secret.name}
        if content:
            token = _token(given)
            if token in secret.versions:
                raise ApiError("ResourceExistsException", f"version {token} is there already")
            self._made(secret, secret.put(token, content, None, now=self._clock.now()))
            answer["VersionId"] = token
        secret.description = given.get("Description", secret.description)
        secret.kms_key = given.get("KmsKeyId", secret.kms_key)
        secret.changed = self._clock.now()
        return answer

    def _move(self, given: Mapping[str, Any]) -> dict[str, Any]:
        secret = self._live(given)
        moved = secret.move(
            given["VersionStage"],
            to=given.get("MoveToVersionId"),
            away_from=given.get("RemoveFromVersionId"),
        )
        secret.changed = self._clock.now()
        self._tell(secret, moved)
        return {"ARN": secret.arn, "Name": secret.name}

    def _describe_operation(self, given: Mapping[str, Any]) -> dict[str, Any]:
        return _description(self.secret(given["SecretId"]))

    def _list(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Filters by the beginning of the name only, in one page."""
        prefixes = [
            value
            for one in given.get("Filters", [])
            if one["Key"] == "name"
            for value in one["Values"]
        ]
        found = [
            _description(one)
            for one in sorted(self._secrets.values(), key=lambda one: one.name)
            if one.deleted is None or given.get("IncludePlannedDeletion")
            if not prefixes or any(one.name.startswith(prefix) for prefix in prefixes)
        ]
        for one in found:
            one["SecretVersionsToStages"] = one.pop("VersionIdsToStages")
        return {"SecretList": found}

    def _list_versions(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Only versions with a value; those without labels only when asked for."""
        secret = self._live(given)
        return {
            "ARN": secret.arn,
            "Name": secret.name,
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

    def _rotate(self, given: Mapping[str, Any]) -> dict[str, Any]:
        secret = self._live(given)
        version = self.rotations.request(secret, given, token=_token(given))
        return {"ARN": secret.arn, "Name": secret.name, "VersionId": version}

    def _cancel_rotate(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Labels stay where they are, as the page of CancelRotateSecret warns."""
        secret = self._live(given)
        answer = {"ARN": secret.arn, "Name": secret.name}
        if secret.rotating:
            answer["VersionId"] = secret.rotating
        secret.rotation_enabled = False
        secret.next_rotation = None
        return answer

    def _delete(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html"""
        secret = self.secret(given["SecretId"])
        days = given.get("RecoveryWindowInDays", 30)
        if given.get("ForceDeleteWithoutRecovery"):
            del self._secrets[secret.arn]
            return {"ARN": secret.arn, "Name": secret.name, "DeletionDate": self._clock.now()}
        if days not in _RECOVERY_DAYS:
            raise ApiError("InvalidParameterException", "RecoveryWindowInDays is 7 to 30")
        secret.deleted = self._clock.now() + timedelta(days=days)
        return {"ARN": secret.arn, "Name": secret.name, "DeletionDate": secret.deleted}

    def _restore(self, given: Mapping[str, Any]) -> dict[str, Any]:
        secret = self.secret(given["SecretId"])
        secret.deleted = None
        return {"ARN": secret.arn, "Name": secret.name}

    def _put_policy(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Kept, and not applied: who may do what is not asked here."""
        secret = self._live(given)
        secret.policy = given["ResourcePolicy"]
        return {"ARN": secret.arn, "Name": secret.name}

    def _get_policy(self, given: Mapping[str, Any]) -> dict[str, Any]:
        secret = self._live(given)
        answer = {"ARN": secret.arn, "Name": secret.name}
        return {**answer, "ResourcePolicy": secret.policy} if secret.policy else answer

    def _delete_policy(self, given: Mapping[str, Any]) -> dict[str, Any]:
        secret = self._live(given)
        secret.policy = ""
        return {"ARN": secret.arn, "Name": secret.name}

    def _tag(self, given: Mapping[str, Any]) -> dict[str, Any]:
        secret = self._live(given)
        secret.tags.update({one["Key"]: one["Value"] for one in given["Tags"]})
        secret.changed = self._clock.now()
        return {}

    def _untag(self, given: Mapping[str, Any]) -> dict[str, Any]:
        secret = self._live(given)
        for key in given["TagKeys"]:
            secret.tags.pop(key, None)
        secret.changed = self._clock.now()
        return {}

    def _random_password(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Letters and digits, and punctuation unless it is excluded."""
        alphabet = string.ascii_letters + string.digits
        if not given.get("ExcludePunctuation"):
            alphabet += string.punctuation
        excluded = given.get("ExcludeCharacters", "")
        usable = [one for one in alphabet if one not in excluded]
        length = given.get("PasswordLength", 32)
        return {"RandomPassword": "".join(random.choice(usable) for _ in range(length))}

    def _made(self, secret: Secret, moved: list[str]) -> None:
        """A version was made. As AWSCURRENT it overtakes a rotation."""
        if CURRENT in moved:
            self.rotations.overtaken(secret)
        self._tell(secret, moved)

    def _tell(self, secret: Secret, moved: list[str]) -> None:
        for label in moved:
            if event := label_updated(secret, label, self._clock.now()):
                self._publish(event)


def _content(given: Mapping[str, Any]) -> dict[str, Any]:
    return {key: given[key] for key in ("SecretString", "SecretBinary") if key in given}


def _token(given: Mapping[str, Any]) -> str:
    """boto3 makes one when none is given."""
    token = str(given.get("ClientRequestToken") or uuid.uuid4())
    if len(token) not in _TOKEN:
        raise ApiError(
            "InvalidParameterException", "ClientRequestToken must be 32-64 characters long."
        )
    return token


def _description(secret: Secret) -> dict[str, Any]:
    """Every version with a label is in it, one without a value too; only fields with a value are.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html
    """
    holders = sorted(set(secret.labels.values()))
    found = {
        "ARN": secret.arn,
        "Name": secret.name,
        "Description": secret.description,
        "KmsKeyId": secret.kms_key,
        "RotationEnabled": secret.rotation_enabled,
        "RotationLambdaARN": secret.function,
        "RotationRules": dict(secret.rules),
        "LastRotatedDate": secret.rotated,
        "LastChangedDate": secret.changed,
        "NextRotationDate": secret.next_rotation,
        "DeletedDate": secret.deleted,
        "CreatedDate": secret.created,
        "Tags": [{"Key": key, "Value": value} for key, value in secret.tags.items()],
        "VersionIdsToStages": {version: secret.labels_of(version) for version in holders},
    }
    return {key: value for key, value in found.items() if value not in (None, "", {}, False)}
