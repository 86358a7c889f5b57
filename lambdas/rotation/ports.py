"""What a rotation needs: the secret's versions, and what the secret opens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from .events import Step

CURRENT = "AWSCURRENT"
PENDING = "AWSPENDING"


@dataclass(frozen=True, kw_only=True)
class Versions:
    """A secret's versions (id -> labels), and whether its rotation is switched on."""

    rotation_enabled: bool
    labels: Mapping[str, frozenset[str]]

    def holder(self, label: str) -> str:
        """The version that has the label; empty: none."""
        return next((version for version, has in self.labels.items() if label in has), "")


@dataclass(frozen=True, kw_only=True)
class Value:
    """A version's value and when it was made. ``text`` is in no repr."""

    version: str
    text: str = field(repr=False)
    created: datetime


class VersionExists(Exception):
    """The version has a value already, and another one."""


class SecretStore(Protocol):
    """One secret. Every call raises `errors.StoreFailed` when it cannot be made."""

    def versions(self) -> Versions:
        """All versions that have labels."""

    def current(self) -> Value:
        """The value of AWSCURRENT."""

    def value(self, version: str) -> Value | None:
        """The value of a version; None when the version has none."""

    def put(self, token: str, text: str) -> None:
        """Give the version its value and AWSPENDING. Raises `VersionExists`."""

    def give_up(self, version: str) -> None:
        """Take AWSPENDING off the version, if it is there."""

    def promote(self, version: str, *, over: str) -> None:
        """Move AWSCURRENT to ``version`` from ``over``, or raise `errors.Overtaken`."""


class Credential(Protocol):
    """What the secret opens: a database's login, a provider's key."""

    @property
    def placed_in(self) -> Step:
        """The step from which on the new value works: `Step.SET`, when it works beside the current
        one. `Step.FINISH`: it displaces the current one, and the time in which AWSCURRENT does not
        work is made as short as can be.
        """

    def blank(self, value: Value) -> bool:
        """Whether the value opens nothing yet, as in a secret that was just made."""

    def make(self, current: Value, token: str) -> str:
        """A new value, to follow the current one. May be called again for the same token."""

    def place(self, current: Value, pending: Value, confirm: Callable[[], None]) -> None:
        """Make the pending value work. Nothing is changed once ``confirm`` has raised.

        Raises `errors.StaleValue` when the value cannot follow the current one at all.

        ``confirm`` is called as late as possible, under the lock under which this is done: what
        it has seen stays true until `place` is through.
        """

    def works(self, value: Value) -> bool:
        """Whether the value opens what it should. Raises when that cannot be told."""

    def prove(self, value: Value) -> None:
        """Raise why the value does not open what it should; return when it does."""

    def retire(self, current: Value, token: str) -> None:
        """The version ``token`` is current now; end what nobody may use any more."""
