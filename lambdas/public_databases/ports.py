"""What looking after public databases needs of the world."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from .acts import Act
from .databases import Answer, Cluster, Instance
from .message import Message
from .reverts import Revert


class CallFailed(Exception):
    """A call to AWS failed; the message says which, on what, and why."""


@dataclass(frozen=True, kw_only=True)
class Memory:
    """What was remembered, by the databases' identifiers.

    `numbers`: of each database's last record of a revert; they count from 1. `unreadable` says of
    each record that is none where it is, and what to do. Not `known`: it could not be read.
    """

    acts: Mapping[str, Act] = field(default_factory=dict)
    reverts: Mapping[str, Revert] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)
    unreadable: Sequence[str] = ()
    known: bool = True


class Databases(Protocol):
    """The account's databases in this Region. Every method raises `CallFailed`."""

    def instances(self) -> Sequence[Instance]:
        """All DB instances."""

    def clusters(self) -> Sequence[Cluster]:
        """All DB clusters."""

    def make_private(self, identifier: str) -> Answer:
        """Turn the instance back, and change nothing else of it."""


class Records(Protocol):
    """The memory's storage. Every method raises `CallFailed`."""

    def read(self) -> Memory:
        """All that was remembered."""

    def remember(self, identifier: str, act: Act) -> None:
        """Write the act, over an earlier one."""

    def claim(self, identifier: str, revert: Revert, *, number: int) -> bool:
        """Write the record of that number; False, writing nothing, when there is one. Atomic."""

    def close(self, identifier: str, revert: Revert, *, number: int) -> None:
        """Write that the revert was told over the record that was claimed."""


class Topic(Protocol):
    """Where people are told."""

    def publish(self, message: Message) -> None:
        """Tell them. Raises `CallFailed`."""


@dataclass(frozen=True, kw_only=True)
class World:
    """All ports. `now` answers the time in UTC, aware."""

    databases: Databases
    records: Records
    topic: Topic
    now: Callable[[], datetime]
