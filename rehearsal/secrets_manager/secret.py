"""One secret: its versions, and on which of them each staging label is.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ..errors import ApiError
from .schedule import Window

CURRENT, PENDING, PREVIOUS = "AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"
KEPT_VERSIONS = 100
KEPT_FOR = timedelta(hours=24)
"""https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html"""
LABELS_AT_MOST = 20
"""On all versions together: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html"""

Content = Mapping[str, Any]
"""``SecretString`` or ``SecretBinary``."""


@dataclass
class Version:
    """A version; ``content`` is empty for one that rotation made and nobody has filled."""

    created: datetime
    content: Content = field(default_factory=dict)


@dataclass(eq=False, kw_only=True)
class Secret:
    """A secret with its versions (id -> version) and labels (label -> id of its version)."""

    name: str
    arn: str
    created: datetime
    description: str = ""
    kms_key: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    policy: str = ""
    versions: dict[str, Version] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    changed: datetime | None = None
    rotated: datetime | None = None
    window: Window | None = None
    deleted: datetime | None = None
    rotation_enabled: bool = False
    function: str = ""
    rules: dict[str, Any] = field(default_factory=dict)

    def labels_of(self, version: str) -> list[str]:
        """The version's labels."""
        return sorted(label for label, holder in self.labels.items() if holder == version)

    @property
    def rotating(self) -> str:
        """The version that a rotation has begun and not ended; empty: none."""
        pending = self.labels.get(PENDING, "")
        return "" if pending == self.labels.get(CURRENT) else pending

    def put(
        self, token: str, content: Content, labels: Sequence[str] | None, *, now: datetime
    ) -> list[str]:
        """PutSecretValue. Gives the labels that moved.

        The same value again for a version is ignored, labels and all; another one is refused.
        https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
        """
        found = self.versions.get(token)
        if found is not None and found.content:
            if found.content == content:
                return []
            raise ApiError(
                "ResourceExistsException",
                f"You can't use ClientRequestToken {token} because that value is already in use "
                "for a version of secret " + self.arn,
            )
        self._check_labels(labels or [])
        self._make_room(now, found is None)
        self.versions[token] = Version(created=now, content=dict(content))
        self.changed = now
        return self.attach(labels or [CURRENT], token)

    def attach(self, labels: Sequence[str], version: str) -> list[str]:
        """Put labels on a version, taking them off others. Gives those that moved.

        With AWSCURRENT, AWSPREVIOUS goes to where that was. The first version gets it anyhow.
        """
        wanted = list(labels)
        if CURRENT not in self.labels and CURRENT not in wanted:
            wanted.append(CURRENT)
        moved = [label for label in wanted if self.labels.get(label) != version]
        if CURRENT in moved:
            former = self.labels.get(CURRENT)
            if former is not None:
                self.labels[PREVIOUS] = former
        for label in moved:
            self.labels[label] = version
        return moved

    def move(self, label: str, *, to: str | None, away_from: str | None) -> list[str]:
        """UpdateSecretVersionStage. Gives the labels that moved to another version.

        A label that is on another version has to be taken from just that one. That AWSCURRENT can
        neither be taken off altogether nor put on an empty version is not documented.
        https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
        """
        for version in (to, away_from):
            if version is not None and version not in self.versions:
                raise ApiError(
                    "ResourceNotFoundException",
                    f"Secrets Manager can't find the specified secret version {version}.",
                )
        holder = self.labels.get(label)
        if away_from is not None and holder != away_from:
            raise _wrong_stage(label, away_from)
        if to is None:
            if away_from is None:
                raise ApiError("InvalidParameterException", "neither MoveTo nor RemoveFrom")
            if label == CURRENT:
                raise ApiError(
                    "InvalidParameterException", f"You can't remove {CURRENT} from a version."
                )
            del self.labels[label]
            return []
        if holder not in (None, to) and away_from is None:
            raise ApiError(
                "InvalidParameterException",
                f"The staging label {label} is attached to another version: "
                "RemoveFromVersionId must name it.",
            )
        if label == CURRENT and not self.versions[to].content:
            raise ApiError("InvalidRequestException", f"version {to} has no value")
        self._check_labels([label])
        return self.attach([label], to)

    def value(self, *, version: str | None, label: str | None) -> tuple[str, Version]:
        """GetSecretValue. A version and a label both given must name the same version."""
        if version is None:
            found = self.labels.get(label or CURRENT)
            missing = f"staging label: {label or CURRENT}"
        else:
            found = version if label is None or self.labels.get(label) == version else None
            missing = f"VersionId: {version}"
        if found is None or found not in self.versions or not self.versions[found].content:
            raise ApiError(
                "ResourceNotFoundException",
                f"Secrets Manager can't find the specified secret value for {missing}",
            )
        return found, self.versions[found]

    def begin_rotation(self, token: str, *, now: datetime, content: Content | None = None) -> None:
        """An AWSPENDING version is there, empty unless ``content`` is given."""
        self.versions.setdefault(token, Version(created=now, content=dict(content or {})))
        self.labels[PENDING] = token

    def end_trial(self, version: str) -> None:
        """Remove the version of a tried rotation, unless the function put a label on it."""
        if self.labels.get(PENDING) == version:
            del self.labels[PENDING]
        if not self.labels_of(version):
            self.versions.pop(version, None)

    def _check_labels(self, labels: Sequence[str]) -> None:
        if len({*self.labels, *labels}) > LABELS_AT_MOST:
            raise ApiError(
                "LimitExceededException",
                f"A secret's versions have at most {LABELS_AT_MOST} staging labels.",
            )

    def _make_room(self, now: datetime, new: bool) -> None:
        """Versions without labels go when there are too many, but none of the last 24 hours."""
        for version in [one for one in self.versions if not self.labels_of(one)]:
            if len(self.versions) < KEPT_VERSIONS:
                return
            if now - self.versions[version].created >= KEPT_FOR:
                del self.versions[version]
        if new and len(self.versions) >= KEPT_VERSIONS:
            raise ApiError(
                "LimitExceededException",
                f"{self.name} has {len(self.versions)} versions. Those of the last 24 hours are "
                "not removed: put fewer, or let time pass.",
            )


def _wrong_stage(label: str, version: str) -> ApiError:
    return ApiError(
        "InvalidParameterException",
        f"The parameter RemoveFromVersionId can't be {version}. Staging label {label} is "
        "currently not attached to that version.",
    )
