"""What a provider knows: its keys, who may manage them, and what it is slow or unable to do."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(kw_only=True)
class Record:
    """A key. ``unknown_for``: so many more times it is not known where it is asked for."""

    id: str
    label: str
    key: str = field(repr=False)
    created: datetime
    once: str = ""
    active: bool = True
    expires: datetime | None = None
    revoked: bool = False
    unlisted_for: int = 0
    unknown_for: int = 0


class Full(Exception):
    """There are as many keys as may be."""


@dataclass(eq=False, kw_only=True)
class Keys:
    """All keys of a provider's customer. Calls may come from several threads.

    ``replays``: the same ``once`` gets the same key; ``can_expire``; ``activates``: keys work only
    once they are activated; ``slow``: a new key is not known the first times it is asked for.
    """

    now: Callable[[], datetime]
    credential: str
    replays: bool = False
    can_expire: bool = True
    activates: bool = False
    slow: int = 0
    room: int = 1000
    records: list[Record] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def make(self, label: str, *, once: str = "") -> Record:
        """A further key. Raises `Full`."""
        with self._lock:
            for one in self.alive():
                if self.replays and once and one.once == once:
                    return one
            if len(self.alive()) >= self.room:
                raise Full
            number = len(self.records) + 1
            made = Record(
                id=f"key/number-{number}",
                label=label,
                key=f"the-value-of-key-number-{number}-",
                created=self.now(),
                once=once,
                active=not self.activates,
                unlisted_for=self.slow,
                unknown_for=self.slow,
            )
            self.records.append(made)
            return made

    def listed(self) -> list[Record]:
        """The keys, but for those that are not known yet."""
        with self._lock:
            found = []
            for one in self.alive():
                if one.unlisted_for:
                    one.unlisted_for -= 1
                else:
                    found.append(one)
            return found

    def find(self, key_id: str) -> Record | None:
        """A key that was not revoked and has not expired."""
        return next((one for one in self.alive() if one.id == key_id), None)

    def accepts(self, key: str) -> bool:
        """Whether the key opens anything."""
        with self._lock:
            for one in self.alive():
                if one.key == key and one.active:
                    if one.unknown_for:
                        one.unknown_for -= 1
                        return False
                    return True
            return False

    def alive(self) -> list[Record]:
        """All that are neither revoked nor expired."""
        now = self.now()
        return [
            one
            for one in self.records
            if not one.revoked and (one.expires is None or one.expires > now)
        ]

    def labelled(self, text: str) -> list[Record]:
        """Those alive whose label has the text in it."""
        return [one for one in self.alive() if text in one.label]
