"""The ports in memory: RDS as it is documented to behave, and what people are told.

A modification that RDS has accepted is not seen for a while: at first the instance is still
`available` and takes another one, then it is `modifying` and takes none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from lambdas.public_databases.acts import Act
from lambdas.public_databases.databases import Answer, Cluster, Instance
from lambdas.public_databases.look import Done, look
from lambdas.public_databases.message import Message
from lambdas.public_databases.ports import CallFailed, Memory, World
from lambdas.public_databases.reverts import Revert

START = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)
BEGINS = timedelta(seconds=20)
ENDS = timedelta(seconds=100)
ARN = "arn:aws:rds:eu-central-1:123456789012:db:"


@dataclass
class Database:
    """An instance: whether it is public, and since when it is to be otherwise."""

    public: bool = False
    wanted: bool = False
    since: datetime | None = None

    def at(self, now: datetime) -> str:
        """Its status then; what was wanted is so when the modification has ended."""
        if self.since is not None and now >= self.since + ENDS:
            self.public, self.since = self.wanted, None
        modifying = self.since is not None and now >= self.since + BEGINS
        return "modifying" if modifying else "available"

    def modify(self, *, public: bool, now: datetime) -> bool:
        """As ModifyDBInstance; False when it is refused."""
        if self.at(now) != "available":
            return False
        if public != self.wanted:
            self.wanted, self.since = public, now
        return True


@dataclass
class Account:
    """Some databases, the records and the topic. `before_call` runs ahead of every call."""

    databases: dict[str, Database]
    clusters: Sequence[Cluster] = ()
    time: datetime = START
    acts: dict[str, Act] = field(default_factory=dict)
    reverts: dict[tuple[str, int], Revert] = field(default_factory=dict)
    told: list[Message] = field(default_factory=list)
    reverted: list[tuple[str, datetime]] = field(default_factory=list)
    fails: set[str] = field(default_factory=set)
    before_call: Callable[[str], None] = lambda _name: None

    def watch(self, before_call: Callable[[str], None]) -> None:
        """Run this ahead of every call from now on."""
        self.before_call = before_call

    def call(self, name: str) -> None:
        self.before_call(name)
        if name in self.fails:
            raise CallFailed(f"{name} failed")

    def look(self, told: tuple[frozenset[str], Act] | None = None) -> list[Done]:
        """What one look does."""
        return list(look(self.world(), told))

    def world(self) -> World:
        return World(
            databases=_Databases(self),
            records=_Records(self),
            topic=_Topic(self),
            now=lambda: self.time,
        )

    def public(self) -> set[str]:
        """Those that are public, or will be."""
        return {name for name, one in self.databases.items() if one.public or one.wanted}


class _Databases:
    def __init__(self, account: Account) -> None:
        self._account = account

    def instances(self) -> Sequence[Instance]:
        self._account.call("list instances")
        return [
            Instance(
                identifier=name,
                arn=f"{ARN}{name}",
                status=one.at(self._account.time),
                cluster="",
                public=one.public,
            )
            for name, one in self._account.databases.items()
        ]

    def clusters(self) -> Sequence[Cluster]:
        self._account.call("list clusters")
        return self._account.clusters

    def make_private(self, identifier: str) -> Answer:
        self._account.call("modify")
        one, now = self._account.databases[identifier], self._account.time
        turned = one.wanted
        if not one.modify(public=False, now=now):
            return Answer.NOT_NOW
        if turned:
            self._account.reverted.append((identifier, now))
        return Answer.ACCEPTED


class _Records:
    def __init__(self, account: Account) -> None:
        self._account = account

    def read(self) -> Memory:
        self._account.call("read")
        numbers = dict(sorted(self._account.reverts))
        return Memory(
            acts=dict(self._account.acts),
            reverts={name: self._account.reverts[name, last] for name, last in numbers.items()},
            numbers=numbers,
        )

    def remember(self, identifier: str, act: Act) -> None:
        self._account.call("remember")
        self._account.acts[identifier] = act

    def claim(self, identifier: str, revert: Revert, *, number: int) -> bool:
        self._account.call("claim")
        if (identifier, number) in self._account.reverts:
            return False
        self._account.reverts[identifier, number] = revert
        return True

    def close(self, identifier: str, revert: Revert, *, number: int) -> None:
        self._account.call("close")
        self._account.reverts[identifier, number] = replace(revert, told=True)
        self._account.reverts.pop((identifier, number - 2), None)


class _Topic:
    def __init__(self, account: Account) -> None:
        self._account = account

    def publish(self, message: Message) -> None:
        self._account.call("publish")
        self._account.told.append(message)
