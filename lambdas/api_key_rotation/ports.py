"""What a rotation of API keys needs from a provider. docs/secrets.md: "How to add a provider"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class NewKey:
    """A key just made. ``key`` is in no repr; providers tell it this once."""

    id: str
    key: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Key:
    """A key that the provider has. ``created`` by the provider's clock.

    ``expires``: when it ends by itself; None: never. ``active``: False for one that does not work
    before it is published.
    """

    id: str
    label: str
    created: datetime
    expires: datetime | None = None
    active: bool = True


class Provider(Protocol):
    """Makes and ends keys, with a management credential of its own.

    Every call may have been made before, by a run that was killed, and raises
    `errors.ProviderError` when it cannot be made. Network faults, 5xx and throttling are tried
    again within the call, as far as the invocation's time goes.
    """

    def create(self, *, label: str, token: str) -> NewKey:
        """Make a key with that label. ``token`` is the same for every try of one rotation: a
        provider that can gives the key of the first try again.
        """

    def list(self) -> Sequence[Key]:
        """All keys, or at least all that `create` has made, whatever they are used for."""

    def publish(self, key_id: str) -> None:
        """Make a key work that is not `Key.active`."""

    def verify(self, key: str) -> None:
        """Return when the provider accepts the key; raise `errors.KeyRejected` when not.

        Costs nothing and changes nothing at the provider.
        """

    def expire(self, key_id: str, at: datetime) -> bool:
        """Let the key end by itself at that time. False: this provider has no such thing."""

    def revoke(self, key_id: str) -> None:
        """End the key now. One that is not there is revoked already."""
