"""A secret that ECS injects: since when its AWSCURRENT version is that. Pure: no I/O, no clock."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

CURRENT, PENDING, PREVIOUS = "AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"
# Reads of Secrets Manager may lag behind a change for seconds; tasks that began so shortly after
# one are counted among those from before it.
MARGIN = timedelta(minutes=1)
_FINGERPRINT_DIGITS = 8


class NoCurrentVersion(Exception):
    """The secret has no AWSCURRENT version, so no task can start with it."""


@dataclass(frozen=True, kw_only=True)
class Injected:
    """A secret. Its version `current` became AWSCURRENT after `after`, by `since` at the latest.

    `rotating`: AWSPENDING is on another version, so a rotation is under way or was left.
    """

    arn: str
    name: str
    current: str
    after: datetime
    since: datetime
    rotating: bool

    @property
    def fingerprint(self) -> str:
        """Names this version of this secret in few characters that are no part of either's id."""
        text = f"{self.arn} {self.current}"
        return hashlib.sha256(text.encode()).hexdigest()[:_FINGERPRINT_DIGITS]

    def is_newer_than(self, started: datetime) -> bool:
        """Whether a task that started after `started` may hold another version."""
        return started < self.since + MARGIN


def injected(description: Mapping[str, Any], versions: Iterable[Mapping[str, Any]]) -> Injected:
    """Read DescribeSecret's answer and ListSecretVersionIds' versions. Raises `NoCurrentVersion`.

    No API says when a label moved. A version's CreatedDate is when it was made: before it became
    current, and a task may have started in between. LastRotatedDate is when a rotation had ended,
    after it (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html).
    LastChangedDate changes for a tag and for every rotation that fails as well, so it is believed
    only when a person has moved the label back to an older version, of which AWSPREVIOUS is the
    younger then: no other date tells of that.
    """
    made = {
        label: (version["VersionId"], version["CreatedDate"])
        for version in versions
        for label in version.get("VersionStages", ())
    }
    if CURRENT not in made:
        raise NoCurrentVersion(f"the secret {description['Name']} has no AWSCURRENT version")
    current, after = made[CURRENT]
    since = max(after, description.get("LastRotatedDate") or after)
    _, previous = made.get(PREVIOUS, ("", after))
    if previous > after:
        after = previous
        since = max(after, description.get("LastChangedDate") or after)
    holders = {
        label: version
        for version, labels in description.get("VersionIdsToStages", {}).items()
        for label in labels
    }
    return Injected(
        arn=description["ARN"],
        name=description["Name"],
        current=current,
        after=after,
        since=since,
        rotating=holders.get(PENDING, current) != current,
    )
