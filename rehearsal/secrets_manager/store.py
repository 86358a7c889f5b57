"""The secrets of one account and Region, and what every operation needs of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ..clock import Clock
from ..errors import ApiError
from .events import label_updated
from .rotation import Publish
from .secret import Secret


class Store:
    """Secrets by their ARN, what time it is, and who is told."""

    def __init__(self, *, clock: Clock, publish: Publish) -> None:
        self.secrets: dict[str, Secret] = {}
        self._clock = clock
        self._publish = publish

    def now(self) -> datetime:
        """The moment."""
        return self._clock.now()

    def find(self, id_: str) -> Secret:
        """A secret by name or ARN. Raises `ApiError`."""
        for one in self.secrets.values():
            if id_ in (one.name, one.arn):
                return one
        raise ApiError(
            "ResourceNotFoundException", "Secrets Manager can't find the specified secret."
        )

    def live(self, given: Mapping[str, Any]) -> Secret:
        """The secret that parameters name. Raises `ApiError`, also when it is to be deleted."""
        found = self.find(given["SecretId"])
        if found.deleted is not None:
            raise ApiError(
                "InvalidRequestException",
                "You can't perform this operation on the secret because it was marked for "
                "deletion.",
            )
        return found

    def named(self, filters: Sequence[Mapping[str, Any]]) -> list[Secret]:
        """By the beginning of the name, the only filter that the model has."""
        for one in filters:
            if one["Key"] != "name":
                raise ApiError(
                    "InvalidParameterException", f"the model has no filter {one['Key']}, only name"
                )
        found = sorted(self.secrets.values(), key=lambda one: one.name)
        return [
            secret
            for secret in found
            if all(any(secret.name.startswith(each) for each in one["Values"]) for one in filters)
        ]

    def purge(self) -> None:
        """At the end of the recovery window a secret is deleted for good."""
        for one in list(self.secrets.values()):
            if one.deleted is not None and one.deleted <= self.now():
                del self.secrets[one.arn]

    def tell(self, secret: Secret, moved: Sequence[str]) -> None:
        """Labels that moved are published."""
        for label in moved:
            if event := label_updated(secret, label, self.now()):
                self._publish(event)


def names(secret: Secret) -> dict[str, Any]:
    """What every answer begins with."""
    return {"ARN": secret.arn, "Name": secret.name}
