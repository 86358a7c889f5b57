"""What ECS does with the task sets of a service that CodeDeploy controls, and moto does not.

A service gets one task set when it is created
(https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-bluegreen.html); each
set runs a percentage of the service's desired count, rounded up, and while it drains its tasks
are stopped and their targets deregistered
(https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskSet.html).

What CodeDeploy asks of ECS goes through the API; what ECS notes by itself, `ecs_records` writes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from . import ecs_records
from .fleet import Fleet
from .stopped_tasks import StoppedTasks


@dataclass(eq=False, kw_only=True)
class TaskSet:
    """One task set. ``status`` is PRIMARY (serves production), ACTIVE or DRAINING."""

    arn: str
    task_definition: str
    target_group: str
    container: str
    port: int
    status: str
    started_by: str = ""
    scale: float = 100.0
    desired: int = 0
    record: Any = None

    @property
    def id(self) -> str:
        """As ``ecs-svc/123``."""
        return "/".join(self.arn.split("/")[-2:])


@dataclass(eq=False)
class Service:
    """A service as far as its task sets go. ``scalings`` counts changes of the desired count."""

    record: Any
    sets: list[TaskSet] = field(default_factory=list)
    desired: int = 0
    scalings: int = 0

    @property
    def key(self) -> tuple[str, str]:
        """Names of the cluster and the service."""
        return self.record.cluster_name, self.record.name

    @property
    def active(self) -> bool:
        """Whether the service has not been deleted."""
        return bool(self.record.status == "ACTIVE")

    @property
    def primary(self) -> TaskSet | None:
        """The task set that serves production."""
        return next((found for found in self.sets if found.status == "PRIMARY"), None)


class EcsServices:
    """All services with the CODE_DEPLOY controller, and their task sets."""

    def __init__(self, *, ecs: Any, fleet: Fleet, account: str) -> None:
        self._ecs = ecs
        self._account = account
        self._fleet = fleet
        self._services: dict[tuple[str, str], Service] = {}
        self._stopped = StoppedTasks()

    def follow(self) -> None:
        """Do what services created, rescaled or deleted since the last time ask for."""
        for record in ecs_records.services(self._account, self._ecs.meta.region_name):
            key = (record.cluster_name, record.name)
            service = self._services.get(key)
            if service is None or service.record is not record:
                service = self._services[key] = Service(record)
            if not service.active:
                for task_set in service.sets:
                    self.drain(service, task_set)
                continue
            if not service.sets:
                self._first(service)
            elif service.desired != record.desired_count:
                self._scale(service)

    def settle(self) -> None:
        """Delete the sets that have drained and write the counts into ECS's records."""
        for service in self._services.values():
            for task_set in list(service.sets):
                counts = self._fleet.counts(task_set.arn)
                if task_set.status == "DRAINING" and not counts.running + counts.pending:
                    self._delete(service, task_set)
                    continue
                self._write(task_set)
                if not service.active:
                    continue
                self._stopped.record(service.record, task_set, self._fleet)
            ecs_records.write_service(
                service.record, [self._fleet.counts(one.arn) for one in service.sets]
            )

    def find(self, cluster: str, service: str) -> Service | None:
        """The service that is there, None when there is none or it is INACTIVE."""
        found = self._services.get((cluster, service))
        return found if found is not None and found.active else None

    def create(
        self,
        service: Service,
        *,
        deployment_id: str,
        target_group: str,
        task_definition: str,
        container: str,
        port: int,
        optional: Mapping[str, Any],
    ) -> TaskSet:
        """CreateTaskSet for a deployment, and begin to run its tasks.

        Parameters that the AppSpec leaves out are those of the set that serves now.
        """
        primary = service.primary
        inherited = ecs_records.optional_parameters(primary.record if primary else service.record)
        task_set = self._create(
            service,
            {**inherited, **optional},
            external_id=deployment_id,
            target_group=target_group,
            task_definition=task_definition,
            container=container,
            port=port,
        )
        task_set.started_by = "CODE_DEPLOY"
        self._write(task_set)
        return task_set

    def make_primary(self, service: Service, task_set: TaskSet) -> None:
        """UpdateServicePrimaryTaskSet: the set serves production; the service takes its parameters.

        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateServicePrimaryTaskSet.html
        """
        cluster, name = service.key
        if task_set.status == "PRIMARY":
            return
        self._ecs.update_service_primary_task_set(
            cluster=cluster, service=name, primaryTaskSet=task_set.arn
        )
        for other in service.sets:
            if other.status == "PRIMARY":
                other.status = "ACTIVE"
        task_set.status = "PRIMARY"
        for one in service.sets:
            self._write(one)

    def drain(self, service: Service, task_set: TaskSet) -> None:
        """Scale to zero; the set is gone when its tasks are."""
        if task_set not in service.sets or task_set.status == "DRAINING":
            return
        task_set.status = "DRAINING"
        task_set.scale = 0.0
        task_set.desired = 0
        self._fleet.stop(task_set.arn)
        self._write(task_set)

    def running(self, task_set: TaskSet) -> bool:
        """Whether all its tasks run, whatever the load balancer thinks of them."""
        return self._fleet.counts(task_set.arn).running >= task_set.desired

    def healthy(self, task_set: TaskSet) -> bool:
        """Whether the set is in steady state: as many as wanted, all of them healthy."""
        counts = self._fleet.counts(task_set.arn)
        return counts.pending == 0 and counts.running == counts.healthy == task_set.desired

    def steady(self, service: Service) -> bool:
        """Whether every set that is not draining is in steady state."""
        return all(self.healthy(one) for one in service.sets if one.status != "DRAINING")

    def counts(self, task_set: TaskSet) -> tuple[int, int]:
        """Running and pending tasks."""
        counts = self._fleet.counts(task_set.arn)
        return counts.running, counts.pending

    def _first(self, service: Service) -> None:
        """The task set of CreateService, PRIMARY at once.

        Not documented: that it has no external id and nobody started it. Published records of
        real services show none.
        """
        record = service.record
        balancer = record.load_balancers[0] if record.load_balancers else {}
        service.desired = record.desired_count
        task_set = self._create(
            service,
            ecs_records.optional_parameters(record),
            external_id=None,
            target_group=balancer.get("targetGroupArn", ""),
            task_definition=record.task_definition,
            container=balancer.get("containerName", ""),
            port=balancer.get("containerPort", 0),
        )
        self.make_primary(service, task_set)

    def _create(
        self,
        service: Service,
        parameters: Mapping[str, Any],
        *,
        external_id: str | None,
        target_group: str,
        task_definition: str,
        container: str,
        port: int,
    ) -> TaskSet:
        cluster, name = service.key
        balancer = {
            "targetGroupArn": target_group,
            "containerName": container,
            "containerPort": port,
        }
        answer = self._ecs.create_task_set(
            cluster=cluster,
            service=name,
            taskDefinition=task_definition,
            loadBalancers=[balancer] if target_group else [],
            **({"externalId": external_id} if external_id else {}),
            **parameters,
        )["taskSet"]
        records = service.record.task_sets
        task_set = TaskSet(
            arn=answer["taskSetArn"],
            task_definition=answer["taskDefinition"],
            target_group=target_group,
            container=container,
            port=port,
            status="ACTIVE",
            record=next(one for one in records if one.task_set_arn == answer["taskSetArn"]),
        )
        task_set.desired = _share(service.desired, task_set.scale)
        service.sets.append(task_set)
        self._fleet.start(
            task_set.arn,
            task_definition=task_set.task_definition,
            target_group=target_group,
            count=task_set.desired,
        )
        return task_set

    def _scale(self, service: Service) -> None:
        """A changed desired count scales every set, blue and green alike."""
        service.desired = service.record.desired_count
        service.scalings += 1
        for task_set in service.sets:
            if task_set.status != "DRAINING":
                task_set.desired = _share(service.desired, task_set.scale)
                self._fleet.scale(task_set.arn, task_set.desired)

    def _delete(self, service: Service, task_set: TaskSet) -> None:
        service.sets.remove(task_set)
        cluster, name = service.key
        self._ecs.delete_task_set(cluster=cluster, service=name, taskSet=task_set.arn, force=True)

    def _write(self, task_set: TaskSet) -> None:
        ecs_records.write_task_set(
            task_set.record,
            status=task_set.status,
            started_by=task_set.started_by,
            scale=task_set.scale,
            desired=task_set.desired,
            counts=self._fleet.counts(task_set.arn),
            steady=self.healthy(task_set),
        )


def _share(desired: int, percent: float) -> int:
    return math.ceil(desired * percent / 100)
