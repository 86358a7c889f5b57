"""A world in memory that follows `ports`: what it is given, and a record of what was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from lambdas.release.ports import Alarm, Busy, StoppedTask, World
from lambdas.release.request import Asked, Wanted
from lambdas.release.snapshot import (
    Deployment,
    LifecycleEvent,
    Primary,
    ServiceState,
    Status,
)
from tests.lambdas.release.given import OLD, STARTED


class FakeWorld:
    """Deployments as given; events only when they are asked for. Nothing happens by itself.

    `dies_at` is the name of a call after which the process is killed, once; `fails` maps the name
    of a call to what it raises.
    """

    def __init__(
        self,
        *deployments: Deployment,
        serves: str | None = OLD,
        status: str | None = "ACTIVE",
        checks: str | None = None,
        asked: str | None = None,
        alarms: tuple[str, ...] = (),
        stopped: tuple[StoppedTask, ...] = (),
        busy: bool = False,
        dies_at: str | None = None,
        fails: Mapping[str, Exception] | None = None,
    ) -> None:
        self.found: Sequence[Deployment] = deployments
        self.serves = serves
        self.service_status = status
        self.report = checks
        self.asked = asked
        self.names = alarms
        self.stopped = stopped
        self.busy = busy
        self.dies_at = dies_at
        self.fails = fails or {}
        self.calls: list[str] = []
        self.starts: list[datetime] = []

    def world(self) -> World:
        """Itself, as what a step uses."""
        return World(deployments=self, services=self, reports=self)

    def _called(self, name: str, about: str = "") -> None:
        self.calls.append(f"{name} {about}".strip())
        if name in self.fails:
            raise self.fails[name]
        if name == self.dies_at:
            self.dies_at = None
            raise KilledError

    def since(self, wanted: Wanted, *, start: datetime) -> tuple[Deployment, ...]:
        self.starts.append(start)
        self._called("since", wanted.group)
        return tuple(replace(each, events=()) for each in self.found if each.created_at >= start)

    def events(self, wanted: Wanted, *, deployment_id: str) -> tuple[LifecycleEvent, ...]:
        del wanted
        self._called("events", deployment_id)
        return next(each.events for each in self.found if each.id == deployment_id)

    def create(self, asked: Asked) -> str:
        if self.busy or any(each.active for each in self.found):
            raise Busy("the group has an active deployment")
        made = Deployment(
            id=f"d-{len(self.found) + 1}",
            status=Status.CREATED,
            created_at=STARTED,
            request_id=asked.request_id,
        )
        self.found = (*self.found, made)
        self._called("create")
        return made.id

    def take_back(self, *, deployment_id: str) -> None:
        self._called("take_back", deployment_id)

    def end_standby(self, *, deployment_id: str) -> None:
        self._called("end_standby", deployment_id)

    def alarm_names(self, wanted: Wanted) -> tuple[str, ...]:
        self._called("alarm_names", wanted.group)
        return self.names

    def describe(self, wanted: Wanted) -> ServiceState | None:
        self._called("describe", wanted.service)
        if self.service_status is None:
            return None
        primary = None if self.serves is None else Primary(task_definition=self.serves)
        return ServiceState(status=self.service_status, primary=primary)

    def stopped_tasks(self, wanted: Wanted) -> tuple[StoppedTask, ...]:
        self._called("stopped_tasks", wanted.service)
        return self.stopped

    def alarms(self, names: tuple[str, ...]) -> tuple[Alarm, ...]:
        self._called("alarms")
        return tuple(Alarm(name=name, state="ALARM", changed_at=None) for name in names)

    def asked_for(self, wanted: Wanted) -> str | None:
        self._called("asked_for", wanted.asked_parameter)
        return self.asked

    def checks(self, wanted: Wanted) -> str | None:
        self._called("checks", wanted.checks_parameter)
        return self.report


class KilledError(Exception):
    """The process is gone."""
