"""What can go wrong in a rotation apart from what the secret is for; never with a secret's value.

`kind` is the error's name in logs and in the metric of failures (docs/secrets.md lists them all).
"""

from __future__ import annotations


class RotationError(Exception):
    """A step cannot be taken. Nothing was changed, or the next run completes it."""

    @property
    def kind(self) -> str:
        """The error's name, such as ``NotPending``."""
        return type(self).__name__


class InvalidEvent(RotationError):
    """The event is not one of a rotation of this function's secret."""


class InvalidSettings(RotationError):
    """The function's own environment is wrong."""


class RotationDisabled(RotationError):
    """Rotation of the secret is switched off, or was cancelled."""


class UnknownVersion(RotationError):
    """The secret has no version with the event's token."""


class NotPending(RotationError):
    """The version of the event's token is not, or no longer, the one that is AWSPENDING."""


class StaleValue(RotationError):
    """The pending value cannot follow the current one any more, whatever is tried. It is given up:
    AWSPENDING is taken off it, so that the next rotation makes another one.
    """


class TooYoung(RotationError):
    """The current value is younger than the function was told to leave it alone."""


class Overtaken(RotationError):
    """Another version became AWSCURRENT meanwhile."""


class StoreFailed(RotationError):
    """Secrets Manager refused a call or could not be reached; the text has its code."""
