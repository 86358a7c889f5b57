"""What can go wrong between the function and a provider: one type for each, never with a secret.

`kind` is the error's name in logs and in the metric of failures (docs/secrets.md lists them with
what to do).
"""

from __future__ import annotations

from ..rotation.errors import RotationError, StaleValue


class UnknownProvider(RotationError):
    """PROVIDER names no adapter."""


class InvalidSecret(RotationError):
    """A secret's value is not what the function can work with."""


class NoKey(RotationError):
    """The secret has no key yet."""


class KeyRejected(RotationError):
    """The provider does not accept the key."""


class KeyGone(StaleValue):
    """The provider has the pending key no more."""


class KeyUnlisted(RotationError):
    """The provider does not list the pending key yet, and it may still do so."""


class ProviderError(RotationError):
    """A call to the provider did not do what it should. The text names call and host."""


class ProviderRefused(ProviderError):
    """The provider does not accept the management credential, or not for this."""


class ProviderUnavailable(ProviderError):
    """The provider could not be reached, did not answer in time, or has a fault of its own."""


class ProviderThrottled(ProviderError):
    """The provider wants fewer requests, for longer than this invocation can wait."""


class ProviderMisbehaved(ProviderError):
    """The provider answered, and the answer cannot be understood."""


class NoRoom(ProviderError):
    """The provider gives no further key: there are as many as it allows."""


class TlsFailed(ProviderError):
    """The provider's server could not prove who it is. Nothing was sent to it."""
