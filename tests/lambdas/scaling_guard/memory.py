"""The guard's ports in memory, behaving as AWS documents, and the same world without a guard.

`Account.unguarded` is what the target would be had nobody ever suspended anything for a release:
what the guard has to come back to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from lambdas.scaling_guard.guard import Bounds, Flags, Marker, Target
from lambdas.scaling_guard.ports import World
from lambdas.scaling_guard.schedule import ScheduledAction, due_in

SERVICE = "shop"
FREE = Flags(scale_in=False, scale_out=False, scheduled=False)
USUAL = Bounds(minimum=3, maximum=20)
PEAK = Bounds(minimum=8, maximum=40)
START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def action(name: str, schedule: str, bounds: Bounds, zone: str = "UTC") -> ScheduledAction:
    return ScheduledAction(
        name=name,
        schedule=schedule,
        time_zone=zone,
        minimum=bounds.minimum,
        maximum=bounds.maximum,
    )


DAILY_PEAK = (
    action("peak-start", "cron(0 14 ? * * *)", PEAK),
    action("peak-end", "cron(0 16 ? * * *)", USUAL),
)


@dataclass
class Account:
    """One service's target, marker and deployments. `before_call` runs ahead of every call."""

    target: Target | None = field(default_factory=lambda: Target(flags=FREE, bounds=USUAL))
    unguarded: Target = field(default_factory=lambda: Target(flags=FREE, bounds=USUAL))
    marker: Marker | None = None
    running: list[str] = field(default_factory=list)
    actions: Sequence[ScheduledAction] = ()
    time: datetime = START
    calls: list[str] = field(default_factory=list)
    before_call: Callable[[str], None] = lambda _name: None

    def watch(self, before_call: Callable[[str], None]) -> None:
        """Run this ahead of every call from now on."""
        self.before_call = before_call

    def world(self) -> World:
        return World(
            targets=Targets(self),
            markers=Markers(self),
            deployments=Deployments(self),
            now=lambda: self.time,
        )

    def call(self, name: str) -> None:
        self.before_call(name)
        self.calls.append(name)

    def set_flags(self, flags: Flags) -> None:
        """A stack update or a person sets the flags."""
        assert self.target is not None
        self.target = replace(self.target, flags=flags)
        self.unguarded = replace(self.unguarded, flags=flags)

    def set_bounds(self, bounds: Bounds) -> None:
        """A stack update or a person sets the bounds."""
        assert self.target is not None
        self.target = replace(self.target, bounds=bounds)
        self.unguarded = replace(self.unguarded, bounds=bounds)

    def pass_time(self, minutes: float) -> None:
        """Let time pass; scheduled actions run where scheduled scaling is not suspended."""
        assert self.target is not None
        until = self.time + timedelta(minutes=minutes)
        due, _ = due_in(self.actions, after=self.time, until=until)
        for one in due:
            assert one.action.minimum is not None
            assert one.action.maximum is not None
            bounds = Bounds(minimum=one.action.minimum, maximum=one.action.maximum)
            if not self.target.flags.scheduled:
                self.target = replace(self.target, bounds=bounds)
            if not self.unguarded.flags.scheduled:
                self.unguarded = replace(self.unguarded, bounds=bounds)
        self.time = until


class Targets:
    def __init__(self, account: Account) -> None:
        self._account = account

    def describe(self, service: str) -> Target | None:
        assert service == SERVICE
        self._account.call("describe target")
        return self._account.target

    def suspend(self, service: str, flags: Flags) -> None:
        assert service == SERVICE
        self._account.call("set flags")
        assert self._account.target is not None
        self._account.target = replace(self._account.target, flags=flags)

    def bound(self, service: str, bounds: Bounds) -> None:
        assert service == SERVICE
        self._account.call("set bounds")
        assert self._account.target is not None
        self._account.target = replace(self._account.target, bounds=bounds)

    def scheduled_actions(self, service: str) -> Sequence[ScheduledAction]:
        assert service == SERVICE
        self._account.call("describe scheduled actions")
        return self._account.actions


class Markers:
    def __init__(self, account: Account) -> None:
        self._account = account

    def create(self, service: str, marker: Marker) -> bool:
        assert service == SERVICE
        self._account.call("create marker")
        if self._account.marker is not None:
            return False
        self._account.marker = marker
        return True

    def replace(self, service: str, marker: Marker) -> None:
        assert service == SERVICE
        self._account.call("replace marker")
        self._account.marker = marker

    def read(self, service: str) -> Marker | None:
        assert service == SERVICE
        self._account.call("read marker")
        return self._account.marker

    def delete(self, service: str) -> None:
        assert service == SERVICE
        self._account.call("delete marker")
        self._account.marker = None


class Deployments:
    def __init__(self, account: Account) -> None:
        self._account = account

    def active(self, service: str) -> Sequence[str]:
        assert service == SERVICE
        self._account.call("list deployments")
        return list(self._account.running)
