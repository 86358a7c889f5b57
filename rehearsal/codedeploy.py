"""A model of CodeDeploy's ECS blue/green deployments.

It keeps the records itself and moves what moto stores: task sets of ECS and weights of listeners.
Tasks are a fleet's. Each behaviour names the page of AWS it comes from; where the public record is
silent the choice says "not documented".
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from .alarms import Alarms
from .clock import Clock
from .deployment import Deployment, DeploymentEnded
from .ecs_service import EcsServices, Service
from .ending import back, end, fail_unsettled, stop_on_alarm, stop_on_request, stop_on_unreadable
from .events import Publish
from .fleet import Fleet
from .operations import Operations
from .runner import SETTLE_MINUTES, forward
from .stage import Invoke, Stage
from .traffic import Listeners

_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class CodeDeploy:
    """CodeDeploy, and ECS as far as it serves it.

    `ecs`, `elbv2` and `cloudwatch` are boto3 clients that reach moto in this process. `invoke` is
    given a function's ARN and payload and may raise `InvocationRefusedError`; `publish` is given
    EventBridge events. Both are only called within `run_due`, between two steps of deployments,
    and may call the API.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        ecs: Any,
        elbv2: Any,
        cloudwatch: Any,
        fleet: Fleet,
        invoke: Invoke,
        publish: Publish,
        account: str = "123456789012",
    ) -> None:
        self._clock = clock
        self._fleet = fleet
        self._alarms = Alarms(cloudwatch)
        self._random = random.Random(f"{account} {ecs.meta.region_name}")
        self._playing = False
        self._stage = Stage(
            services=EcsServices(ecs=ecs, fleet=fleet, account=account),
            listeners=Listeners(elbv2),
            invoke=invoke,
            publish=publish,
            account=account,
            region=ecs.meta.region_name,
            moment=clock.now(),
            new_id=self._new_id,
        )
        self._operations = Operations(stage=self._stage, clock=clock)

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Answer an operation of the API by its name, or raise `ApiError`.

        Parameters are as boto3 takes them. What an operation sets going happens in `run_due`.
        """
        return self._operations.call(operation, parameters)

    @property
    def deployments(self) -> list[Deployment]:
        """Every deployment and rollback there has been, oldest first, as it is now."""
        return self._operations.deployments()

    def service(self, cluster: str, name: str) -> Service | None:
        """A service with its task sets, None when there is none."""
        return self._stage.services.find(cluster, name)

    def run_due(self) -> None:
        """Do everything that is due now, in the order of time.

        A call from within a hook or a receiver of events does nothing: the outer one goes on.
        Alarms are read once, as they are now, before anything else happens.
        """
        if self._playing:
            return
        self._playing = True
        try:
            self._play(self._clock.now())
        finally:
            self._playing = False

    def next_due(self) -> datetime | None:
        """When something happens next by itself; now when it only waits for `run_due`.

        Alarms and desired counts change without notice: `run_due` looks at them.
        """
        now = self._clock.now()
        dues = self._dues()
        if any(one.stop or one.wait.ready() for one in self._active()):
            dues.append(now)
        due = min(dues, default=None)
        return due if due is None else max(due, now)

    def _play(self, now: datetime) -> None:
        self._alarms.forget()
        self._stage.services.follow()
        busy = False
        while True:
            if not busy:
                self._stage.moment = max(min([*self._dues(), now]), self._stage.moment)
            self._fleet.settle(self._stage.moment)
            self._stage.services.settle()
            busy = self._stage.play_effects()
            for deployment in self._active():
                busy |= self._advance(deployment)
                busy |= self._stage.play_effects()
            if not busy and not any(due <= now for due in self._dues()):
                break
        self._stage.moment = now
        self._stage.services.settle()

    def _dues(self) -> list[datetime]:
        dues = [due for one in self._active() if (due := one.due) is not None]
        fleet = self._fleet.next_due()
        return dues if fleet is None else [*dues, fleet]

    def _active(self) -> list[Deployment]:
        return self._operations.active()

    def _advance(self, deployment: Deployment) -> bool:
        """Take the deployment as far as it goes. Whether it went anywhere."""
        try:
            self._check(deployment)
            return self._resume(deployment)
        except DeploymentEnded as ended:
            rollback = end(self._stage, deployment, ended)
            if rollback:
                self._operations.add(rollback)
        self._operations.note_end(deployment)
        return True

    def _check(self, deployment: Deployment) -> None:
        """What ends a deployment whatever it is doing."""
        if deployment.is_rollback or (deployment.status == "Created" and not deployment.stop):
            return
        if deployment.stop:
            raise stop_on_request()
        configuration = deployment.alarms
        if configuration.get("enabled"):
            reading = self._alarms.read(one["name"] for one in configuration.get("alarms", []))
            if reading.active:
                raise stop_on_alarm(reading.active)
            if reading.unreadable and not configuration.get("ignorePollAlarmFailure"):
                raise stop_on_unreadable(reading.unreadable)
        self._check_settled(deployment)

    def _check_settled(self, deployment: Deployment) -> None:
        service = deployment.service
        if service is None or not deployment.installed:
            return
        moment = self._stage.moment
        if service.scalings != deployment.scalings:
            deployment.scalings = service.scalings
            deployment.settle_until = moment + timedelta(minutes=SETTLE_MINUTES)
        if deployment.settle_until is None:
            return
        if self._stage.services.steady(service):
            deployment.settle_until = None
        elif moment >= deployment.settle_until:
            raise fail_unsettled()

    def _resume(self, deployment: Deployment) -> bool:
        until = deployment.wait.until
        if not deployment.wait.ready() and (until is None or self._stage.moment < until):
            return False
        if deployment.run is None:
            run = back if deployment.is_rollback else forward
            deployment.run = run(self._stage, deployment)
        wait = next(deployment.run, None)
        if wait is not None:
            deployment.wait = wait
            return True
        deployment.run = None
        deployment.settle_until = None
        self._operations.note_end(deployment)
        return True

    def _new_id(self) -> str:
        return "".join(self._random.choices(_LETTERS, k=9))
